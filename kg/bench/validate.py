"""What validation costs: ten records in the context of all that is published, and a whole graph, beside plain pySHACL in the same run.

The data are generated, with a fault planted in one statement of a hundred; the findings of both ways are compared, too.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from rdflib import BNode, Graph, URIRef
from rdflib.term import Node

from kg import resources
from kg.bench import QUERIES
from kg.bench.figure import Figure, clock
from kg.bench.size import Size
from kg.build import read_sources
from kg.generate import QUADS_EACH, generate
from kg.queries import load_query
from kg.settings import Settings
from kg.shapes import load_shapes
from kg.store.local import LocalStore
from kg.terms import ONTOLOGY_GRAPH, SKOS
from kg.validation.engine import ValidationResult, validate_graph
from kg.validation.judging import judge
from kg.validation.survey import survey

SMALL = 10_000
RECORDS = 10
SEED = 7
FAULTS = ('"a text"', '""@en', '"no year"^^<http://www.w3.org/2001/XMLSchema#gYear>', "<https://w3id.org/uaeu-kg/voc/theme/nothing>",
          "<https://w3id.org/uaeu-kg/id/city/nowhere>", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>')


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Yield the figures of `kg bench validate`; the goals are those of issue 6 (design of validation, section 9)."""
    say("reading ontology, vocabularies and sources")
    base = LocalStore()
    base.put_all(read_sources(resources.data()))
    known = b"".join(base.dump())
    small = LocalStore()
    small.load(_concepts(base) + plant(SMALL // QUADS_EACH))
    yield from _measure_small(small, size, say)
    small.close()
    say(f"loading about {size.quads:,} generated quads")
    large = LocalStore(settings.var / "store")
    large.load(known + plant(max(1, (size.quads - base.size()) // QUADS_EACH)))
    large.optimise()
    base.close()
    stated = f"{large.size():,} quads"
    say(f"judging {RECORDS} records over {stated}")
    sent = contribute()
    judge(sent, large)
    yield Figure("ten records in context", "ms", clock(lambda: judge(sent, large), size.runs * 3, 1000), goal=50, size=stated)
    say(f"validating {stated}")
    survey(large)
    yield Figure("whole graph", "s", clock(lambda: survey(large), size.runs), goal=7, size=stated)
    large.close()


def _measure_small(store: LocalStore, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    # Not the count of a store that grows with our vocabularies: stored ratios are found by the size
    stated = f"{SMALL:,} quads and the vocabularies"
    whole = store.construct(load_query(QUERIES / "merge.rq").text)
    say(f"validating {stated} with plain pySHACL")
    survey(store)
    plain: list[ValidationResult] = []
    seconds = clock(lambda: plain.extend(validate_graph(whole, load_shapes()).results))
    yield Figure("whole graph, small", "s", clock(lambda: survey(store), size.runs * 3), "plain pySHACL", seconds, goal_ratio=60,
                 size=stated)
    found = survey(store).results
    yield Figure("findings that differ, whole graph", "findings", (_differ(found, plain),), goal=0, size=f"{len(plain):,} findings")
    say(f"validating {RECORDS} more records with plain pySHACL")
    sent = contribute()
    own = set(sent.subjects())
    after = [each for each in validate_graph(whole + sent, load_shapes()).results if each.focus in own]
    judged = [each for each in judge(sent, store).results if each.focus in own]
    yield Figure("findings that differ, ten records", "findings", (_differ(judged, after),), goal=0, size=f"{len(after):,} findings")


def plant(initiatives: int, share: float = 0.01, seed: int = SEED) -> bytes:
    """N-Quads of generated initiatives, where this share of statements is left out, doubled with a faulty value, or made faulty."""
    chance = random.Random(seed)
    lines: list[bytes] = []
    for block in generate(initiatives, seed):
        for line in block.splitlines():
            if chance.random() >= share:
                lines.append(line)
                continue
            way = chance.randrange(3)
            if way:
                subject, predicate, _ = line.split(b" ", 2)
                graph = line.rsplit(b" ", 2)[1]
                lines.append(b" ".join((subject, predicate, chance.choice(FAULTS).encode(), graph, b".")))
            if way == 1:
                lines.append(line)
    return b"\n".join(lines) + b"\n"


def contribute() -> Graph:
    """Ten generated records that are not published, with faults."""
    store, graph = LocalStore(), Graph()
    store.load(plant(RECORDS, 0.03).replace(b"generated-", b"contributed-"))
    for name in store.names():
        graph += store.graph(name)
    return graph


def _concepts(store: LocalStore) -> bytes:
    """The graphs of ontology and concepts, without the records of the sources."""
    graphs = {name: store.graph(name) for name in store.names()}
    found = LocalStore()
    found.put_all({name: graph for name, graph in graphs.items() if name == ONTOLOGY_GRAPH or (None, SKOS.inScheme, None) in graph})
    return b"".join(found.dump())


def _differ(one: Iterable[ValidationResult], other: Iterable[ValidationResult]) -> int:
    """How many findings the two do not share, as multisets; nodes without a name are alike."""
    left, right = (Counter(map(_identify, each)) for each in (one, other))
    return sum(((left - right) + (right - left)).values())


def _identify(result: ValidationResult) -> tuple[str, ...]:
    def write(term: Node | None) -> str:
        return "_" if isinstance(term, BNode) else "" if term is None else term.n3()

    path = write(result.path) if isinstance(result.path, URIRef) else ""
    return write(result.focus), path, result.component, write(result.value), write(result.shape), result.severity
