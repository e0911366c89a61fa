"""The ring of one thing's synergies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kg.synergies import Synergy

WIDTH, HEIGHT, MIDDLE_X, MIDDLE_Y, RADIUS = 900, 420, 450, 210, 150
LONGEST = 30


@dataclass(frozen=True)
class Spoke:
    """One synergy in the picture: where its end lies, how thick its line is, what stands beside it, and its whole name."""

    x: float
    y: float
    anchor: str
    width: float
    label: str
    name: str
    iri: str
    type: str
    score: float


def draw_ring(label: str, synergies: Sequence[Synergy]) -> list[Spoke]:
    """The spokes of a ring with the thing in the middle; units are those of a viewBox of 900 x 420."""
    spokes = []
    most = max((each.score for each in synergies), default=1.0)
    for number, each in enumerate(synergies):
        angle = 2 * math.pi * number / len(synergies) - math.pi / 2
        x, y = MIDDLE_X + 1.35 * RADIUS * math.cos(angle), MIDDLE_Y + RADIUS * math.sin(angle)
        anchor = "middle" if abs(math.cos(angle)) < 0.2 else "start" if math.cos(angle) > 0 else "end"
        spokes.append(Spoke(round(x, 1), round(y, 1), anchor, round(1 + 6 * each.score / most, 1), shorten(each.target_label),
                            each.target_label, str(each.target), each.type.rsplit("/", 1)[-1], each.score))
    return spokes


def shorten(text: str) -> str:
    """A text that fits beside a spoke, cut after a word where one ends late enough."""
    if len(text) <= LONGEST:
        return text
    start = text[:LONGEST - 1]
    whole = start if text[len(start)] == " " else start.rpartition(" ")[0]
    return (whole if len(whole) > LONGEST // 2 else start).rstrip(" ,;:–-(") + "…"
