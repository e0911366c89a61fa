"""The report of a harvest: source by source, what came, what did not and why, in sentences and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """How it went with one source.

    `state` is published, unchanged, refused, away or withdrawn; `sentence` says it in words. `things` are those that the source now
    has here, the lists are IRIs, `same` leads from the IRIs of the source to ours, `remarks` are those of the validation.
    """

    source: str
    state: str
    sentence: str
    event: int = 0
    things: int = 0
    triples: int = 0
    removed: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    same: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the source needs somebody to look at it."""
        return self.state in ("refused", "away")


def as_json(outcomes: Iterable[Outcome], at: str) -> dict[str, Any]:
    """The report of a harvest at a time (UTC, ISO 8601)."""
    return {"at": at, "sources": [{key: value for key, value in asdict(each).items() if value or key == "things"} for each in outcomes]}


def as_text(outcomes: Iterable[Outcome]) -> str:
    """The report in lines."""
    lines = []
    for each in outcomes:
        lines.append(f"{each.source}: {each.state}. {each.sentence}")
        lines += [f"  {remark}" for remark in each.remarks]
        lines += [f"  <{theirs}> is <{ours}>." for theirs, ours in each.same]
    return "\n".join(lines)
