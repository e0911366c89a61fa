"""The integrity conditions of the SKOS Reference, and what our own concept schemes promise beyond them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from kg.standards.assets import Assets
from kg.standards.findings import CheckedSet, Finding, Model, find_line
from kg.terms import DCT, RDF, SKOS, VOC

REFERENCE = "kos-kit-skos-shacl"
LABELS = (SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel)
UP = (SKOS.broader, SKOS.broaderTransitive, SKOS.broadMatch)
DOWN = (SKOS.narrower, SKOS.narrowerTransitive, SKOS.narrowMatch)
ACROSS = (SKOS.related, SKOS.relatedMatch)
RELATIONS = (*UP, *DOWN, *ACROSS, SKOS.semanticRelation, SKOS.mappingRelation, SKOS.exactMatch, SKOS.closeMatch)
Fault = tuple[Node, str, str]


def check_concepts(_assets: Assets, model: Model) -> CheckedSet:
    """Our schemes keep SKOS and each concept has a scheme, an English label and definition and a way to the top."""
    graph = Graph()
    for part in model.graphs.values():
        for predicate in (RDF.type, *LABELS, *RELATIONS, SKOS.inScheme, SKOS.topConceptOf, SKOS.definition, DCT.title):
            for subject, value in part.subject_objects(predicate):
                if str(subject).startswith(str(VOC)):
                    graph.add((subject, predicate, value))
    files = sorted((model.ontology / "voc").glob("*.ttl"))
    faults = [*find_skos_faults(graph), *find_scheme_faults(graph)]
    concepts = len(set(graph.subjects(RDF.type, SKOS.Concept)))
    return CheckedSet("SKOS, our concept schemes", "SKOS Reference 2009", concepts, "concepts",
                      tuple(_locate(fault, files) for fault in faults))


def check_reference_concepts(assets: Assets, _model: Model) -> CheckedSet:
    """The same conditions accept the valid and refuse the invalid examples taken from the SKOS Reference."""
    files = list(assets.files(REFERENCE, "data"))
    findings = []
    for path in files:
        faults = list(find_skos_faults(Graph().parse(path)))
        if bool(faults) == ("valid" in path.parts):
            findings.append(Finding(path.name, 0, "SKOS Reference", f"the example gave {len(faults)} faults"))
    return CheckedSet("SKOS, reference examples", assets.version(REFERENCE), len(files), "files", tuple(findings))


def find_skos_faults(graph: Graph) -> Iterator[Fault]:
    """What breaks an integrity condition: S9, S13, S14, S27, S37, S46 of the SKOS Reference."""
    yield from _find_disjoint_classes(graph)
    yield from _find_labels(graph)
    ancestors = _close(graph)
    for predicate in ACROSS:
        for one, other in graph.subject_objects(predicate):
            if other in ancestors.get(one, ()) or one in ancestors.get(other, ()):
                yield one, "S27", f"is related to {_name(other)} and lies above or below it"
    hierarchical = {pair for predicate in (SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)
                    for pair in graph.subject_objects(predicate)}
    for one, other in graph.subject_objects(SKOS.exactMatch):
        if (one, other) in hierarchical or (other, one) in hierarchical:
            yield one, "S46", f"matches {_name(other)} exactly and otherwise at once"


def find_scheme_faults(graph: Graph) -> Iterator[Fault]:
    """What breaks the promises of our own schemes: title, scheme, label, definition, known broader concepts, no cycle."""
    schemes = set(graph.subjects(RDF.type, SKOS.ConceptScheme))
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    for scheme in schemes:
        if not _in_english(graph, scheme, DCT.title):
            yield scheme, "title", "has no English title"
    for concept in sorted(concepts, key=str):
        if not any(scheme in schemes for scheme in graph.objects(concept, SKOS.inScheme)):
            yield concept, "scheme", "is in no concept scheme"
        if not _in_english(graph, concept, SKOS.prefLabel):
            yield concept, "label", "has no English label"
        if not _in_english(graph, concept, SKOS.definition):
            yield concept, "definition", "has no English definition"
        for broader in graph.objects(concept, SKOS.broader):
            if broader not in concepts:
                yield concept, "broader", f"has the broader concept {_name(broader)}, which does not exist"
    for concept, above in _close(graph).items():
        if concept in above:
            yield concept, "cycle", "lies above itself"


def _find_disjoint_classes(graph: Graph) -> Iterator[Fault]:
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    for predicate in RELATIONS:
        for one, other in graph.subject_objects(predicate):
            concepts |= {one, other}
    schemes = set(graph.subjects(RDF.type, SKOS.ConceptScheme)) | set(graph.objects(None, SKOS.inScheme))
    collections = {node for kind in (SKOS.Collection, SKOS.OrderedCollection) for node in graph.subjects(RDF.type, kind)}
    for node in concepts & schemes:
        yield node, "S9", "is a concept and a concept scheme"
    for node in collections & (concepts | schemes):
        yield node, "S37", "is a collection and a concept or scheme"


def _find_labels(graph: Graph) -> Iterator[Fault]:
    for node in {subject for predicate in LABELS for subject in graph.subjects(predicate)}:
        values = [set(graph.objects(node, predicate)) for predicate in LABELS]
        for number, labels in enumerate(values):
            for other in values[number + 1:]:
                for label in labels & other:
                    yield node, "S13", f"has the label {label} twice, in different ranks"
        languages = [label.language for label in values[0] if isinstance(label, Literal)]
        for language in {each for each in languages if languages.count(each) > 1}:
            yield node, "S14", f"has several preferred labels in {language}"


def _close(graph: Graph) -> dict[Node, set[Node]]:
    """Everything that lies above each concept (skos:broaderTransitive, S22 to S25)."""
    above: dict[Node, set[Node]] = defaultdict(set)
    for predicate in UP:
        for one, other in graph.subject_objects(predicate):
            above[one].add(other)
    for predicate in DOWN:
        for one, other in graph.subject_objects(predicate):
            above[other].add(one)
    closed: dict[Node, set[Node]] = {}
    for start in above:
        reached: set[Node] = set()
        waiting = list(above[start])
        while waiting:
            node = waiting.pop()
            if node not in reached:
                reached.add(node)
                waiting += above.get(node, ())
        closed[start] = reached
    return closed


def _in_english(graph: Graph, node: Node, predicate: URIRef) -> bool:
    return any(isinstance(value, Literal) and value.language == "en" for value in graph.objects(node, predicate))


def _locate(fault: Fault, files: Iterable[Path]) -> Finding:
    node, rule, what = fault
    scheme = str(node).removeprefix(str(VOC)).split("/")[0]
    for path in files:
        if path.stem == scheme:
            return Finding(f"voc/{path.name}", find_line(path, node), rule, f"{_name(node)} {what}")
    return Finding(f"scheme {scheme}", 0, rule, f"{_name(node)} {what}")


def _name(node: Node) -> str:
    return str(node).removeprefix(str(VOC))
