"""The importer: cells become statements in the graph of their page; a broken row is named with file, row, column and advice."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest
from rdflib import Literal, URIRef

from kg.build import read_sources
from kg.errors import BrokenRow, KgError, UnreadableFile
from kg.shapes import load_tables
from kg.tables import read_csv
from kg.tables.values import BadCell, Registry, make_literal
from kg.terms import DCAT, DCT, RDF, UAEU, VOC, XSD, thing

SOURCE = """@prefix dct: <http://purl.org/dc/terms/> .
<https://w3id.org/uaeu-kg/id/source/partner> dct:title "A partner"@en ; dct:publisher <https://w3id.org/uaeu-kg/id/agent/partner> ;
    dct:license <http://publications.europa.eu/resource/authority/licence/CC_BY_4_0> .
"""
THEMES = "id,pref_label\nfood,Food\n"


def write(folder: Path, **tables: str) -> Path:
    source = folder / "partner"
    source.mkdir(exist_ok=True)
    (source / "source.ttl").write_text(SOURCE, encoding="utf-8")
    for name, text in {"themes": THEMES, **tables}.items():
        (source / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_cell_becomes_a_statement_in_the_graph_of_its_page(tmp_path: Path) -> None:
    rows = ("id,name,themes,start,uncited_fields,source_url,confidence\n"
            "meals,School meals;2021-05,food,2021-05,start,https://example.org/meals,high\n").replace(";2021-05,food", ",food")
    graphs = read_sources(write(tmp_path, initiatives=rows))
    meals = thing("initiative", "meals")
    cited = [name for name, graph in graphs.items() if (meals, UAEU.theme, VOC["theme/food"]) in graph]
    assert len(cited) == 1 and "example.org" in cited[0] and cited[0].endswith("-high")
    period = thing("period", "initiative-meals")
    uncited = [name for name, graph in graphs.items() if (period, DCAT.startDate, None) in graph]
    assert [str(name).rsplit("/", 1)[-1] for name in uncited] == ["uncited-high"]
    provenance = graphs[URIRef("https://w3id.org/uaeu-kg/graph/provenance")]
    assert (cited[0], DCT.source, URIRef("https://example.org/meals")) in provenance
    assert (cited[0], UAEU.confidence, VOC["confidence/high"]) in provenance
    assert (uncited[0], UAEU.support, VOC["support/uncited"]) in provenance


def test_a_reference_may_be_an_id_a_label_or_an_iri(tmp_path: Path) -> None:
    rows = "id,name,themes\na,A,food\nb,B,Food\nc,C,https://w3id.org/uaeu-kg/voc/theme/food\n"
    graphs = read_sources(write(tmp_path, initiatives=rows))
    stated = {s for graph in graphs.values() for s in graph.subjects(UAEU.theme, VOC["theme/food"])}
    assert stated == {thing("initiative", each) for each in "abc"}


def test_two_sources_that_name_one_thing_make_one_thing(tmp_path: Path) -> None:
    write(tmp_path, cities="id,name,country\nmalmoe,Malmoe,SWE\n")
    (tmp_path / "partner" / "same.csv").write_text("type,source,id,kept,reason\ncity,partner,malmoe,malmo,one city\n", encoding="utf-8")
    codes = tmp_path / "partner" / "country.ttl"
    codes.write_text("<http://publications.europa.eu/resource/authority/country/SWE> "
                     '<http://www.w3.org/2004/02/skos/core#prefLabel> "Sweden"@en .', encoding="utf-8")
    graphs = read_sources(tmp_path)
    cities = {s for graph in graphs.values() for s in graph.subjects(RDF.type, UAEU.City)}
    assert cities == {thing("city", "malmo")}
    decided = graphs[URIRef("https://w3id.org/uaeu-kg/graph/reference/decisions")]
    assert (thing("city", "malmoe"), DCT.isReplacedBy, thing("city", "malmo")) in decided


@pytest.mark.parametrize(("tables", "error", "words"), [
    ({"initiatives": "id,name,colour\na,A,red\n"}, BrokenRow, "partner/initiatives.csv, line 1, column 3.*'colour'.*Known columns"),
    ({"initiatives": "id,name,themes\na,A,foood\n"}, BrokenRow, "initiatives.csv, line 2, column 3.*'foood'.*Nearest known: food"),
    ({"initiatives": "id,name,start\na,A,2021-13\n"}, BrokenRow, "line 2, column 3.*no date.*2021-05"),
    ({"initiatives": "id,name\na,A,B\n"}, BrokenRow, "line 2.*3 cells, the header 2"),
    ({"initiatives": "id,name\na,A\na,B\n"}, BrokenRow, "line 3.*already in line 2"),
    ({"initiatives": "id,name\nA b,A\n"}, BrokenRow, "line 2, column 1.*no id"),
    ({"initiatives": "name\nA\n"}, BrokenRow, "no column 'id'"),
    ({"initiatives": 'id,name\na,"A\n'}, UnreadableFile, "initiatives.csv, line"),
    ({"initiative": "id,name\na,A\n"}, UnreadableFile, "no table is called 'initiative'"),
    ({"cities": "id,name,country,latitude\na,A,SWE,\"55,6\"\n"}, BrokenRow, "country.*'SWE'"),
    ({"initiatives": "id,name,confidence\na,A,certain\n"}, BrokenRow, "confidence 'certain'"),
    ({"initiatives": "id,name,website\na,A,javascript:alert(1)\n"}, BrokenRow, "no web address"),
])
def test_a_broken_table_is_named_with_its_place_and_advice(tmp_path: Path, tables: dict[str, str], error: type[KgError],
                                                           words: str) -> None:
    with pytest.raises(error, match=words):
        read_sources(write(tmp_path, **tables))


def test_broken_turtle_is_named_with_its_line(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "partner" / "more.ttl").write_text("<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b> .\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="more.ttl, line 2"):
        read_sources(tmp_path)


def test_a_source_must_say_who_it_is(tmp_path: Path) -> None:
    (tmp_path / "nobody").mkdir()
    with pytest.raises(UnreadableFile, match="nobody/source.ttl"):
        read_sources(tmp_path)


def test_a_table_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "initiatives.csv"
    path.write_bytes("id,name\na,Malmö\n".encode("latin-1"))
    with pytest.raises(UnreadableFile, match="UTF-8"):
        list(read_csv(path, load_tables()["initiatives"]))


@pytest.mark.parametrize(("text", "datatype", "expected"), [
    ("Haarlem@nl", RDF.langString, Literal("Haarlem", lang="nl")), ("Haarlem", RDF.langString, Literal("Haarlem", lang="en")),
    ("3", XSD.string, Literal("3")), ("2021", XSD.date, Literal("2021", datatype=XSD.gYear)),
    ("52.37", XSD.decimal, Literal("52.37", datatype=XSD.decimal)),
])
def test_cells_become_literals(text: str, datatype: URIRef, expected: Literal) -> None:
    assert make_literal(text, datatype) == expected


def test_a_decimal_comma_is_explained() -> None:
    with pytest.raises(BadCell) as caught:
        make_literal("52,37", XSD.decimal)
    assert "52.37" in caught.value.advice


@pytest.mark.parametrize(("text", "datatype"), [
    ("20210531", XSD.date), ("2021-W22-1", XSD.date), ("٢٠٢١", XSD.date), ("2021-02-30", XSD.date), ("NaN", XSD.decimal), ("Infinity", XSD.decimal),
    ("1_000", XSD.decimal), ("1e5", XSD.decimal), ("٣", XSD.decimal), ("٣", XSD.integer)])
def test_what_python_takes_for_a_number_or_a_date_and_xsd_does_not_is_no_cell(text: str, datatype: URIRef) -> None:
    with pytest.raises(BadCell):
        make_literal(text, datatype)


def test_a_long_cell_costs_no_more_than_a_short_one_to_compare() -> None:
    registry = Registry()
    for number in range(3000):
        registry.add_iri(thing("city", f"city-{number}"), "city", (f"The city of the number {number}",))
    begun = process_time()
    for _ in range(20):
        with pytest.raises(BadCell, match="is not known as city") as caught:
            registry.resolve("partner", "city", "the city of the number none " * 3500)
    assert process_time() - begun < 3 and len(str(caught.value)) < 200
    assert "<https://w3id.org/uaeu-kg/id/city/city-" in caught.value.advice
