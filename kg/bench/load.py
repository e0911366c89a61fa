"""Loading: N-Quads into the embedded store and into peers, the read model, and the build of the real data."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rdflib import Dataset

from kg.bench.figure import Figure, clock
from kg.bench.peers import write_data
from kg.bench.size import Size
from kg.build import build
from kg.index import build_index
from kg.settings import Settings
from kg.store.local import LocalStore

PLAIN = 20_000
"""Quads at which rdflib is compared, since it takes minutes for a million; rates are compared, not times."""


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Quads a second into this store, into `oxigraph load` and into rdflib; read model and build."""
    data, label = settings.var / "data.nq", f"{size.quads:,} quads"
    write_data(data, size.quads)
    lines = _count(data)
    ours = tuple(lines / seconds for seconds in clock(lambda: _load(data, settings.var / "store"), size.runs))
    say(f"store {ours[-1]:,.0f} quads/s")
    oxigraph = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}:{Path('/usr/bin')}")
    if oxigraph:
        others = tuple(lines / seconds for seconds in clock(lambda: _load_oxigraph(oxigraph, data, settings.var / "other"), size.runs))
        yield Figure("load of N-Quads with data version", "quads/s", ours, "oxigraph load", others, more=True, size=label)
    else:
        say("oxigraph is not installed (pip install oxigraph): no peer")
        yield Figure("load of N-Quads with data version", "quads/s", ours, more=True, size=label)
    few = settings.var / "few.nq"
    write_data(few, PLAIN)
    lines = _count(few)
    yield Figure("load of N-Quads with data version", "quads/s",
                 tuple(lines / seconds for seconds in clock(lambda: _load(few, settings.var / "few"), size.runs)), "plain rdflib",
                 tuple(lines / seconds for seconds in clock(lambda: _load_rdflib(few), size.runs)), more=True, size=f"{PLAIN:,} quads")
    store = LocalStore(settings.var / "store")
    store.version()
    yield Figure("read model", "s", clock(lambda: build_index(store, settings.var / "index.sqlite"), size.runs), size=label)
    store.close()
    say("build of the real data")
    real = settings.model_copy(update={"var": settings.var / "real"})
    yield Figure("build of the real data", "s", clock(lambda: build(real), 1 if size.quick else size.runs))


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _load(data: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    store = LocalStore(folder)
    store.load(data.read_bytes())
    store.version()
    store.close()


def _load_oxigraph(program: str, data: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([program, "load", "--location", str(folder), "--file", str(data)], check=True, capture_output=True)


def _load_rdflib(data: Path) -> None:
    Dataset().parse(str(data), format="nquads")
