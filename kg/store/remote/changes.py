"""Changes as SPARQL Update: one operation that does its work where the engine holds the sum it rests on, and nothing elsewhere.

Lines are canonical N-Quads that the embedded engine wrote, never text from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from rdflib import URIRef

from kg.store.remote.engine import STAGED, STATE
from kg.store.version import WIDTH, sum_lines

SUM: Final = URIRef("urn:uaeu-kg:sum")
Lines = Mapping[URIRef, Set[bytes]]


@dataclass(frozen=True)
class Change:
    """Triples, as lines without a full stop, to take from graphs and to add to them; None is the default graph.

    `before` and `after` are the sums of the dataset, None where the engine holds none yet.
    """

    removed: Mapping[URIRef | None, Set[bytes]]
    added: Mapping[URIRef | None, Set[bytes]]
    before: int | None
    after: int

    def __len__(self) -> int:
        return sum(map(len, (*self.removed.values(), *self.added.values())))

    def write(self) -> str:
        """The whole change as one operation (SPARQL 1.1 Update, 3.1.3)."""
        return _operation(self, _blocks(self.removed), _blocks(self.added), "")

    def write_staged(self, mark: str) -> str:
        """One operation over the statements that `stage` has brought to the engine under this mark."""
        key = f"{STAGED}:{mark}:"
        places = (f"{{ GRAPH {STAGED.n3()} {{ ?row <{key}from> ?from ; <{key}s> ?s ; <{key}p> ?p ; <{key}o> ?o }} }}\n"
                  f"UNION {{ GRAPH {STAGED.n3()} {{ ?row <{key}to> ?to ; <{key}x> ?x ; <{key}y> ?y ; <{key}z> ?z }} }}")
        return _operation(self, "GRAPH ?from { ?s ?p ?o }", "GRAPH ?to { ?x ?y ?z }", places)

    def stage(self, mark: str) -> Iterator[bytes]:
        """The statements of this change as data: for each its graph, subject, predicate and object under properties of the mark."""
        number = 0
        for verb, names, graphs in (("from", "spo", self.removed), ("to", "xyz", self.added)):
            for name, lines in graphs.items():
                for line in lines:
                    assert name is not None
                    number += 1
                    said = zip((verb, *names), (name.n3().encode(), *line.split(b" ", 2)), strict=True)
                    for key, term in said:
                        yield f"<{STAGED}:{mark}:{number}> <{STAGED}:{mark}:{key}> ".encode() + term + b" .\n"


def plan(removed: Lines, added: Lines, lost: Set[bytes], merged: URIRef | None, before: int | None, total: int) -> Change:
    """A change of named graphs, with what it means for the merge of all; `lost` are the triples that no graph states afterwards."""
    gone: dict[URIRef | None, set[bytes]] = {name: {_triple(name, line) for line in lines} for name, lines in removed.items() if lines}
    come: dict[URIRef | None, set[bytes]] = {name: {_triple(name, line) for line in lines} for name, lines in added.items() if lines}
    new = set().union(*come.values())
    after = (total + sum(sum_lines(lines) for lines in added.values()) - sum(sum_lines(lines) for lines in removed.values())) % WIDTH
    return Change({**gone, merged: lost - new}, {**come, merged: new}, before, after)


def write_removal(mark: str) -> str:
    """The operation that forgets what was staged under a mark."""
    keys = "".join(f"<{STAGED}:{mark}:{key}> " for key in ("from", "to", *"spoxyz"))
    return f"WITH {STAGED.n3()} DELETE {{ ?row ?key ?term }} WHERE {{ VALUES ?key {{ {keys}}} ?row ?key ?term }}"


def cut(name: URIRef, lines: Iterable[bytes]) -> set[bytes]:
    """The triples of lines of a graph."""
    return {_triple(name, line) for line in lines}


def _operation(change: Change, removed: str, added: str, places: str) -> str:
    held = f"GRAPH {STATE.n3()} {{ {STATE.n3()} {SUM.n3()} "
    gone = f'{held}"{change.before:x}" }}' if change.before is not None else ""
    where = gone or f"FILTER NOT EXISTS {{ {held} ?any }} }}"
    return (f"DELETE {{ {gone} {removed} }}\nINSERT {{ {held}\"{change.after:x}\" }} {added} }}\nWHERE {{ {where} {places} }}")


def _blocks(graphs: Mapping[URIRef | None, Set[bytes]]) -> str:
    blocks = []
    for name, lines in graphs.items():
        if lines:
            text = "".join(f"{line.decode()} .\n" for line in sorted(lines))
            blocks.append(f"GRAPH {name.n3()} {{\n{text}}}\n" if name is not None else text)
    return "".join(blocks)


def _triple(name: URIRef, line: bytes) -> bytes:
    return line.removesuffix(b" .").removesuffix(b" " + name.n3().encode())
