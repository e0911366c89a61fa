"""The report of one run: figures by bench, the machine, the ratios stored by an earlier run, and what became worse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kg.bench.figure import Figure

STORED = Path(__file__).parent / "ratios.json"
"""A file of the checkout, which is committed with what made it change."""
NOISE = 0.25
"""Share by which a ratio may fall below the stored one before it is called worse: spread between runs on shared machines."""


@dataclass(frozen=True)
class Report:
    """Figures by bench in the order measured, why a bench gave none, machine, and stored ratios by key."""

    figures: Mapping[str, tuple[Figure, ...]]
    failures: Mapping[str, str]
    machine: Mapping[str, str]
    stored: Mapping[str, float]
    made: datetime

    def regressions(self) -> list[tuple[str, float, float]]:
        """Key, ratio stored and ratio now, of each that fell by more than `NOISE`."""
        return [(key, self.stored[key], ratio) for key, ratio in self.ratios().items()
                if key in self.stored and ratio < self.stored[key] * (1 - NOISE)]

    def ratios(self) -> dict[str, float]:
        """The ratio of each figure that has a peer."""
        return {name_figure(bench, figure): ratio for bench, figures in self.figures.items() for figure in figures
                if (ratio := figure.ratio) is not None}

    def missed(self) -> list[str]:
        """Figures that do not reach their goal."""
        return [name_figure(bench, figure) for bench, figures in self.figures.items() for figure in figures if figure.met is False]

    def as_json(self) -> dict[str, Any]:
        """All of it, as plain values."""
        return {"made": self.made.astimezone(UTC).isoformat(timespec="seconds"), "machine": dict(self.machine),
                "failures": dict(self.failures),
                "figures": {bench: [_as_json(bench, figure, self.stored) for figure in figures] for bench, figures in self.figures.items()},
                "regressions": [{"figure": key, "stored": before, "now": after} for key, before, after in self.regressions()]}


def name_figure(bench: str, figure: Figure) -> str:
    """The key by which the ratio of a figure is stored; ratios of different sizes are not compared."""
    return " | ".join(part for part in (bench, figure.name, figure.size, figure.peer) if part)


def read_ratios(path: Path | None = None) -> dict[str, float]:
    """The ratios of an earlier run, of `STORED` without a path, none without a file."""
    path = path or STORED
    found: dict[str, float] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def keep_ratios(report: Report, path: Path | None = None) -> None:
    """Store the ratios of a run, in `STORED` without a path; those of what it did not measure stay."""
    path = path or STORED
    ratios = read_ratios(path) | {key: float(f"{ratio:.3g}") for key, ratio in report.ratios().items()}
    path.write_text(json.dumps(ratios, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def _as_json(bench: str, figure: Figure, stored: Mapping[str, float]) -> dict[str, Any]:
    low, high = figure.spread
    return {"name": figure.name, "size": figure.size, "unit": figure.unit, "median": figure.value, "least": low, "most": high,
            "runs": list(figure.runs), "peer": figure.peer, "peer_median": figure.peer_value, "peer_runs": list(figure.peer_runs),
            "ratio": figure.ratio, "stored_ratio": stored.get(name_figure(bench, figure)), "more_is_better": figure.more,
            "goal": figure.goal, "goal_ratio": figure.goal_ratio, "met": figure.met}
