"""The sources under data/: complete against the facts, each thing once, every reference known, no person."""

from __future__ import annotations

import csv
import os
import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import unquote

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import FOAF

from kg.build import read_sources
from kg.shapes import load_tables
from kg.store.local import LocalStore
from kg.tables import read_csv
from kg.terms import CV, ID, ORG, PREFIXES, RDF, UAEU, VOC, concept, slug, thing

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
INDIVIDUAL = URIRef("http://www.w3.org/2006/vcard/ns#Individual")
DECISIONS = DATA / "reference" / "same.csv"
TABLES = sorted(path for path in DATA.glob("*/*.csv") if path != DECISIONS)
CODED = {"country", "country_iso", "countries", "language"}
ONE_VALUE = {
    "source_url", "website", "definition", "summary", "statement", "how_it_works", "notes", "description", "start_basis",
    "action_plan_basis", "title", "name", "alt_title", "evidence", "outcome", "challenge", "bought", "legal_basis",
}
NOT_CELLS = {"uncited_fields", "inferred_fields"}

Rows = list[dict[str, str]]
Decisions = dict[tuple[str, str, str], str]


def rows_of(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CODES = {row["fact"]: row["code"] for row in rows_of(ROOT / "tests/cases/data/codes.csv")}


@pytest.fixture(scope="module")
def facts() -> Path:
    folder = Path(os.environ.get("KG_FACTS", ROOT.parent / "shared" / "facts"))
    if not folder.is_dir():
        pytest.skip("The facts are not here: set KG_FACTS to their folder.")
    return folder


@pytest.fixture(scope="module")
def graphs() -> dict[URIRef, Graph]:
    return read_sources(DATA)


@pytest.fixture(scope="module")
def union(graphs: dict[URIRef, Graph]) -> Graph:
    whole = Graph()
    for graph in graphs.values():
        whole += graph
    return whole


@pytest.fixture(scope="module")
def kept() -> Decisions:
    return {(row["type"], row["source"], row["id"]): row["kept"] for row in rows_of(DECISIONS)}


@pytest.fixture(scope="module")
def written() -> dict[str, Rows]:
    by_id: dict[str, Rows] = defaultdict(list)
    for path in TABLES:
        for row in rows_of(path):
            by_id[row["id"]].append(row)
    return by_id


@pytest.mark.parametrize("path", TABLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_tables_have_the_columns_of_the_shapes_and_each_id_once(path: Path) -> None:
    assert list(read_csv(path, load_tables()[path.stem]))


def merged(kept: Decisions, kind: str, source: str, rows: Rows, key: str = "id") -> set[URIRef]:
    found = set()
    for row in rows:
        ref = kept.get((kind, source, row[key]), row[key])
        found.add(ID[ref] if "/" in ref else thing(kind, ref))
    return found


@pytest.mark.parametrize(("kind", "classes", "tables"), [
    ("partnership", (UAEU.ThematicPartnership,), ("uaeu/partnerships",)),
    ("action", (UAEU.Action,), ("uaeu/actions",)),
    ("result", (UAEU.Result,), ("uaeu/results",)),
    ("event", (CV.PublicEvent, UAEU.ExchangeEvent), ("uaeu/events",)),
    ("city", (UAEU.City,), ("uaeu/cities", "procurement/cities")),
    ("initiative", (UAEU.ProcurementInitiative,), ("uaeu/initiatives", "procurement/initiatives")),
    ("practice", (UAEU.ProcurementPractice,), ("procurement/practices",)),
    ("recovery-way", (UAEU.RecoveryWay,), ("procurement/recovery_ways",)),
])
def test_each_thing_of_the_facts_stands_once(
    facts: Path, union: Graph, kept: Decisions, kind: str, classes: tuple[URIRef, ...], tables: tuple[str, ...],
) -> None:
    expected: set[URIRef] = set()
    for table in tables:
        expected |= merged(kept, kind, table.split("/")[0], rows_of(facts / f"{table}.csv"))
    assert {subject for each in classes for subject in union.subjects(RDF.type, each)} == expected


@pytest.mark.parametrize("kind", ["organisation", "city", "initiative"])
def test_two_sources_use_one_id_only_by_decision(kept: Decisions, kind: str) -> None:
    tables = load_tables()
    ids: dict[str, set[str]] = {"uaeu": set(), "procurement": set()}
    for path in TABLES:
        if path.parent.name in ids and tables[path.stem].record_type == kind:
            ids[path.parent.name] |= {row["id"] for row in rows_of(path)}
    assert not [each for each in ids["uaeu"] & ids["procurement"] if (kind, "uaeu", each) not in kept]
    assert {each for of, source, each in kept if (of, source) == (kind, "uaeu")} <= ids["uaeu"]


def test_organisations_are_those_of_both_sources_and_the_members(
    facts: Path, union: Graph, kept: Decisions
) -> None:
    members = {row["id"]: row["organisation"] for row in rows_of(DATA / "uaeu/memberships.csv")}
    named = {row["id"]: row["organisation"] for row in rows_of(facts / "uaeu/members.csv")}
    assert members.keys() == named.keys()
    local = [{"id": identifier} for identifier in set(members.values())]
    expected = merged(kept, "organisation", "procurement", rows_of(facts / "procurement/organisations.csv"))
    expected |= merged(kept, "organisation", "uaeu", local)
    coordinators = rows_of(DATA / "coordinators/memberships.csv")
    expected |= merged(kept, "organisation", "coordinators", coordinators, "organisation")
    things = {subject for subject in union.subjects(RDF.type, ORG.Organization)
              if str(subject).startswith(str(ID["organisation/"]))}
    assert things == expected


def test_memberships_are_the_rows_of_members_and_the_coordinators(facts: Path, union: Graph) -> None:
    members = {row["id"] for row in rows_of(facts / "uaeu/members.csv")}
    assert len(members) == 327
    coordinators = rows_of(DATA / "coordinators/memberships.csv")
    named = [name for row in rows_of(facts / "uaeu/partnerships.csv") for name in row["coordinators"].split(";") if name]
    assert len(coordinators) == len(named)
    expected = {thing("membership", identifier) for identifier in members | {row["id"] for row in coordinators}}
    assert set(union.subjects(RDF.type, ORG.Membership)) == expected


@pytest.mark.parametrize(("scheme", "table", "key"), [
    ("theme", "themes", "id"), ("instrument", "instruments", "id"),
    ("input", "io_terms", "term"), ("process", "io_terms", "term"), ("outcome", "io_terms", "term"),
])
def test_concepts_of_the_facts_are_in_their_schemes(facts: Path, union: Graph, scheme: str, table: str, key: str) -> None:
    rows = rows_of(facts / f"procurement/{table}.csv")
    expected = {concept(scheme, row[key]) for row in rows if row.get("facet", scheme) == scheme}
    present = {subject for subject in union.subjects(RDF.type) if str(subject).startswith(str(VOC[f"{scheme}/"]))}
    assert expected <= present
    assert scheme == "theme" or present == expected


def test_documented_links_are_all_there(facts: Path, union: Graph) -> None:
    expected = {thing("synergy", slug(row["id"])) for row in rows_of(facts / "documented_links_dev.csv")}
    assert set(union.subjects(UAEU.reviewStatus, concept("review-status", "documented"))) == expected


def plain(text: str) -> str:
    return slug(unquote(text).lower())


def pieces(key: str, text: str) -> list[str]:
    if key == "further_sources":
        return text.split(" | ")
    return [text] if key in ONE_VALUE else [piece.strip() for piece in text.split(";") if piece.strip()]


def haystack(start: Rows, written: dict[str, Rows]) -> set[str]:
    """What a record and the records it refers to say, each cell whole and by its parts."""
    near = list(start)
    for row in start:
        for key, cell in row.items():
            if key not in ("id", "source_url", "confidence", "number") and cell:
                near += [other for part in re.split(r"[;/]", cell) for other in written.get(part.strip(), [])]
    cells = {cell for row in near for cell in row.values() if cell}
    return {plain(part) for cell in cells for part in (cell, *re.split(r";| \| ", cell))}


@pytest.mark.parametrize("table", [
    "uaeu/partnerships", "uaeu/members", "uaeu/actions", "uaeu/results", "uaeu/events", "uaeu/cities", "uaeu/initiatives",
    "procurement/initiatives", "procurement/practices", "procurement/instruments", "procurement/themes", "procurement/io_terms",
    "procurement/recovery_ways", "procurement/organisations", "procurement/cities", "documented_links_dev",
])
def test_no_filled_cell_of_the_facts_is_lost(
    facts: Path, written: dict[str, Rows], kept: Decisions, table: str
) -> None:
    takes_part: dict[str, Rows] = defaultdict(list)
    for row in (*rows_of(DATA / "uaeu/memberships.csv"), *rows_of(DATA / "coordinators/memberships.csv")):
        takes_part[row["partnership"]].append(row)
        for organisation in written[row["organisation"]]:
            takes_part[organisation.get("city", "")].append(row)
    lost = []
    for row in rows_of(facts / f"{table}.csv"):
        identifier = slug(row["id"] if "term" not in row else row["term"])
        found = haystack([*written[identifier], *takes_part[identifier]], written)
        if table == "uaeu/partnerships":
            parts = [part for rows in written.values() for part in rows if part.get("partnership") == identifier]
            found |= haystack(parts, {})
        for key, cell in row.items():
            if not cell or key in NOT_CELLS or (table.endswith("io_terms") and key in ("id", "facet")):
                continue
            if key == "contracting_authority":
                found |= {plain(note) for one in row["contracting_authority_ids"].split(";")
                          for said in written[one] for note in (said.get("notes") or "",)}
            for piece in pieces(key, cell):
                wanted = plain(CODES[piece] if key in CODED else piece.replace(">", " to ") if key == "dimension" else piece)
                wanted = re.sub(r"^(city|municipality)-of-|-[a-z]{2}$", "", wanted) if key == "coordinators" else wanted
                one = plain(kept.get(("initiative", "uaeu", piece), piece))
                if not {wanted, one} & found and not any(len(wanted) > 3 and wanted in text for text in found):
                    lost.append((row["id"], key, piece))
    assert not lost


def test_cells_without_a_page_are_marked_as_in_the_facts(facts: Path, written: dict[str, Rows]) -> None:
    for table in ("uaeu/actions", "procurement/initiatives", "procurement/practices"):
        for row in rows_of(facts / f"{table}.csv"):
            for column in ("uncited_fields", "inferred_fields"):
                names = [name for name in row.get(column, "").split(";") if name]
                # that a value was measured is our reading, in a column that the facts do not have
                marks = [len([name for name in (said.get(column) or "").split(";") if name not in ("", "outcome_status")])
                         for said in written[row["id"]]]
                assert len(names) in (*marks, 0), (table, row["id"], column)


def test_our_own_coding_is_complete_and_says_that_no_page_supports_it(graphs: dict[URIRef, Graph], union: Graph) -> None:
    coded = [name for name in graphs if "/graph/coding/" in str(name)]
    assert coded and all("/uncited-" in str(name) for name in coded)
    for each in (UAEU.Action, UAEU.Result, UAEU.ThematicPartnership, UAEU.ProcurementInitiative, UAEU.ProcurementPractice):
        bare = [subject for subject in union.subjects(RDF.type, each) if (subject, UAEU.theme, None) not in union]
        assert not bare


def test_no_person_stands_in_the_data(union: Graph) -> None:
    for each in (FOAF.Person, INDIVIDUAL):
        assert not list(union.subjects(RDF.type, each))
    for path in TABLES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\w.+-]+@[\w-]+\.\w{2,}|mailto:", text), path


def test_every_official_code_that_is_used_has_a_label_in_24_languages(store: LocalStore) -> None:
    """NUTS regions are names: the official table gives one and the same in every language, so one label stands for all."""
    found = store.select(read_prefixes() + """SELECT ?code (COUNT(DISTINCT LANG(?label)) AS ?languages) WHERE {
        ?thing ?property ?code . ?code a skos:Concept ; skos:prefLabel ?label .
        FILTER(STRSTARTS(STR(?thing), STR(id:)) && !STRSTARTS(STR(?code), STR(voc:))) } GROUP BY ?code""")
    fewer = {str(row["code"]) for row in found if int(str(row["languages"])) < 24 and "/nuts/code/" not in str(row["code"])}
    assert len(found) > 100 and not fewer


def read_prefixes() -> str:
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
