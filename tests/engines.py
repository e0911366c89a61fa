"""Servers that a machine may have: started for the tests on the loopback, skipped with a message where absent."""

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

import pytest

from kg.bench.peers import write_ini


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until somebody listens; fails when the process ends first."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"nothing listens on {port} after {seconds} s")


@contextmanager
def run_postgresql(folder: Path) -> Iterator[str]:
    """A PostgreSQL server with an empty database; gives its SQLAlchemy address."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    pytest.importorskip("psycopg", reason="psycopg is missing: pip install 'urban-agenda-kg[postgresql]'")
    if not found:
        pytest.skip("PostgreSQL is missing: apt-get install postgresql")
    port, home = free_port(), folder / "postgresql"
    home.mkdir()
    # PostgreSQL refuses to run as root.
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if other:
        for each in (home, *folder.parents, folder):
            if each.is_relative_to("/tmp") and each != Path("/tmp"):
                each.chmod(0o755)
        shutil.chown(home, "postgres", "postgres")
    subprocess.run([*other, found[-1] / "initdb", "-D", home / "data", "-A", "trust", "-U", "journal", "--no-sync"], check=True,
                   capture_output=True)
    server = subprocess.Popen([*other, str(found[-1] / "postgres"), "-D", str(home / "data"), "-p", str(port), "-k", str(home),
                               "-c", "listen_addresses=127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        subprocess.run([*other, found[-1] / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "journal", "journal"], check=True)
        yield f"postgresql+psycopg://journal@127.0.0.1:{port}/journal"
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def run_oxigraph(folder: Path) -> Iterator[str]:
    """`oxigraph serve` with an empty store; gives its query address."""
    program = shutil.which("oxigraph") or shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("oxigraph is missing: pip install oxigraph")
    port = free_port()
    server = subprocess.Popen([program, "serve", "--location", str(folder / "oxigraph"), "--bind", f"127.0.0.1:{port}"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        yield f"http://127.0.0.1:{port}/query"
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def run_virtuoso(folder: Path) -> Iterator[str]:
    """Virtuoso with an empty dataset whose SPARQL user may update; gives its query address."""
    if not shutil.which("virtuoso-t") or not shutil.which("isql-vt"):
        pytest.skip("Virtuoso is missing: apt-get install virtuoso-opensource-7")
    home, http, sql = folder / "virtuoso", free_port(), free_port()
    home.mkdir()
    (home / "virtuoso.ini").write_text(write_ini(home, http, sql, 20_000), encoding="utf-8")
    server = subprocess.Popen(["virtuoso-t", "-f", "-c", "virtuoso.ini"], cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(http, server, 120)
        subprocess.run(["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", 'exec=GRANT SPARQL_UPDATE TO "SPARQL";'], check=True,
                       capture_output=True)
        yield f"http://127.0.0.1:{http}/sparql"
    finally:
        server.terminate()
        server.wait(60)
