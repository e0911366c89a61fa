"""The bill of materials: all of the lock, in the structure that CycloneDX 1.6 prescribes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kg.errors import UnreadableFile
from kg.materials import list_materials, list_unknown, read_lock, state_licence

ROOT = Path(__file__).resolve().parent.parent
LOCK = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
AT = datetime(2026, 11, 28, tzinfo=UTC)


def test_the_bill_has_the_structure_of_cyclonedx() -> None:
    bill = list_materials(LOCK, "0.1.0", AT)
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", bill["serialNumber"])
    assert bill["metadata"]["timestamp"] == "2026-11-28T00:00:00Z"
    references = [bill["metadata"]["component"]["bom-ref"], *(each["bom-ref"] for each in bill["components"])]
    assert len(references) == len(set(references)) == len(LOCK) + 1
    for each in bill["components"]:
        assert each["type"] == "library" and each["scope"] in ("required", "optional", "excluded") and LOCK[each["name"]] == each["version"]
        assert re.fullmatch(r"pkg:pypi/[a-z0-9-]+@\S+", each["purl"])
        for licence in each.get("licenses", []):
            assert licence.keys() == {"expression"} or licence["license"]["name"]
    assert {each["ref"] for each in bill["dependencies"]} == set(references)
    assert all(set(each["dependsOn"]) <= set(references) for each in bill["dependencies"])
    assert list_materials(LOCK, "0.1.0", AT) == bill


def test_what_the_service_needs_is_told_from_what_its_tests_need() -> None:
    scopes = {each["name"]: each["scope"] for each in list_materials(LOCK, "0.1.0", AT)["components"]}
    assert scopes["rdflib"] == scopes["starlette"] == "required" and scopes["pytest"] == "excluded"
    assert scopes["numba"] == scopes["pyspark"] == scopes["pyarrow"] == scopes["psycopg"] == "optional"
    needs = {each["ref"]: each["dependsOn"] for each in list_materials(LOCK, "0.1.0", AT)["dependencies"]}
    assert f"pkg:pypi/starlette@{LOCK['starlette']}" in needs[f"pkg:pypi/fastapi@{LOCK['fastapi']}"]


def test_a_package_without_a_licence_is_named() -> None:
    assert list_unknown(list_materials({"rdflib": "7.6.0", "no-such-package-of-mine": "1"}, "0.1.0", AT)) == ["no-such-package-of-mine"]


def test_a_package_says_its_licence() -> None:
    assert "BSD" in state_licence("rdflib") and state_licence("no-such-package-of-mine") == ""


def test_a_broken_lock_is_refused_with_its_line() -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_lock("# a comment\nrdflib==7.6.0\nfastapi>=0.1\n")
    assert caught.value.line == 3


def test_the_command_prints_the_bill(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "kg", "sbom"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    bill = json.loads(done.stdout)
    assert len(bill["components"]) == len(LOCK)
    assert all(name in done.stderr for name in list_unknown(bill))
    missing = subprocess.run([sys.executable, "-m", "kg", "sbom", "--lock", str(tmp_path / "none")], cwd=ROOT, capture_output=True,
                             text=True, timeout=120)
    assert missing.returncode == 1 and "no such lock" in missing.stderr
