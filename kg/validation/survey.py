"""Validating all that a store holds: the compiled shapes run in its own engine, with the findings of pySHACL."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.queries import load_query
from kg.shapes import load_shapes
from kg.store import Store, Term
from kg.store.bindings import bind_rows, is_iri
from kg.terms import SH
from kg.validation.compiling import Probe, compile_shapes
from kg.validation.engine import ValidationReport, ValidationResult

CLASSES: Final = Path(__file__).parent / "classes.rq"
MOST: Final = 100
"""Values that a probe is bound to; where more are sifted out, its targets narrow it better."""


def survey(store: Store, shapes: Graph | None = None) -> ValidationReport:
    """The report on everything in a store, with literals as the store holds them; raises Invalid for shapes that are not compiled.

    Probes run side by side, since the embedded engine lets other threads work meanwhile. What stands below a failed sh:node or sh:or is not
    given (sh:detail), and a path that is not a predicate is the node of the shapes graph.
    """
    shapes = shapes if shapes is not None else load_shapes()
    probes = _compile(shapes, tuple(sorted((str(row["narrow"]), str(row["wide"])) for row in store.select(load_query(CLASSES).text))))
    sieves = tuple(dict.fromkeys(probe.sieve for probe in probes if probe.sieve))
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        sifted = dict(zip(sieves, threads.map(lambda sieve: _sift(sieve, store), sieves), strict=True))
        found = list(threads.map(lambda probe: list(_run(probe, sifted.get(probe.sieve), store, shapes)), probes))
    # A shape with two targets asks twice, and a node that both of them hold is still at fault once.
    results = {(str(each.focus), str(each.shape), each.component, repr(each.value), str(probe.parameter), number): each
               for probe, rows in zip(probes, found, strict=True) for number, each in rows}
    return ValidationReport(tuple(results[key] for key in sorted(results)))


@lru_cache(maxsize=4)
def _compile(shapes: Graph, below: tuple[tuple[str, str], ...]) -> tuple[Probe, ...]:
    narrower: dict[str, set[str]] = defaultdict(set)
    for narrow, wide in below:
        narrower[wide].add(narrow)
    return compile_shapes(shapes, {wide: (wide, *sorted(_close(narrower, wide) - {wide})) for wide in list(narrower)})


def _close(narrower: dict[str, set[str]], wide: str) -> set[str]:
    found, waiting = {wide}, [wide]
    while waiting:
        fresh = narrower.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def _sift(sieve: str, store: Store) -> list[Term] | None:
    """The values that a sieve gives; None for more than MOST, or where no query can name one."""
    values = list(islice((row["value"] for row in store.select(sieve)), MOST + 1))
    return None if len(values) > MOST or any(isinstance(each, BNode) or isinstance(each, URIRef) and not is_iri(each)
                                             for each in values) else values


def _run(probe: Probe, values: list[Term] | None, store: Store, shapes: Graph) -> Iterator[tuple[int, ValidationResult]]:
    """Each fault with its number among the constraints of the shape, so that two of one kind stay two; `values` narrows the probe."""
    if values is not None and not values:
        return
    query = probe.query if values is None else bind_rows(probe.query, ("value",), ((each,) for each in values))
    severity = str(shapes.value(probe.shape, SH.severity) or SH.Violation).rsplit("#", 1)[-1]
    texts = shapes.objects(probe.parameter if probe.components == ("SPARQL",) else probe.shape, SH.message)
    messages = {text.language or "": str(text) for text in texts if isinstance(text, Literal)}
    for row in store.select(query):
        focus: Node = row["this"]
        value: Node | None = row.get("value")
        for number, component in enumerate(probe.components):
            if len(probe.components) == 1 or str(row[f"flag{number}"]) == "true":
                yield number, ValidationResult(severity, focus, probe.path, value, probe.shape, f"{component}ConstraintComponent", messages)
