"""Chromium and a service for it, for the tests that look at pages as people do; no name outside the loopback is found."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest
from building import copy_built
from playwright.sync_api import Browser, Page, sync_playwright

HERE: Final = Path(__file__).resolve().parent
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
IN_BROWSER: Final = [pytest.mark.browser, pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium; on Debian: apt-get install chromium")]
"""The marks of a file of such tests."""
SWITCHES: Final = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                   "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
REVIEWER_KEY: Final = "first-key-of-the-browser"
STARTS: Final = 1800
"""Looks, a tenth of a second apart, until a service that was started must answer."""
AXE: Final = HERE / "vendor" / "axe-core" / "axe.min.js"
WCAG: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
FIND: Final = """tags => axe.run({ runOnly: tags, resultTypes: ['violations'] }).then(found => found.violations.flatMap(
  rule => rule.nodes.slice(0, 3).map(node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll('\\n', ' ')}`)))"""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The system's Chromium until the block ends."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield opened
        opened.close()


@contextmanager
def serve(built: Path, var: Path) -> Iterator[str]:
    """The address of a service in a process of its own over a copy in `var` of what was built, until the block ends."""
    copy_built(built, var)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = subprocess.Popen([sys.executable, "-m", "kg", "serve", "--port", str(port)], stdout=subprocess.DEVNULL, cwd=HERE.parent,
                               env={**os.environ, "KG_VAR": str(var), "KG_REVIEWER_KEY": REVIEWER_KEY})
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(STARTS):
            try:
                httpx.get(f"{address}/health")
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        else:
            raise TimeoutError("the service did not answer")
        yield address
    finally:
        service.terminate()
        service.wait()


def find_barriers(page: Page) -> list[str]:
    """What keeps people out of the page that is shown, by the rules of axe for WCAG 2.2, levels A and AA; empty when nothing does."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text(encoding="utf-8"))
    return [str(each) for each in page.evaluate(FIND, list(WCAG))]
