"""Shapes compiled to SPARQL, for whole graphs: one query per shape and constraint, which returns what breaks it.

    uash:City-population  ->  SELECT DISTINCT ?this ?value (... AS ?flag0) (... AS ?flag1)
                              WHERE { ?this a uaeu:City . ?this uaeu:population ?value . FILTER(... || ...) }
    and its sieve         ->  SELECT DISTINCT ?value WHERE { ?any uaeu:population ?value . FILTER(... || ...) }

A sieve reads one predicate in its order, where the query seeks each target; most sieves give nothing, so the query is not asked.

The queries are made of the shapes alone, never of data, and of as much of SHACL as our shapes use; any other term of SHACL is refused
when the shapes are compiled, so that nothing is passed over in silence. Findings are those of pySHACL (tests/test_validation_compiling.py).
Contributions are judged by the engine itself, since a store rewrites some literals (design of validation, section 5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from kg.errors import Invalid
from kg.terms import RDF, SH, XSD

Classes = Mapping[str, tuple[str, ...]]
"""Each class with its sub-classes, itself first."""
Path = tuple[tuple[str, ...], ...]
"""The steps of a property path (SHACL, section 2.3.1), each with its alternatives as SPARQL writes them."""

SILENT: Final = frozenset({"path", "property", "severity", "message", "name", "description", "order", "group", "targetClass", "targetNode",
                           "targetSubjectsOf", "targetObjectsOf", "minCount", "maxCount", "hasValue", "sparql"})
"""Terms that are no constraint on a single value."""
TARGETS: Final = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
CAST: Final = frozenset({XSD.date, XSD.dateTime, XSD.gYear, XSD.gYearMonth, XSD.integer, XSD.decimal, XSD.boolean})
TAKEN: Final = CAST | {XSD.string, XSD.anyURI, RDF.langString}
KINDS: Final = {SH.IRI: "isIRI({0})", SH.Literal: "isLiteral({0})", SH.BlankNode: "isBlank({0})",
                SH.BlankNodeOrIRI: "!isLiteral({0})", SH.BlankNodeOrLiteral: "!isIRI({0})", SH.IRIOrLiteral: "!isBlank({0})"}
NUMBERS: Final = (XSD.integer, XSD.decimal, XSD.double, XSD.float)
LIMITS: Final = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": ">", "maxExclusive": ">="}
"""How a value within a lower limit, and one beyond an upper limit, compares with it."""
PLAIN: Final = re.compile(r"\s*SELECT\s+((?:[?$]\w+\s*)+)\s*WHERE\s*\{(.*)\}\s*", re.DOTALL | re.IGNORECASE)
WHOLE: Final = re.compile(r"\b(?:GROUP|HAVING|LIMIT|OFFSET|MINUS|VALUES|SERVICE|SELECT)\b|[$?](?:PATH|shapesGraph|currentShape)\b",
                          re.IGNORECASE)


@dataclass(frozen=True)
class Probe:
    """A query for what breaks a shape: rows bind ?this, ?value where there is one, and ?flag0, ?flag1 ... where it asks several at once.

    `components` are the constraint components in the order of the flags; `parameter` tells several constraints of one kind
    apart, and is the node of a SPARQL constraint. `sieve` is a query for each ?value that may be at fault, whoever has it; "" for none.
    """

    shape: Node
    path: Node | None
    components: tuple[str, ...]
    query: str
    parameter: Node | None = None
    sieve: str = ""


def compile_shapes(shapes: Graph, classes: Classes) -> tuple[Probe, ...]:
    """The probes of all shapes with a target; raises Invalid for a term of SHACL that is not compiled (SHACL, sections 2 to 5)."""
    compiler = _Compiler(shapes, classes)
    targeted = sorted({shape for target in TARGETS for shape in shapes.subjects(target)}, key=str)
    return tuple(probe for shape in targeted for probe in compiler.compile(shape))


class _Compiler:
    def __init__(self, shapes: Graph, classes: Classes) -> None:
        self.shapes, self.classes, self._numbers = shapes, classes, count()
        self._open: list[Node] = []

    def compile(self, shape: Node) -> Iterator[Probe]:
        for target in self._targets(shape):
            if (shape, SH.path, None) in self.shapes:
                yield from self._property(shape, target)
                continue
            yield from self._values(shape, None, target, "?this")
            yield from self._sparql(shape, target)
            for each in sorted(self.shapes.objects(shape, SH.property), key=str):
                yield from self._property(each, target)

    # What is probed

    def _targets(self, shape: Node) -> Iterator[str]:
        for target in self.shapes.objects(shape, SH.targetClass):
            yield self._of_class("?this", target)
        nodes = sorted(self.shapes.objects(shape, SH.targetNode), key=str)
        if nodes:
            yield f"VALUES ?this {{ {' '.join(map(_write, nodes))} }}"
        for target in self.shapes.objects(shape, SH.targetSubjectsOf):
            yield f"{{ SELECT DISTINCT ?this {{ ?this {_write(target)} [] }} }}"
        for target in self.shapes.objects(shape, SH.targetObjectsOf):
            yield f"{{ SELECT DISTINCT ?this {{ [] {_write(target)} ?this }} }}"

    def _of_class(self, node: str, target: Node) -> str:
        own = self.classes.get(str(target), (str(target),))
        return " UNION ".join(f"{{ {node} a <{each}> }}" for each in own) if len(own) > 1 else f"{node} a <{own[0]}> ."

    def _property(self, shape: Node, target: str) -> Iterator[Probe]:
        if any(self.shapes.objects(shape, SH.property)):
            raise _refuse(shape, "sh:property below a property shape")
        path = self._path(shape)
        least, most = self._number(shape, SH.minCount), self._number(shape, SH.maxCount)
        if least == 1:
            yield self._probe(shape, "MinCount", f"?this WHERE {{ {target} FILTER(!{self._some(path, '?this', '?v')}) }}")
        elif least:
            yield self._probe(shape, "MinCount", f"?this WHERE {{ {target} OPTIONAL {{ {_reach(path, '?this', '?v')} }} }} GROUP BY ?this "
                                                 f"HAVING(COUNT(DISTINCT ?v) < {least})")
        if most is not None:
            yield self._probe(shape, "MaxCount", f"?this WHERE {{ {target} {_reach(path, '?this', '?v')} }} GROUP BY ?this "
                                                 f"HAVING(COUNT(DISTINCT ?v) > {most})")
        for value in self.shapes.objects(shape, SH.hasValue):
            yield self._probe(shape, "HasValue", f"?this WHERE {{ {target} FILTER(!{self._some(path, '?this', _write(value))}) }}", value)
        yield from self._values(shape, path, target, "?value")
        yield from self._sparql(shape, target)

    def _values(self, shape: Node, path: Path | None, target: str, value: str) -> Iterator[Probe]:
        found = list(self._faults(shape, value))
        if not found:
            return
        fault = " || ".join(fault for _, fault in found)
        flags = " ".join(f"({fault} AS ?flag{number})" for number, (_, fault) in enumerate(found)) if len(found) > 1 else ""
        reach = f" {_reach(path, '?this', '?value')}" if path else ""
        subject = "?this ?value" if path else "?this (?this AS ?value)"
        yield Probe(shape, self.shapes.value(shape, SH.path), tuple(component for component, _ in found),
                    f"SELECT DISTINCT {subject} {flags} WHERE {{ {target}{reach} FILTER({fault}) }}",
                    sieve=_sieve(path, fault) if path else "")

    def _sparql(self, shape: Node, target: str) -> Iterator[Probe]:
        """A SPARQL constraint of the plain form, where the target may stand in front instead of one run per focus node."""
        for constraint in self.shapes.objects(shape, SH.sparql):
            text = str(self.shapes.value(constraint, SH.select) or "")
            form = PLAIN.fullmatch(text)
            if form is None or WHOLE.search(form[2]):
                raise _refuse(shape, "a SPARQL constraint that is not SELECT ... WHERE { ... } without sub-queries and modifiers")
            prologue = "".join(f"PREFIX {self.shapes.value(each, SH.prefix)}: <{self.shapes.value(each, SH.namespace)}>\n"
                               for ontology in self.shapes.objects(constraint, SH.prefixes)
                               for each in self.shapes.objects(ontology, SH.declare))
            names, body = (re.sub(r"\$this\b", "?this", part) for part in form.groups())
            yield Probe(shape, self.shapes.value(shape, SH.path), ("SPARQL",),
                        f"{prologue}SELECT DISTINCT {names} WHERE {{ {target} {body} }}", constraint)

    def _probe(self, shape: Node, component: str, rest: str, parameter: Node | None = None) -> Probe:
        return Probe(shape, self.shapes.value(shape, SH.path), (component,), f"SELECT DISTINCT {rest}", parameter)

    # When a value is at fault: expressions that are true then, and that never raise an error

    def _faults(self, shape: Node, value: str) -> Iterator[tuple[str, str]]:
        for predicate, parameter in sorted(self.shapes.predicate_objects(shape), key=str):
            term = str(predicate).removeprefix(str(SH))
            if not str(predicate).startswith(str(SH)) or term in SILENT:
                continue
            write = getattr(self, f"_fault_{term}", None) if term not in LIMITS else self._limit(term)
            if write is None:
                raise _refuse(shape, f"sh:{term}")
            yield term[0].upper() + term[1:], write(parameter, value)

    def _fault_class(self, parameter: Node, value: str) -> str:
        own = self.classes.get(str(parameter), (str(parameter),))
        return f"!({' || '.join(f'EXISTS {{ {value} a <{each}> }}' for each in own)})"

    def _fault_datatype(self, parameter: Node, value: str) -> str:
        if parameter not in TAKEN:
            raise _refuse(parameter, "this datatype")
        form = f" && COALESCE(isLiteral({_write(parameter)}(STR({value}))), false)" if parameter in CAST else ""
        return f"!(isLiteral({value}) && DATATYPE({value}) = {_write(parameter)}{form})"

    def _fault_nodeKind(self, parameter: Node, value: str) -> str:
        return f"!({KINDS[URIRef(str(parameter))].format(value)})"

    def _fault_minLength(self, parameter: Node, value: str) -> str:
        return f"(isBlank({value}) || STRLEN(STR({value})) < {int(str(parameter))})"

    def _fault_maxLength(self, parameter: Node, value: str) -> str:
        return f"(isBlank({value}) || STRLEN(STR({value})) > {int(str(parameter))})"

    def _fault_pattern(self, parameter: Node, value: str) -> str:
        return f"(isBlank({value}) || !REGEX(STR({value}), {_write(Literal(str(parameter)))}))"

    def _limit(self, term: str) -> Callable[[Node, str], str]:
        if term.startswith("min"):
            return lambda parameter, value: f"!COALESCE({value} {LIMITS[term]} {_write(parameter)}, false)"
        return lambda parameter, value: (f"COALESCE({value} {LIMITS[term]} {_write(parameter)}, "
                                         f"DATATYPE({value}) NOT IN ({', '.join(map(_write, _find_others(parameter)))}), true)")

    def _fault_in(self, parameter: Node, value: str) -> str:
        return f"!({' || '.join(f'sameTerm({value}, {_write(each)})' for each in Collection(self.shapes, parameter))})"

    def _fault_node(self, parameter: Node, value: str) -> str:
        return self._breaks(parameter, value)

    def _fault_not(self, parameter: Node, value: str) -> str:
        return f"!{self._breaks(parameter, value)}"

    def _fault_or(self, parameter: Node, value: str) -> str:
        return f"({' && '.join(self._breaks(each, value) for each in Collection(self.shapes, parameter))})"

    def _breaks(self, shape: Node, value: str) -> str:
        """Whether a value does not conform to a shape, whatever the severity (SHACL, sections 3.4.1 and 4.6)."""
        if shape in self._open or (shape, SH.sparql, None) in self.shapes:
            raise _refuse(shape, "a recursive shape, or sh:sparql below sh:node, sh:not or sh:or,")
        self._open.append(shape)
        if (shape, SH.path, None) in self.shapes:
            found = [self._breaks_property(shape, value)]
        else:
            found = [fault for _, fault in self._faults(shape, value)]
            found += [f"!sameTerm({value}, {_write(each)})" for each in self.shapes.objects(shape, SH.hasValue)]
            found += [self._breaks_property(each, value) for each in self.shapes.objects(shape, SH.property)]
        self._open.pop()
        return f"({' || '.join(found) or 'false'})"

    def _breaks_property(self, shape: Node, focus: str) -> str:
        if {SH.maxCount, SH.property, SH.sparql} & set(self.shapes.predicates(shape)) or (self._number(shape, SH.minCount) or 0) > 1:
            raise _refuse(shape, "sh:maxCount, sh:property, sh:sparql or sh:minCount over 1 below sh:node, sh:not or sh:or")
        path, value = self._path(shape), f"?n{next(self._numbers)}"
        found = [f"!{self._some(path, focus, _write(each))}" for each in self.shapes.objects(shape, SH.hasValue)]
        if self._number(shape, SH.minCount):
            found.append(f"!{self._some(path, focus, f'?n{next(self._numbers)}')}")
        faults = [fault for _, fault in self._faults(shape, value)]
        if faults:
            found.append(self._some(path, focus, value, f" FILTER({' || '.join(faults)})"))
        return f"({' || '.join(found) or 'false'})"

    # Paths

    def _path(self, shape: Node) -> Path:
        path = self.shapes.value(shape, SH.path)
        if path is not None and (path, RDF.first, None) in self.shapes:
            return tuple(self._step(shape, each) for each in Collection(self.shapes, path))
        return (self._step(shape, path),)

    def _step(self, shape: Node, path: Node | None) -> tuple[str, ...]:
        if isinstance(path, URIRef):
            return (_write(path),)
        inverse, either = self.shapes.value(path, SH.inversePath), self.shapes.value(path, SH.alternativePath)
        if isinstance(inverse, URIRef):
            return (f"^{_write(inverse)}",)
        if either is not None:
            return tuple(step for each in Collection(self.shapes, either) for step in self._step(shape, each))
        raise _refuse(shape, "this path")

    def _some(self, path: Path, focus: str, value: str, rest: str = "") -> str:
        """Whether a value is reached; step within step, since the engine runs a join below EXISTS without what is bound outside, and each
        alternative by itself, since it looks a predicate up faster than a path."""
        end = value
        if len(path) > 1:
            end = f"?n{next(self._numbers)}"
            rest = f" FILTER({self._some(path[1:], end, value, rest)})"
        found = " || ".join(f"EXISTS {{ {focus} {step} {end} .{rest} }}" for step in path[0])
        return f"({found})" if len(path[0]) > 1 else found

    def _number(self, shape: Node, term: URIRef) -> int | None:
        value = self.shapes.value(shape, term)
        return None if value is None else int(str(value))


def _find_others(limit: Node) -> list[URIRef]:
    """The datatypes of numbers but that of a limit: what is no number of these, such as "1,5"^^xsd:decimal, is below it for pySHACL."""
    return [each for each in NUMBERS if not isinstance(limit, Literal) or each != limit.datatype]


def _reach(path: Path, focus: str, value: str) -> str:
    """The values of a path as a join of its steps."""
    nodes = (focus, *(f"?step{number}" for number in range(1, len(path))), value)
    steps = (step[0] if len(step) == 1 else f"({'|'.join(step)})" for step in path)
    return " ".join(f"{start} {step} {end} ." for start, step, end in zip(nodes[:-1], steps, nodes[1:], strict=True))


def _sieve(path: Path, fault: str) -> str:
    """A query for the values of a path that may be at fault; grouped first where each value costs a look-up, since many have the same."""
    reach = _reach(path, "?any", "?value")
    if "EXISTS" in fault:
        return f"SELECT ?value WHERE {{ {{ SELECT ?value WHERE {{ {reach} }} GROUP BY ?value }} FILTER({fault}) }}"
    return f"SELECT DISTINCT ?value WHERE {{ {reach} FILTER({fault}) }}"


def _write(term: Node) -> str:
    """A term of the shapes in SPARQL."""
    if isinstance(term, BNode) or term is None:
        raise _refuse(term, "a node without a name as a value")
    return term.n3()


def _refuse(shape: Node, what: str) -> Invalid:
    return Invalid(f"{what} is not compiled to SPARQL.", where=f"shape {shape}", advice="Use the terms that the other shapes use, "
                   "or add it to kg/validation/compiling.py with a case in tests/cases/shapes.")
