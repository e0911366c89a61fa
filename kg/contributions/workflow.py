"""The steps of a contribution: received, sent back, accepted, published, superseded, withdrawn, rejected.

A step is an event of the journal; what it changes in the published graph is worked out here and kept with the event.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from rdflib import BNode, Graph, URIRef
from rdflib.term import Node

from kg.contributions.covering import STEPS, Covers
from kg.contributions.replay import Quad, describe, graph_name, read_graph, write_quads
from kg.errors import Conflict, Invalid, Outdated, Unauthorised
from kg.journal import Change, Contribution, Event, Journal, Key
from kg.queries import load_query
from kg.store import Store
from kg.terms import GRAPH, ID, RDF, thing
from kg.wording import make_error

DESCRIBED = Path(__file__).parent / "described.rq"
TRIES = 20
PUBLIC_AGENT = thing("agent", "public")
Judge = Callable[[Contribution, Set[URIRef], tuple[Key, ...]], None]
"""Looks at a contribution beside what is public, but for the graphs that end with it, and at the valid keys of its contributor."""


@dataclass(frozen=True)
class Received:
    """A contribution and the secret of its status page, which is shown once."""

    contribution: Contribution
    token: str


class Contributions:
    """What partners and reviewers do; the journal is written first, the store follows it.

    `follow` brings the store up to the journal and says which event it holds then (`Publisher.follow`); `show` may leave the synergies
    for later (`Publisher.show`).
    """

    def __init__(self, store: Store, journal: Journal, follow: Callable[[], int], show: Callable[[], int] | None = None,
                 secret: Callable[[int], str] = secrets.token_urlsafe) -> None:
        self.store, self.journal, self.follow, self.show, self._secret = store, journal, follow, show or follow, secret

    def receive(self, content: Graph, *, agent: str = str(PUBLIC_AGENT), form: str = "", source: str = "", contact: str = "",
                replaces: Iterable[str] = (), draft: bool = False) -> Received:
        """Keep what was sent; a node without a name gets an IRI. Raises Invalid for an empty contribution."""
        if not len(content):
            raise make_error(Invalid, "contribution-empty")
        token = self._secret(16)
        reference = hashlib.sha256(f"{token} {self.journal.clock().isoformat()}".encode()).hexdigest()[:12]
        kept = self.journal.receive(reference, _digest(token), self._write(reference, content), agent=agent, form=form, source=source,
                                    replaces=_sort(replaces), contact=contact,
                                    status="draft" if draft else "submitted")
        return Received(kept, token)

    def open(self, reference: str, token: str) -> Contribution:
        """The contribution behind a status link; raises NotFound, or Unauthorised when the secret is not its own."""
        if not hmac.compare_digest(self.journal.token(reference), _digest(token)):
            raise make_error(Unauthorised, "link-incomplete", where=reference)
        return self.journal.contribution(reference)

    def edit(self, reference: str, content: Graph, agent: str, replaces: Iterable[str] | None = None) -> Event:
        """Write a draft, or one that was sent back, anew; without `replaces` it replaces what it did."""
        status = self.journal.contribution(reference).status
        if status not in ("draft", "changes-requested"):
            raise make_error(Conflict, "not-edited", status, where=reference)
        return self.journal.move(reference, status, agent, content=self._write(reference, content),
                                 replaces=None if replaces is None else _sort(replaces))

    def submit(self, reference: str, agent: str) -> Event:
        """Hand a draft, or one that was sent back, to the reviewers."""
        return self.journal.move(reference, "submitted", agent)

    def request_changes(self, reference: str, agent: str, why: str) -> Event:
        """Send a contribution back with the reason."""
        return self.journal.move(reference, "changes-requested", agent, _reason(why))

    def accept(self, reference: str, agent: str) -> Event:
        """Take a contribution on; it is published by the next step."""
        return self.journal.move(reference, "accepted", agent)

    def reject(self, reference: str, agent: str, why: str) -> Event:
        """Decline a contribution with the reason."""
        return self.journal.move(reference, "rejected", agent, _reason(why))

    def publish(self, reference: str, agent: str, supersedes: str = "", through: str = "", judge: Judge | None = None) -> Event:
        """Make an accepted contribution public, in the place of what it replaces and of the contribution that it supersedes.

        What nobody describes any more leaves a tombstone. `through` is a status on the way, accepted; `judge` may raise Conflict
        because of what is public by now, and what it looked at is the same when the step is written.
        """
        name = graph_name(reference)

        def step(after: int) -> Event:
            contribution = self.journal.contribution(reference)
            graph, keys = read_graph(contribution.content), self.journal.valid_keys(contribution.agent)
            ending = {graph_name(supersedes)} if supersedes else set[URIRef]()
            if judge is not None:
                judge(contribution, ending, keys)
            removed = {quad for quad in self._replaced(contribution.replaces, graph) if quad[0] not in ending}
            ended: set[Node] = {quad[1] for quad in removed if quad[2] == RDF.type}
            ended |= {subject for each in ending for subject in self.store.graph(each).subjects(RDF.type)}
            described = graph + describe(reference, contribution.agent, self.journal.clock().isoformat())
            change = Change(write_quads(name, described), _write_all(removed), tuple(map(str, ending)),
                            self._gone(ended - set(graph.subjects(RDF.type)), ending, removed))
            return self.journal.move(reference, "published", agent, also=supersedes, through=through, after=after, change=change,
                                     seen=(contribution.sequence, keys))

        return self._settle(step)

    def withdraw(self, reference: str, agent: str, why: str) -> Event:
        """Take a contribution back; what it replaced is public again, and what nobody else describes leaves a tombstone."""
        contribution = self.journal.contribution(reference)
        if contribution.status != "published":
            return self.journal.move(reference, "withdrawn", agent, _reason(why))
        name = graph_name(reference)
        described = {URIRef(str(subject)) for subject in read_graph(contribution.content).subjects(RDF.type)}

        def step(after: int) -> Event:
            live = {graph_name(each.reference) for each in self.journal.contributions("published") if each.reference != reference}
            back = {quad for quad in Covers(self.journal.events(kinds=STEPS), self.journal.contribution).uncover(reference)
                    if not str(quad[0]).startswith(str(GRAPH["contribution/"])) or quad[0] in live}
            change = Change(_write_all(back), dropped=(str(name),), gone=self._gone(described - {quad[1] for quad in back}, {name}))
            return self.journal.move(reference, "withdrawn", agent, _reason(why), after=after, change=change)

        return self._settle(step)

    def publish_graphs(self, put: Mapping[URIRef, Graph], drop: Iterable[URIRef], agent: str, activity: str) -> Event:
        """Make whole graphs public that no contribution holds, a harvest for instance; they replace those of the same name."""
        dropped = frozenset(drop)

        def step(after: int) -> Event:
            old = {name: self.store.graph(name) for name in {*put, *dropped}}
            stated = {subject for graph in put.values() for subject in graph.subjects(RDF.type)}
            ended = {URIRef(str(subject)) for graph in old.values() for subject in graph.subjects(RDF.type)} - stated
            change = Change(b"".join(write_quads(name, graph) for name, graph in sorted(put.items())),
                            b"".join(write_quads(name, old[name] - graph) for name, graph in sorted(put.items())),
                            tuple(sorted(map(str, dropped))), self._gone(ended, set(old)))
            return self.journal.record(agent, activity, change, after)

        return self._settle(step)

    def _settle(self, step: Callable[[int], Event]) -> Event:
        """Take a step that changes the graph on the newest state; when somebody else was first, look again and take it then."""
        for _ in range(TRIES):
            try:
                event = step(self.follow())
            except Outdated:
                continue
            self.show()
            return event
        raise Outdated("others publish all the time.", advice="Send it again in a minute.")

    def _gone(self, subjects: Set[Node], ending: Set[URIRef], removed: Set[Quad] = frozenset()) -> tuple[str, ...]:
        """Those of the subjects that nobody describes once some graphs have ended and some statements are removed."""
        query = load_query(DESCRIBED).text
        return tuple(sorted(str(subject) for subject in subjects if str(subject).startswith(str(ID)) and not any(
            row[0] not in ending and row[1:3] == (subject, RDF.type) and row not in removed
            for row in self.store.select(query, {"thing": URIRef(str(subject))}).rows)))

    def _replaced(self, records: Iterable[str], graph: Graph) -> set[Quad]:
        query, kept = load_query(DESCRIBED).text, set(graph)
        return {(row[0], row[1], row[2], row[3]) for record in records  # type: ignore[misc]
                for row in self.store.select(query, {"thing": URIRef(record)}).rows if tuple(row[1:]) not in kept}

    def _write(self, reference: str, content: Graph) -> bytes:
        names = {node: thing("node", f"{reference}-{number}") for number, node in
                 enumerate(sorted({term for triple in content for term in triple if isinstance(term, BNode)}), 1)}
        named = Graph()
        for triple in content:
            named.add(tuple(names.get(term, term) if isinstance(term, BNode) else term for term in triple))  # type: ignore[arg-type]
        return write_quads(graph_name(reference), named)


def _write_all(quads: Iterable[Quad]) -> bytes:
    graphs: dict[URIRef, Graph] = {}
    for name, *triple in quads:
        graphs.setdefault(name, Graph()).add(tuple(triple))  # type: ignore[arg-type]
    return b"".join(write_quads(name, graph) for name, graph in sorted(graphs.items()))


def _sort(records: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(map(str, records))))


def _reason(why: str) -> str:
    if not why.strip():
        raise make_error(Invalid, "reason-missing", where="why")
    return why.strip()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
