"""What many tests share: the store of the real data, built once per run, and a client of the service over it."""

from __future__ import annotations

import fcntl
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from browsing import open_browser, serve
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from api.app import create_app
from kg.build import Built
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore
from kg.validation.lexical import narrow_literals


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a service in a folder of its own."""
    return read_settings({}, var=tmp_path_factory.mktemp("var"), posts=0)


ROOT = Path(__file__).parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """As each process that judges does; the literals of parameters are made while tests are collected."""
    narrow_literals()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file that needs the build of the real data, then all that need none, then the others: no process waits while another builds.

    Longer files come before shorter ones. Under pytest-xdist the processes take the files in this order (--no-loadscope-reorder).
    """
    tests: dict[Path, list[pytest.Item]] = {}
    for item in items:
        tests.setdefault(item.path, []).append(item)
    needing = {path for path, found in tests.items() if any("built" in getattr(item, "fixturenames", ()) for item in found)}
    longest = sorted(tests, key=lambda path: (-len(tests[path]), path))
    last = [path for path in longest if path in needing]
    order = [*last[:1], *(path for path in longest if path not in needing), *last[1:]]
    items[:] = [item for path in order for item in tests[path]]


@pytest.fixture(scope="session")
def built(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The build of the real data, made once for all processes of a run.

    With TEST_BUILDS, a folder, it is also kept for later runs over the same ontology, shapes, data and code.
    """
    shared = tmp_path_factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else tmp_path_factory.getbasetemp()
    folder = Path(os.environ.get("TEST_BUILDS", shared)) / f"build-{_digest()}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            shutil.rmtree(folder / "var", ignore_errors=True)
            made = build_apart(folder / "var")
            release_apart(folder / "var")
            (folder / "built").write_bytes(pickle.dumps(made))
    shutil.copytree(folder / "var", settings.var, dirs_exist_ok=True)
    found = pickle.loads((folder / "built").read_bytes())
    assert isinstance(found, Built)
    return found


def build_apart(var: Path) -> Built:
    """What `kg build` makes in a process of its own, as an operator runs it."""
    program = f"import pickle, sys; from pathlib import Path; from kg.build import build; from kg.settings import read_settings; " \
              f"sys.stdout.buffer.write(pickle.dumps(build(read_settings({{}}, var=Path({str(var)!r})))))"
    made = subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found = pickle.loads(made.stdout)
    assert isinstance(found, Built)
    return found


def release_apart(var: Path) -> None:
    """The first release of what was built, which each service would else make at the first look at /data."""
    subprocess.run([sys.executable, "-m", "kg", "publish"], cwd=ROOT, stdout=subprocess.DEVNULL, check=True,
                   env={**os.environ, "KG_VAR": str(var)})


def _digest() -> str:
    """The SHA-256 over all that a build reads: file names and bytes."""
    total = sha256()
    for room in ("ontology", "shapes", "data", "kg"):
        for path in sorted((ROOT / room).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


@pytest.fixture(scope="session")
def store(settings: Settings, built: Built) -> Iterator[LocalStore]:
    """The store of the real data."""
    opened = LocalStore(Path(settings.var) / "store")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def client(settings: Settings, store: LocalStore) -> Iterator[TestClient]:
    """A client of the service over the real data."""
    with TestClient(create_app(settings, store)) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once for each file: held longer, its event loop would be that of every later test in this process."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def address(settings: Settings, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service over the real data that a browser can ask; what it publishes stays as it is."""
    with serve(Path(settings.var), tmp_path_factory.mktemp("served")) as found:
        yield found


def settle(client: httpx.Client) -> str:
    """Wait until the synergies of the last publish have followed; the data version then. A TestClient is a client too."""
    for _ in range(600):
        found = client.get("/ready").json()
        if found["ready"] and found["synergies"] == "complete":
            return str(found["data_version"])
        time.sleep(0.1)
    raise AssertionError(f"no synergies after a minute: {found}")
