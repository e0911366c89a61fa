"""What partners send, by whatever way in: read, judged in the context of what is published, and kept."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from typing import Any, Final

from rdflib import Graph, URIRef
from rdflib.term import Node

from kg.admission import find_inadmissible
from kg.contributions import Contributions, Received
from kg.contributions.workflow import DESCRIBED
from kg.errors import BrokenRow, Conflict, Invalid, TooLarge, UnreadableFile
from kg.formats import BY_MEDIA_TYPE
from kg.forms import Answers, Form, Known, Stated, load_forms, state_rows
from kg.forms.known import Like
from kg.forms.statements import answer_survey
from kg.queries import load_query
from kg.remarks import GRAVE, Remark, cut, find_owner, find_statement, keep_causes, write_code
from kg.shapes import Column, Table, load_shapes, load_tables, read_path
from kg.spreadsheets import read_apart
from kg.store import Store
from kg.strangers import find_strangers
from kg.suggestions import suggest, suggest_cell
from kg.tables import Place, split_key
from kg.terms import AT, BASE, DCT, RDF, SH, SKOS, VOC, split_iri
from kg.validation.engine import INFO, VIOLATION, WARNING, ValidationResult
from kg.validation.judging import judge
from kg.validation.parsing import Parsed, Triple, parse
from kg.wording import advise, make_error, say

SHARING: Final = Path(__file__).parent / "reception.rq"
COMPARED: Final = ("initiative", "practice", "action")
MOST_THINGS: Final = 10_000
"""The most things that a file describes, as many as a table has rows: to judge them takes seconds of a process that serves others."""
SHEETS: Final = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}


@dataclass(frozen=True)
class Sent:
    """What was sent: its statements, the records that it describes, what it replaces, remarks, and things it resembles.

    `results` are the results of SHACL with their place, also those that are left out of the remarks since another has the same cause.
    `totals` says how many remarks of a severity there are, shown or not; a remark says so where not all are.
    """

    graph: Graph
    records: tuple[URIRef, ...]
    replaces: tuple[URIRef, ...]
    sources: tuple[str, ...]
    form: str
    remarks: tuple[Remark, ...]
    like: tuple[tuple[URIRef, Like], ...]
    results: tuple[tuple[ValidationResult, Remark], ...] = ()
    language: str = "en"
    totals: Mapping[str, int] = field(default_factory=dict)

    @property
    def conforms(self) -> bool:
        """Whether nothing has to be corrected."""
        return not self.count(VIOLATION)

    def count(self, severity: str) -> int:
        """How many remarks are of a severity."""
        return self.totals[severity] if self.totals else sum(each.severity == severity for each in self.remarks)

    def sentence(self) -> str:
        """What is the matter, in one line."""
        wrong, could = self.count(VIOLATION), self.count(WARNING) + self.count(INFO)
        said = say(("sentence_ok", "sentence_one")[wrong] if wrong < 2 else "sentence_many", self.language, str(wrong))
        return f"{said}; {say('sentence_could', self.language, str(could))}." if could else f"{said}."

    def at(self, key: str) -> tuple[Remark, ...]:
        """The remarks on one field."""
        return tuple(each for each in self.remarks if each.key == key)


def check_form(form: Form, answers: Answers, known: Known, store: Store, replaces: Sequence[URIRef] = (), language: str = "en") -> Sent:
    """Judge a form that was filled in; a record that is published already is replaced only where `replaces` says so.

    Raises Invalid where it names anything else than the record itself or a published record of the same kind.
    """
    for record in replaces:
        if record != answers.subject and not (known.registry.knows(record) and split_iri(record)[0] == form.table.record_type):
            raise make_error(Invalid, "not-replaced", str(record)[:80], form.table.record_type, where="replaces")
    remarks = [_word(fault, language, key=key, record=str(answers.subject)) for key, faults in answers.faults.items() for fault in faults]
    if answers.subject not in replaces and known.registry.knows(answers.subject):
        remarks.append(Remark(VIOLATION, say("record-published", language), say("record-published-advice", language), form.title,
                              code="record-published", record=str(answers.subject)))
    return _judge(answers.stated, {form.table.name: form.table}, known, store, form.name, remarks, replaces, language)


def check_table(data: bytes, known: Known, store: Store, name: str = "", form: str = "", language: str = "en") -> Sent:
    """Judge a workbook or CSV file; a row with the id of a published record is its new version.

    `form` names the form or table of its rows where neither sheet nor file does. Raises what `read_apart` raises.
    """
    tables, forms = load_tables(), load_forms()
    read = read_apart(data, name, forms[form].table.name if form in forms else form)
    stated = state_rows(tables, read.rows, known, read.faults)
    survey = forms[form].survey if form in forms else None
    if survey is not None:
        answer_survey(stated, survey)
    remarks = [_word(fault, language, where=fault.where, line=fault.line or 0, column=fault.column or 0) for fault in stated.faults]
    return _judge(stated, tables, known, store, form, remarks, stated.existing(known), language)


def check_file(data: bytes, known: Known, store: Store, media_type: str = "", name: str = "", form: str = "", language: str = "en",
               space: str = "") -> Sent:
    """Judge a file: a workbook or CSV file, or RDF, as its media type or else its name says; raises what reading it raises.

    `space` is the start of the IRIs that the sender may describe besides ours.
    """
    kind = media_type if media_type in SHEETS.values() else SHEETS.get(name.rpartition(".")[2].casefold(), "")
    if kind:
        return check_table(data, known, store, name, form, language)
    parsed = parse(data, media_type if media_type in BY_MEDIA_TYPE else name or media_type)
    if not parsed.graph:
        raise make_error(UnreadableFile, "states-nothing", where=name or "file")
    if (many := len(set(parsed.graph.subjects()))) > MOST_THINGS:
        raise make_error(TooLarge, "too-many-things", f"{many:,}", f"{MOST_THINGS:,}", where=name or "file")
    return check_graph(parsed.graph, known, store, form, None, language, parsed, space)


def check_graph(graph: Graph, known: Known, store: Store, form: str = "", replaces: Sequence[URIRef] | None = (), language: str = "en",
                parsed: Parsed | None = None, space: str = "", hidden: Set[Triple] = frozenset(), every: bool = False) -> Sent:
    """Judge statements; without `replaces`, what they say on published records is the records' new version.

    `hidden` are further published statements that end with it; `every` remark is given, else the first 1,000.
    """
    own = find_records(graph)
    renewed = tuple(replaces) if replaces is not None else (
        *(each for each in own if known.registry.knows(each)),
        *(each for each in find_foreign(graph) if next(store.match(each, RDF.type, None), None) is not None))
    results = judge(graph, store, find_hidden(graph, renewed, store) | hidden).results

    def place(each: ValidationResult) -> Remark:
        return Remark(each.severity, each.message(language), suggest(each, known, language), record=str(find_owner(graph, each.focus)),
                      where="file" if parsed else "", code=write_code(each),
                      line=parsed.line(*find_statement(graph, each), each.value) if parsed else 0)

    counts = Counter[str]()
    placed, remarks = _remark(results, graph, place, counts, every)
    if parsed:
        touched = {each for each in graph.subjects() if isinstance(each, URIRef) and known.registry.knows(each)}.difference(renewed)
        remarks += cut(_look_beside(graph, store, parsed, touched if replaces is None else (), space, language), counts, every)
    like = _find_like([(subject, split_iri(str(subject))[0], _name(graph, subject)) for subject in own], known)
    remarks.sort(key=lambda each: (GRAVE.index(each.severity), each.line, each.record))
    return Sent(graph, tuple(own), renewed, (), form, _say_cut(remarks, counts, language), like, tuple(placed), language, counts)


def _look_beside(graph: Graph, store: Store, parsed: Parsed, touched: Iterable[URIRef], space: str, language: str) -> Iterator[Remark]:
    """What shapes do not see of a file: what may not be stated, terms that are not known, records that are touched, names of graphs."""
    for each in find_inadmissible(graph, space):
        yield Remark(VIOLATION, say(each.code, language, *each.values), advise(each.code, language, *each.values), where="file",
                     record=str(each.subject), code=each.code, line=parsed.line(each.subject, each.predicate, each.value))
    for stranger in find_strangers(graph, store, language):
        yield Remark(WARNING, stranger.what, stranger.advice, where="file", record=str(find_owner(graph, stranger.subject)),
                     code="vocabulary", line=parsed.line(stranger.subject, stranger.predicate, stranger.value))
    for subject in sorted(touched):
        yield Remark(INFO, say("touched", language, f"<{subject}>"), say("touched_advice", language), where="file",
                     record=str(subject), code="published", line=parsed.line(subject))
    for name in parsed.graphs:
        yield Remark(INFO, say("graph_name", language, f"<{name}>"), say("graph_name_advice", language), where="file", code="graph-name")


def _remark(results: Sequence[ValidationResult], graph: Graph, place: Callable[[ValidationResult], Remark], counts: Counter[str],
            every: bool = False) -> tuple[list[tuple[ValidationResult, Remark]], list[Remark]]:
    """Results with their place, and one remark for each cause; what would not be shown is not worked out."""
    told, causes = cut(results, Counter(), every), cut(keep_causes(results, graph), counts, every)
    made = {key: place(each) for key, each in {id(each): each for each in (*told, *causes)}.items()}
    return [(each, made[id(each)]) for each in told], [made[id(each)] for each in causes]


def _say_cut(remarks: list[Remark], counts: Counter[str], language: str) -> tuple[Remark, ...]:
    """The remarks, led by one that says so where they are not all."""
    if counts.total() == len(remarks):
        return tuple(remarks)
    gravest = next(each for each in GRAVE if counts[each])
    said = say("cut", language, f"{len(remarks):,}", f"{counts.total():,}")
    return (Remark(gravest, said, say("cut_advice", language), code="cut"), *remarks)


def keep(contributions: Contributions, sent: Sent, *, agent: str = "", contact: str = "", draft: bool = False) -> Received:
    """Put what was sent into the journal; raises Conflict where something has to be corrected first."""
    if not sent.conforms:
        raise make_error(Conflict, "not-kept", sent.sentence())
    source = sent.sources[0] if len(sent.sources) == 1 else ""
    return contributions.receive(sent.graph, form=sent.form, source=source, contact=contact, draft=draft,
                                 replaces=map(str, sent.replaces), **({"agent": agent} if agent else {}))


def as_report(sent: Sent) -> dict[str, Any]:
    """The report as JSON: whether it conforms, in one sentence, remark by remark, and what it resembles."""
    return {"conforms": sent.conforms, "sentence": sent.sentence(), "records": list(map(str, sent.records)),
            "remarks": [{key: value for key, value in vars(each).items() if value} for each in sent.remarks],
            "similar": [{"record": str(subject), "published": like.iri, "label": like.label, "likeness": like.likeness}
                        for subject, like in sent.like]}


def _judge(stated: Stated, tables: Mapping[str, Table], known: Known, store: Store, form: str, remarks: Iterable[Remark],
           replaces: Sequence[URIRef], language: str) -> Sent:
    counts = Counter[str]()
    found, wording = cut(remarks, counts), _Wording(stated, tables)
    report = judge(stated.graph, store, find_hidden(stated.graph, replaces, store))
    placed, more = _remark(report.results, stated.graph, lambda each: wording.place(each, suggest(each, known, language), language), counts)
    # what a cell or field that cannot be read leaves out is not missed a second time
    unread = {_locate(each) for each in found if each.severity == VIOLATION} - {""}
    for remark in more:
        if (remark.where, remark.line, remark.column) in unread or remark.key in unread:
            counts[remark.severity] -= 1
            continue
        found.append(remark)
    found.sort(key=lambda each: (GRAVE.index(each.severity), each.where, each.line, each.column))
    return Sent(stated.graph, tuple(stated.subjects), tuple(replaces), stated.sources, form, _say_cut(found, counts, language),
                _find_like([(subject, tables[row.table].record_type, _name(stated.graph, subject))
                            for subject, row in stated.subjects.items()], known), tuple(placed), language, counts)


def _locate(remark: Remark) -> tuple[str, int, int] | str:
    """The cell of a remark, else its field, "" without one."""
    return (remark.where, remark.line, remark.column) if remark.column else remark.key


def _find_like(records: Sequence[tuple[URIRef, str, str]], known: Known) -> tuple[tuple[URIRef, Like], ...]:
    """What is published and has nearly the name of a record; records come with their type and name, and all are looked at."""
    own, names = {str(subject) for subject, _, _ in records}, defaultdict[str, list[tuple[URIRef, str]]](list)
    for subject, record_type, name in records:
        if name:
            names[record_type].append((subject, name))
    found = {subject: like for record_type, named in names.items() for (subject, _), like in
             zip(named, known.find_all_like(record_type, [name for _, name in named]), strict=True)}
    return tuple((subject, each) for subject, _, _ in records for each in found.get(subject, ()) if each.iri not in own)


class _Wording:
    """Where the results of a validation were written."""

    def __init__(self, stated: Stated, tables: Mapping[str, Table]) -> None:
        self.stated, self.tables = stated, tables
        self.places: dict[Node, list[tuple[Node, Place]]] = defaultdict(list)
        for (subject, _, value), place in stated.places.items():
            self.places[subject].append((value, place))
        self.rows = {(row.where, row.line): (subject, row) for subject, row in stated.subjects.items()}

    def place(self, result: ValidationResult, advice: str, language: str) -> Remark:
        """A result as a remark: at the cell of its value, else at the column of its property, else at the record."""
        written = self.places.get(result.focus, [])
        cell = next((place for value, place in written if value == result.value), None)
        first = cell or (written[0][1] if written else None)
        subject, row = self.rows.get((first.where, first.line), (None, None)) if first else (None, None)
        if cell is None and row is not None and first is not None:
            column = _find_column(self.tables[row.table], result.shape, whole=subject == result.focus)
            time = split_key(first.key)[1]
            cell = row.place(f"{column.key}.{time}" if time > 1 else column.key) if column else None
        at = cell or first
        return Remark(result.severity, result.message(language), advice, code=write_code(result), key=at.key if at else "",
                      where=at.where if at else "", line=at.line if at else 0, column=at.column if at else 0,
                      record=str(subject or result.focus))


def _find_column(table: Table, shape: Node | None, whole: bool) -> Column | None:
    """The column of a property shape, or of one with the same path; of a part, whose shape sees the end of the path only, the end is."""
    shapes = load_shapes()
    path = shapes.value(shape, SH.path) if shape is not None else None
    steps = read_path(shapes, path) if path is not None and (shapes.value(path, SH.alternativePath) is None) else ()
    columns = table.columns.values() if steps else ()
    return next((each for each in columns if whole and each.shape == shape), None) or next(
        (each for each in columns if each.path == steps if whole), None) or next(
        (each for each in columns if each.part and each.path[-len(steps):] == steps if not whole), None)


def find_records(graph: Graph) -> list[URIRef]:
    """The things of a table that statements describe."""
    return sorted({subject for subject in graph.subjects(RDF.type) if isinstance(subject, URIRef)
                   and split_iri(str(subject))[0] in _record_types()})


def find_foreign(graph: Graph) -> list[URIRef]:
    """The things with IRIs of a partner's own that statements describe."""
    return sorted({subject for subject in graph.subjects(RDF.type) if isinstance(subject, URIRef) and not str(subject).startswith(BASE)})


def _record_types() -> set[str]:
    return {table.record_type for table in load_tables().values()}


def _name(graph: Graph, subject: URIRef) -> str:
    names = sorted(str(name) for predicate in (DCT.title, SKOS.prefLabel) for name in graph.objects(subject, predicate))
    return names[0] if names else ""


def find_sharing(graph: Graph, records: Iterable[URIRef], store: Store, limit: int = 5) -> list[tuple[URIRef, list[URIRef]]]:
    """Published initiatives, practices and actions that share most with what was sent, each with the concepts that both have.

    A concept that few have weighs more (logarithm of the inverse frequency). It is an outlook; synergies are worked out at publishing.
    """
    own, query = set(records), load_query(SHARING).text
    shared: dict[URIRef, dict[URIRef, float]] = defaultdict(dict)
    values = {value for value in graph.objects() if isinstance(value, URIRef) and str(value).startswith((str(VOC), str(AT)))}
    having = {value: [row["thing"] for row in store.select(query, {"value": value})] for value in sorted(values)}
    everyone = {thing for things in having.values() for thing in things}
    for value, things in having.items():
        for each in things:
            if isinstance(each, URIRef) and each not in own and split_iri(str(each))[0] in COMPARED:
                shared[each][value] = log(1 + len(everyone) / len(things))
    best = sorted(shared, key=lambda each: (-sum(shared[each].values()), each))[:limit]
    return [(each, sorted(shared[each], key=lambda value: (-shared[each][value], value))) for each in best]


def find_hidden(graph: Graph, replaces: Iterable[URIRef], store: Store) -> set[Triple]:
    """The published statements on records and their parts that a new version leaves out."""
    query = load_query(DESCRIBED).text
    found: set[Triple] = {(row["subject"], row["predicate"], row["object"]) for record in replaces
                          for row in store.select(query, {"thing": record})}
    return found - set(graph)


def _word(fault: BrokenRow, language: str, **place: Any) -> Remark:
    """A fault as a remark in the language of the reader."""
    if not fault.code:
        return Remark(VIOLATION, _start(fault.what), fault.advice, **place)
    return Remark(VIOLATION, _start(say(fault.code, language, *fault.values)), suggest_cell(fault.code, fault.values, language),
                  code=fault.code, **place)


def _start(text: str) -> str:
    """A fault as a sentence of its own, without the name of the column that stands beside it."""
    said = text.split(": ", 1)[1] if text.startswith("column ") else text
    return said[:1].upper() + said[1:]
