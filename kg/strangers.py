"""What shapes do not see, since they are open: predicates and classes that nobody knows, and records that no shape looks at.

They are warnings: a misspelt property is otherwise silent (design of validation, section 4, step 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process
from rdflib import Graph, URIRef
from rdflib.term import Node

from kg import resources
from kg.remarks import MOST_ALIKE
from kg.shapes import load_shapes, read_graph, read_path
from kg.store import Store
from kg.terms import CV, DCT, FOAF, OWL, RDF, RDFS, SH, SKOS, TIME, shorten
from kg.validation.judging import find_untargeted
from kg.wording import say

NEAR: Final = 72
"""Likeness from which another term is offered, of 100."""
BESIDES: Final = frozenset({RDF.type, RDFS.label, RDFS.comment, RDFS.seeAlso, FOAF.name, DCT.isReplacedBy, SKOS.notation, SKOS.changeNote,
                            SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch, SKOS.exactMatch, SKOS.closeMatch})
CLASSES: Final = frozenset({SKOS.Concept, FOAF.Agent, TIME.ProperInterval, CV.AdminUnit, CV.InformationConcept})
"""What records state besides that no shape looks at: names, notations and matches, and the classes of Core Vocabularies above ours."""


@dataclass(frozen=True)
class Stranger:
    """A statement with a term that is not known, or the first statement on a record that no shape looks at."""

    subject: Node
    predicate: Node
    value: Node
    what: str
    advice: str


def find_strangers(graph: Graph, store: Store, language: str = "en") -> Iterator[Stranger]:
    """One stranger for each unknown predicate, class and record without a shape, in the language of the reader."""
    properties, classes = _known_terms()
    seen: set[Node] = set()
    lost: set[Node] = set()
    for subject, predicate, value in sorted(graph):
        kind = "class" if predicate == RDF.type and value not in classes else "property" if predicate not in properties else ""
        term = value if kind == "class" else predicate
        if kind == "class":
            lost.add(subject)
        if kind and isinstance(term, URIRef) and term not in seen:
            seen.add(term)
            near = _find_near(term, classes if kind == "class" else properties) if len(seen) <= MOST_ALIKE else None
            yield Stranger(subject, predicate, value, say(f"strange_{kind}", language, _write(term)),
                           say("near", language, _write(near)) if near else "")
    for record in find_untargeted(graph, store):
        if record not in lost:
            predicate, value = min(graph.predicate_objects(record))
            yield Stranger(record, predicate, value, say("untargeted", language, f"<{record}>"), say("classify", language))


def _write(term: URIRef) -> str:
    """A term by its prefix, else in angle brackets."""
    short = shorten(term)
    return short if short != term else f"<{term}>"


def _find_near(term: URIRef, known: frozenset[URIRef]) -> URIRef | None:
    """The known term whose name is nearest, of the same vocabulary where two are as near."""
    names = {each: _name(each) for each in sorted(known)}
    found = process.extract(_name(term), names, scorer=fuzz.ratio, score_cutoff=NEAR, limit=3)
    head = term[:len(term) - len(_name(term))]
    return max(found, key=lambda each: (each[1], each[2].startswith(head)))[2] if found else None


def _name(term: URIRef) -> str:
    return str(term).replace("#", "/").rsplit("/", 1)[-1].casefold()


@lru_cache(maxsize=1)
def _known_terms() -> tuple[frozenset[URIRef], frozenset[URIRef]]:
    """Properties and classes of the ontology and of the shapes."""
    shapes, ontology = load_shapes(), read_graph(resources.ontology())
    paths = {step.predicate for path in shapes.objects(None, SH.path) for step in read_path(shapes, path)}
    targets = {*shapes.objects(None, SH.targetSubjectsOf), *shapes.objects(None, SH.targetObjectsOf)}
    own = {kind: set(ontology.subjects(RDF.type, kind)) for kind in (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.Class)}
    classes = {*own[OWL.Class], *shapes.objects(None, SH.targetClass), *shapes.objects(None, SH["class"]), *CLASSES}
    classes |= {wide for each in own[OWL.Class] for wide in ontology.objects(each, RDFS.subClassOf)}
    classes |= {each for types in shapes.subjects(SH.path, RDF.type) for each in shapes.objects(types, SH.hasValue)}
    properties = {*paths, *targets, *own[OWL.ObjectProperty], *own[OWL.DatatypeProperty], *BESIDES}
    return tuple(frozenset(each for each in found if isinstance(each, URIRef)) for found in (properties, classes))  # type: ignore[return-value]
