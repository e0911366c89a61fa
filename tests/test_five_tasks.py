"""The five tasks of a developer's first minute, copied from the README and from /docs, and run as they stand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import httpx
import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCK = re.compile(r"^```(?:sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TASK = re.compile(r'<code class="task[^"]*">(.*?)</code>', re.DOTALL)
pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl; on Debian: apt-get install curl")


def read_tasks(address: str) -> list[str]:
    """The tasks of the README, each asking the service at an address."""
    section = README.read_text(encoding="utf-8").split("## For developers\n")[1]
    return [each.strip().replace("http://127.0.0.1:8000", address) for each in BLOCK.findall(section)[:5]]


def run(task: str, folder: Path) -> str:
    """What a task prints; a command that fails ends it."""
    command = [sys.executable, "-c", task] if task.startswith("from ") else ["bash", "-euo", "pipefail", "-c", task.replace("curl ", "curl --fail-with-body ")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_readme_and_docs_show_the_same_five_tasks(address: str) -> None:
    page = httpx.get(f"{address}/docs", headers={"Accept": "text/html"}, timeout=120).text
    assert [unescape(each).strip() for each in TASK.findall(page)] == read_tasks(address)


def test_who_helps_me_is_answered_with_reasons(address: str, tmp_path: Path) -> None:
    decoder, text, found = json.JSONDecoder(), run(read_tasks(address)[0], tmp_path).strip(), []
    while text:
        answer, end = decoder.raw_decode(text)
        found.append(answer["synergies"])
        text = text[end:].strip()
    assert len(found) == 2 and all(each["evidence"] for answer in found for each in answer)


def test_all_practices_on_a_topic_come_as_csv(address: str, tmp_path: Path) -> None:
    run(read_tasks(address)[1], tmp_path)
    assert len((tmp_path / "practices.csv").read_text(encoding="utf-8").splitlines()) > 5


def test_sparql_in_python_prints_the_partnerships(address: str, tmp_path: Path) -> None:
    assert "Public Procurement" in run(read_tasks(address)[2], tmp_path)


def test_everything_is_taken_and_its_checksum_holds(address: str, tmp_path: Path) -> None:
    assert "urban-agenda-kg.ttl.gz: OK" in run(read_tasks(address)[3], tmp_path)


def test_a_file_is_checked_and_contributed(address: str, tmp_path: Path) -> None:
    printed = run(read_tasks(address)[4], tmp_path)
    assert "apples-for-schools" in printed and '"reference"' in printed
