"""Generated initiatives: every value is drawn from the measured distribution of its field, with a seed.

    id:initiative/generated-17 a uaeu:ProcurementInitiative, prov:Activity ; dct:title "circular textiles 17"@en ;
        uaeu:theme voc:theme/textiles ; uaeu:hasInput id:input/initiative-generated-17-eu-grant ; ...
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate

from kg.generate.measure import Field, Shape, load_shape
from kg.terms import (
    DCAT,
    DCT,
    EPO,
    FOAF,
    GRAPH,
    ID,
    ORG,
    PROV,
    PROVENANCE_GRAPH,
    RDF,
    SKOS,
    TIME,
    UAEU,
    VOC,
    XSD,
)

BLOCK = 200
PER_GRAPH = 5
QUADS_EACH = 58
"""Quads of one initiative, about."""
DIRECT = {"theme": UAEU.theme, "instrument": UAEU.usesInstrument, "objective": UAEU.strategicObjective, "country": EPO.hasCountryCode,
          "city": DCT.spatial, "funding": UAEU.fundedThrough, "kind": DCT.type, "scope": DCT.coverage}
PARTS = {"input": (UAEU.hasInput, "input", UAEU.Input), "process": (UAEU.hasProcessStep, "step", UAEU.ProcessStep),
         "outcome": (UAEU.hasOutcome, "outcome", UAEU.Outcome)}


class Draw:
    """Values of one field, drawn without repetition in one initiative; the number of values is drawn first."""

    def __init__(self, field: Field, chance: random.Random) -> None:
        self.chance = chance
        self.values, self.value_sums = list(field.values), list(accumulate(field.values.values()))
        self.degrees, self.degree_sums = list(field.degrees), list(accumulate(field.degrees.values()))

    def degree(self) -> int:
        """How many values this initiative has."""
        return self.degrees[bisect(self.degree_sums, self.chance.random() * self.degree_sums[-1])]

    def one(self) -> str:
        """One value."""
        return self.values[bisect(self.value_sums, self.chance.random() * self.value_sums[-1])]

    def several(self) -> list[str]:
        """Different values, as many as the degree says."""
        wanted = min(self.degree(), len(self.values))
        found: dict[str, None] = {}
        while len(found) < wanted:
            found[self.one()] = None
        return list(found)

    def words(self) -> str:
        """A text; words may repeat."""
        return " ".join(self.one() for _ in range(self.degree()))


def generate(count: int, seed: int, shape: Shape | None = None) -> Iterator[bytes]:
    """N-Quads of `count` initiatives with their organisations, one block of lines at a time; the same seed gives the same bytes.

    Memory does not grow with `count`. Concepts, countries and cities are those of the real graph; organisations are
    generated, each leading as many initiatives as the real ones do.
    """
    chance = random.Random(seed)
    measured = shape or load_shape()
    draws = {name: Draw(field, chance) for name, field in measured.fields.items()}
    for start in range(0, count, BLOCK):
        lines: list[str] = []
        size = min(BLOCK, count - start)
        leads = _share_out(draws["lead"], start, size)
        for organisation in sorted({lead for lead in leads if lead is not None}):
            lines += _organisation(organisation, draws["country"], _graph(organisation))
        for place in range(size):
            number = start + place
            if number % PER_GRAPH == 0:
                lines += _provenance(_graph(number))
            lines += _initiative(number, draws, leads[place], _graph(number))
        yield "".join(lines).encode()


def _share_out(draw: Draw, start: int, size: int) -> list[int | None]:
    """The lead of each initiative of a block: an organisation gets as many as one of the real ones leads."""
    led = [draw.degree() > 0 for _ in range(size)]
    slots: list[int] = []
    while len(slots) < sum(led):
        slots += [start + len(slots)] * int(draw.one())
    slots = slots[:sum(led)]
    draw.chance.shuffle(slots)
    return [slots.pop() if has else None for has in led]


def _initiative(number: int, draws: dict[str, Draw], lead: int | None, graph: str) -> list[str]:
    name = f"initiative-generated-{number}"
    node = ID[f"initiative/generated-{number}"]
    lines = [_link(node, RDF.type, UAEU.ProcurementInitiative, graph), _link(node, RDF.type, PROV.Activity, graph),
             _text(node, DCT.title, f"{draws['title'].words()} {number}", graph)]
    if summary := draws["summary"].words():
        lines.append(_text(node, DCT.description, summary, graph))
    for field, predicate in DIRECT.items():
        lines += [_link(node, predicate, value, graph) for value in draws[field].several()]
    for field, (predicate, kind, of_class) in PARTS.items():
        for value in draws[field].several():
            part = ID[f"{kind}/{name}-{value.rsplit('/', 1)[-1]}"]
            lines += [_link(node, predicate, part, graph), _link(part, DCT.type, value, graph),
                      *(_link(part, RDF.type, each, graph) for each in (of_class, UAEU.PracticeElement, PROV.Entity))]
    if draws["website"].degree():
        lines.append(_link(node, FOAF.homepage, f"https://example.org/initiative/{number}", graph))
    if lead is not None:
        association = ID[f"association/{name}-generated-{lead}"]
        lines += [_link(node, PROV.qualifiedAssociation, association, graph), _link(association, RDF.type, PROV.Association, graph),
                  _link(association, PROV.agent, ID[f"organisation/generated-{lead}"], graph),
                  _link(association, PROV.hadRole, VOC["role/lead-organisation"], graph)]
    if draws["start"].degree():
        period, year = ID[f"period/{name}"], draws["start"].one()
        lines += [_link(node, DCT.temporal, period, graph), _link(period, RDF.type, DCT.PeriodOfTime, graph),
                  _link(period, RDF.type, TIME.ProperInterval, graph), _year(period, DCAT.startDate, int(year), graph)]
        if draws["years"].degree():
            lines.append(_year(period, DCAT.endDate, int(year) + int(draws["years"].one()), graph))
    return lines


def _organisation(number: int, countries: Draw, graph: str) -> list[str]:
    node = ID[f"organisation/generated-{number}"]
    return [_link(node, RDF.type, ORG.Organization, graph), _link(node, RDF.type, FOAF.Agent, graph),
            _text(node, SKOS.prefLabel, f"Organisation {number}", graph), _text(node, FOAF.name, f"Organisation {number}", graph),
            _link(node, EPO.hasCountryCode, countries.one(), graph)]


def _provenance(graph: str) -> list[str]:
    told = f"<{PROVENANCE_GRAPH}>"
    return [_link(graph[1:-1], predicate, value, told) for predicate, value in (
        (RDF.type, PROV.Entity), (RDF.type, UAEU.Contribution), (DCT.isPartOf, ID["source/generated"]),
        (PROV.wasAttributedTo, ID["agent/maintainers"]), (UAEU.confidence, VOC["confidence/medium"]),
        (UAEU.support, VOC["support/uncited"]), (UAEU.contributionStatus, VOC["contribution-status/published"]))]


def _graph(number: int) -> str:
    return f"<{GRAPH[f'generated/page-{number // PER_GRAPH}']}>"


def _link(subject: str, predicate: str, value: str, graph: str) -> str:
    return f"<{subject}> <{predicate}> <{value}> {graph} .\n"


def _text(subject: str, predicate: str, text: str, graph: str) -> str:
    return f'<{subject}> <{predicate}> "{text}"@en {graph} .\n'


def _year(subject: str, predicate: str, year: int, graph: str) -> str:
    return f'<{subject}> <{predicate}> "{year}"^^<{XSD.gYear}> {graph} .\n'
