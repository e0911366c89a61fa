"""All benches one after the other, each in a process and a folder of its own."""

from __future__ import annotations

import importlib
import multiprocessing
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kg.bench.figure import Figure
from kg.bench.machine import describe_machine
from kg.bench.report import Report, read_ratios
from kg.bench.size import Size
from kg.errors import NotFound
from kg.settings import read_settings

BENCHES: Final = ("load", "sparql", "validate", "synergies", "distributed", "search", "pages", "publish", "visible")


def run_benches(names: Iterable[str], size: Size, say: Callable[[str], None]) -> Report:
    """Measure; a bench that fails is reported with its reason, and the others go on. Raises NotFound for an unknown name."""
    machine = describe_machine()
    figures: dict[str, tuple[Figure, ...]] = {}
    failures: dict[str, str] = {}
    for name in names:
        if name not in BENCHES:
            raise NotFound(f"no bench is called {name!r}.", where="kg bench", advice=f"There is {', '.join(BENCHES)}.")
        say(f"{name}:")
        # A process of its own: its memory is its own, and what it leaves open ends with it.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
            try:
                figures[name] = apart.submit(measure_one, name, size).result()
            except Exception as error:
                failures[name] = f"{type(error).__name__}: {error}"
                say(failures[name])
    return Report(figures, failures, machine, read_ratios(), datetime.now(UTC))


def measure_one(name: str, size: Size) -> tuple[Figure, ...]:
    """The figures of one bench, measured in an empty folder."""
    with tempfile.TemporaryDirectory(prefix="kg-bench-") as folder:
        settings = read_settings({}, var=Path(folder) / "var")
        settings.var.mkdir()
        return tuple(importlib.import_module(f"kg.bench.{name}").measure(settings, size, _say))


def _say(line: str) -> None:
    print(f"  {line}", flush=True)
