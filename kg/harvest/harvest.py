"""A harvest: every source taken, judged and published by itself, so that none stops another and the last good version stays.

A source is judged as a whole, as a contribution is. It withdraws a thing by leaving it out, itself by 410, or by a 404 that lasts a day.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from rdflib import Graph, Literal, URIRef

from kg.contributions import Contributions, open_contributions
from kg.contributions.publisher import read_sequence
from kg.errors import Busy, Gone, Invalid, KgError
from kg.forms import load_known
from kg.harvest.memory import SECONDS, Memory
from kg.harvest.report import Outcome, as_json
from kg.harvest.selection import Selection, find_records, select
from kg.harvest.sources import Source
from kg.harvest.ways import take
from kg.journal.journal import Clock, now
from kg.outbound import Guard
from kg.reception import Sent, check_graph
from kg.settings import Settings
from kg.store.local import write_lines
from kg.terms import DCT, GRAPH, PROV, RDF, UAEU, VOC, XSD
from kg.validation.engine import VIOLATION
from kg.validation.parsing import Parsed

REPORT: Final = "report.json"
LOOKS, PAUSE = 240, 0.5
"""How often, and after how many seconds, a running service is looked at."""


def harvest(sources: Iterable[Source], settings: Settings, opened: Callable[[], AbstractContextManager[Contributions]],
            clock: Clock = now) -> list[Outcome]:
    """Take every source; the report is returned and kept in `var/harvest/report.json`, its sentences stand in the journal as well.

    `opened` opens the workflow on the newest state, once for each source.
    """
    outcomes = []
    for source in sources:
        with opened() as contributions:
            outcomes.append(_harvest(source, settings, contributions))
    path, at = Path(settings.var) / "harvest" / REPORT, clock().isoformat(timespec="seconds")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(as_json(outcomes, at), indent=1, ensure_ascii=False), encoding="utf-8")
    fresh.replace(path)
    return outcomes


@contextmanager
def open_newest(settings: Settings) -> Iterator[Contributions]:
    """The workflow on a store that holds the last event; beside a running service, once that has published it.

    Raises Busy when it does not within two minutes.
    """
    for _ in range(LOOKS):
        with open_contributions(settings) as (contributions, publishes):
            if publishes or read_sequence(contributions.store) == contributions.journal.sequence():
                yield contributions
                return
        sleep(PAUSE)
    raise Busy("the running service does not publish what the journal holds.", advice="Look at /ready, then harvest again.")


def _harvest(source: Source, settings: Settings, contributions: Contributions) -> Outcome:
    memory = Memory(Path(settings.var) / "harvest" / source.name, Guard(source.allows, settings.harvest_private), monotonic() + SECONDS,
                    contributions.journal.clock)
    contributions.follow()
    try:
        taken = take(source, memory)
        return _enter(source, taken, contributions)
    except KgError as error:
        # the one place where a failure of any kind becomes a sentence: the next source is taken all the same
        if isinstance(error, Gone) and any(error.what.startswith(f"{address} ") for address in source.addresses):
            memory.forget()
            return _withdraw(source, contributions, str(error))
        state = "away" if error.status in (404, 410, 502, 503) else "refused"
        return Outcome(source.name, state, f"{error} {_stays(source, contributions)}".strip())


def _enter(source: Source, taken: Mapping[str, Graph], contributions: Contributions) -> Outcome:
    store = contributions.store
    if not any(len(graph) for graph in taken.values()):
        raise Invalid("it states nothing.", advice="A source withdraws what it published by answering 410.")
    old = _find_graphs(source, contributions)
    selection = select(taken, source, store, lambda: _find_ended(source, contributions))
    remarks, sent = _judge(source, selection, old, contributions)
    outcome = Outcome(source.name, "unchanged", "", things=len(find_records(sent.graph)), triples=len(sent.graph),
                      known=_sorted(selection.known), withdrawn=_sorted(selection.withdrawn), remarks=remarks,
                      same=tuple(sorted((str(theirs), str(ours)) for theirs, ours in selection.same.items())))
    if not sent.conforms:
        wrong = sent.count(VIOLATION)
        said = f"{wrong} {'statement breaks' if wrong == 1 else 'statements break'} the shapes or the policy."
        return replace(outcome, state="refused", things=0, triples=0, sentence=f"{said} {_stays(source, contributions)}".strip())
    before = Graph()
    for graph in old.values():
        before += graph
    ended = {str(subject) for subject in before.subjects(RDF.type)} - {str(subject) for subject in sent.graph.subjects(RDF.type)}
    changed = {name: graph for name, graph in selection.graphs.items() if name not in old or _differ(name, graph, old[name])}
    dropped = set(old) - set(selection.graphs)
    sentence = (f"{outcome.things} records in {len(selection.graphs)} graphs"
                + (f"; {len(ended)} things are no longer there and were removed" if ended else "")
                + (f"; {len(selection.known)} things are here already and stay as they are" if selection.known else "")
                + (f"; {len(selection.same)} are things that are here by another name" if selection.same else "")
                + (f"; {len(selection.withdrawn)} were withdrawn here" if selection.withdrawn else "") + ".")
    name, about = _about(source), _describe(source, selection, changed, contributions)
    if len(about) and _differ(name, about, store.graph(name)):
        changed[name] = about
    elif not len(about) and old:
        dropped.add(name)
    if not changed and not dropped:
        return replace(outcome, sentence=f"Nothing changed: {sentence}")
    event = contributions.publish_graphs(changed, dropped, str(source.agent), f"harvest of {source.name}: {sentence}")
    return replace(outcome, state="published", sentence=sentence, event=event.sequence, removed=tuple(sorted(ended)))


def _judge(source: Source, selection: Selection, old: Mapping[URIRef, Graph],
           contributions: Contributions) -> tuple[tuple[str, ...], Sent]:
    """The remarks in words, and what was judged; a remark on a thing of others counts when it is about what this source changes."""
    whole, store = selection.whole(), contributions.store
    hidden = {triple for graph in old.values() for triple in graph if triple not in whole}
    sent = check_graph(whole, load_known(store), store, parsed=Parsed(whole), space=source.space, hidden=hidden, every=True)
    own = set(whole.subjects())

    def counts(record: str) -> bool:
        return URIRef(record) in own or any(value in own for _, _, value in store.match(URIRef(record), None, None))

    kept = tuple(each if each.severity != VIOLATION or counts(each.record) else replace(each, severity="Info") for each in sent.remarks)
    words = tuple(f"{each.severity}: {each.record} {each.text} {each.advice}".rstrip() for each in kept)
    return words, replace(sent, remarks=kept, totals={})


def _withdraw(source: Source, contributions: Contributions, why: str) -> Outcome:
    old = _find_graphs(source, contributions)
    if not old:
        return Outcome(source.name, "withdrawn", f"{why} Nothing of it is published.")
    ended = sorted({str(subject) for graph in old.values() for subject in graph.subjects(RDF.type)})
    event = contributions.publish_graphs({}, {*old, _about(source)}, str(source.agent), f"harvest of {source.name}: withdrawn, {why}")
    return Outcome(source.name, "withdrawn", f"{why} Its {len(old)} graphs were removed.", event=event.sequence, removed=tuple(ended))


def _find_graphs(source: Source, contributions: Contributions) -> dict[URIRef, Graph]:
    return {name: contributions.store.graph(name) for name in contributions.store.names() if str(name).startswith(source.head)}


def _find_ended(source: Source, contributions: Contributions) -> set[str]:
    """The things that ended when this source left them out, or withdrew itself."""
    note = f"harvest of {source.name}: "
    return {iri for event in contributions.journal.changes() if event.note.startswith(note) for iri in event.change.gone}


def _differ(name: URIRef, one: Graph, other: Graph) -> bool:
    """Whether two graphs differ as the store holds them, which writes a number in its shortest form."""
    return set(write_lines(name, one)) != set(write_lines(name, other))


def _about(source: Source) -> URIRef:
    """The graph that describes the graphs of a source, so that these themselves are exactly what the source states."""
    return GRAPH[f"harvest/{source.name}"]


def _describe(source: Source, selection: Selection, changed: Iterable[URIRef], contributions: Contributions) -> Graph:
    """Provenance of the graphs: whose they are, under which licence, and when each last changed; nothing when there is none."""
    today, about = contributions.journal.clock().date().isoformat(), Graph()
    before = contributions.store.graph(_about(source))
    if selection.graphs:
        about += source.description
    for graph in selection.graphs:
        issued = before.value(graph, DCT.issued) if graph not in set(changed) else None
        for predicate, value in ((RDF.type, PROV.Entity), (RDF.type, UAEU.Contribution), (DCT.isPartOf, source.iri),
                                 (PROV.wasAttributedTo, source.agent), (UAEU.support, VOC["support/contributed"]),
                                 (UAEU.contributionStatus, VOC["contribution-status/published"]),
                                 (DCT.issued, issued or Literal(today, datatype=XSD.date)),
                                 *((DCT.license, licence) for licence in source.description.objects(source.iri, DCT.license)),
                                 *((DCT.source, URIRef(address)) for address in source.addresses)):
            about.add((graph, predicate, value))
    return about


def _stays(source: Source, contributions: Contributions) -> str:
    return "The version that is published stays." if _find_graphs(source, contributions) else ""


def _sorted(things: Iterable[URIRef]) -> tuple[str, ...]:
    return tuple(sorted(map(str, things)))
