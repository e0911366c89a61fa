"""Generated quads in the proportions of the real graph: short texts, shared concepts, links, one graph per two hundred quads."""

from __future__ import annotations

import random
from pathlib import Path

from kg.terms import BASE, DCT, RDF, UAEU


def write_quads(path: Path, count: int, seed: int = 7) -> None:
    """Write `count` different quads as N-Quads; the same seed gives the same bytes."""
    chance = random.Random(seed)
    written = 0
    item = 0
    with path.open("w", encoding="utf-8") as file:
        while written < count:
            subject = f"<{BASE}id/initiative/i{item}>"
            graph = f"<{BASE}graph/generated/g{item // 25}>"
            lines = [f'{subject} <{RDF.type}> <{UAEU.ProcurementInitiative}>', f'{subject} <{DCT.title}> "Initiative {item}"@en',
                     f'{subject} <{DCT.description}> "{" ".join(f"word{chance.randrange(4000)}" for _ in range(18))}"@en']
            for name, predicate, size, most in (("theme", UAEU.theme, 60, 3), ("instrument", UAEU.usesInstrument, 40, 2)):
                lines += [f"{subject} <{predicate}> <{BASE}voc/{name}/c{number}>"
                          for number in sorted({int(size * chance.random() ** 2) for _ in range(most)})]
            if item:
                lines.append(f"{subject} <{DCT.relation}> <{BASE}id/initiative/i{chance.randrange(item)}>")
            for line in lines[:count - written]:
                file.write(f"{line} {graph} .\n")
            written += len(lines[:count - written])
            item += 1
