"""The harvest: what others publish enters by every way, stays out when it is wrong, and goes when they withdraw it."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harvesting import (
    BREAD,
    CASES,
    GHENT,
    MEALS,
    Answer,
    Clock,
    Harvester,
    Partner,
    list_ghent,
    make_harvester,
    read_case,
    read_list,
    serve,
)
from rdflib import Dataset, Graph, Literal, URIRef
from typer.testing import CliRunner

from kg.cli import make_app
from kg.contributions.replay import TOMBSTONES_GRAPH
from kg.errors import OutOfTime, TooLarge, UnreadableFile
from kg.harvest.memory import Memory
from kg.outbound import Guard
from kg.store.local import LocalStore
from kg.terms import BASE, DCT, GRAPH, PROV, SKOS

DUMP = (CASES / "ghent.ttl").read_bytes()
ENTITY = "https://data.ghent.example/id/"


@pytest.fixture
def partner() -> Iterator[Partner]:
    with serve() as made:
        made.answers["/ghent.ttl"] = Answer(DUMP, headers={"ETag": '"one"'})
        yield made


@pytest.fixture
def here(tmp_path: Path) -> Harvester:
    return make_harvester(tmp_path / "var")


def test_a_dump_enters_with_its_agent_and_again_nothing_changes(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address)
    first, = here.take(source)
    assert (first.state, first.things) == ("published", 3), first
    assert set(here.harvested()["ghent/data"]) == set(read_case("ghent.ttl"))
    about = here.store.graph(GRAPH["harvest/ghent"])
    name = GRAPH["harvest/ghent/data"]
    assert about.value(name, PROV.wasAttributedTo) == source.agent and about.value(name, DCT.isPartOf) == source.iri
    event = here.contributions.journal.changes()[-1]
    assert (event.agent, event.sequence) == (str(source.agent), first.event) and "3 records" in event.note
    version = here.store.version()
    second, = here.take(source)
    assert second.state == "unchanged" and here.store.version() == version
    assert partner.asked[-1][1]["if-none-match"] == '"one"'
    kept = json.loads((here.settings.var / "harvest" / "report.json").read_text(encoding="utf-8"))
    assert [each["state"] for each in kept["sources"]] == ["unchanged"]


@pytest.mark.parametrize("suffix", ["ttl", "nt", "nq", "trig", "rdf", "jsonld"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_format_enters_plain_and_packed(suffix: str, packed: bool, partner: Partner, here: Harvester, tmp_path: Path) -> None:
    data = Dataset(default_union=True)
    for triple in read_case("ghent.ttl"):
        data.add(triple)
    forms = {"nt": "nt", "ttl": "turtle", "rdf": "xml", "jsonld": "json-ld", "nq": "nquads", "trig": "trig"}
    body = (data if suffix in ("nq", "trig") else read_case("ghent.ttl")).serialize(format=forms[suffix], encoding="utf-8")
    path = f"/ghent.{suffix}{'.gz' if packed else ''}"
    partner.answers[path] = Answer(gzip.compress(body) if packed else body, "application/gzip" if packed else "application/octet-stream")
    outcome, = here.take(list_ghent(tmp_path, partner.address, f"void:dataDump <ADDRESS{path}>"))
    assert outcome.state == "published", outcome
    assert set(here.harvested()["ghent/data"]) == set(read_case("ghent.ttl"))


CATALOGUE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
<> a dcat:Catalog ; dcat:dataset <https://data.ghent.example/dataset/food> .
<https://data.ghent.example/dataset/food> a dcat:Dataset ; dcat:distribution <#page>, <#turtle> .
<#page> dcat:downloadURL <about.html> ; dcat:mediaType <https://www.iana.org/assignments/media-types/text/html> .
<#turtle> dcat:downloadURL <files/food> ; dcat:mediaType <https://www.iana.org/assignments/media-types/text/turtle> ; spdx:checksum <#sum> .
<#sum> spdx:algorithm <http://spdx.org/rdf/terms#checksumAlgorithm_sha256> ; spdx:checksumValue "SUM" .
"""


def test_a_catalogue_leads_to_its_files_and_a_wrong_checksum_stops_it(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address, "a <http://www.w3.org/ns/dcat#Catalog> ; "
                                                   "<http://www.w3.org/ns/dcat#distribution> [ <http://www.w3.org/ns/dcat#downloadURL> <ADDRESS/c.ttl> ]")
    partner.answers["/c.ttl"] = Answer(CATALOGUE.replace("SUM", hashlib.sha256(DUMP).hexdigest()).encode())
    partner.answers["/files/food"] = Answer(DUMP, "application/octet-stream")
    assert here.take(source)[0].state == "published"
    assert set(here.harvested()["ghent/food"]) == set(read_case("ghent.ttl"))
    partner.answers["/files/food"] = Answer(DUMP + b"\n# another")
    outcome, = here.take(source)
    assert outcome.state == "refused" and "checksum" in outcome.sentence and here.has(MEALS)


STREAM = """
@prefix as: <https://www.w3.org/ns/activitystreams#> . @prefix ldes: <https://w3id.org/ldes#> . @prefix tree: <https://w3id.org/tree#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> .
@prefix epo: <http://data.europa.eu/a4g/ontology#> .
"""
COUNTRY = "epo:hasCountryCode <http://publications.europa.eu/resource/authority/country/BEL>"


def test_a_stream_gives_the_last_versions_and_its_closed_pages_once(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address, "<https://w3id.org/tree#view> <ADDRESS/stream/>")
    head = STREAM + "<#s> a ldes:EventStream ; ldes:timestampPath dct:issued ; ldes:versionOfPath dct:isVersionOf ; tree:view <> .\n"
    old = f"""{STREAM}<./#s> tree:member <#1>, <#2> .
<#1> a uaeu:City ; dct:isVersionOf <{GHENT}> ; dct:issued "2026-01-01T00:00:00Z"^^xsd:dateTime ; skos:prefLabel "Gand"@en ; {COUNTRY} .
<#2> a uaeu:City ; dct:isVersionOf <{BASE}id/city/aalst> ; dct:issued "2026-01-01T00:00:00Z"^^xsd:dateTime ; skos:prefLabel "Aalst"@en ; {COUNTRY} .
"""
    new = f"""{STREAM}<./#s> tree:member <#3>, <#4> .
<#3> a uaeu:City ; dct:isVersionOf <{GHENT}> ; dct:issued "2026-02-01T00:00:00Z"^^xsd:dateTime ; skos:prefLabel "Ghent"@en ; {COUNTRY} .
<#4> a as:Delete ; dct:isVersionOf <{BASE}id/city/aalst> ; dct:issued "2026-02-01T00:00:00Z"^^xsd:dateTime .
"""
    closed = {"Cache-Control": "public, immutable"}
    partner.answers |= {"/stream/1": Answer(old.encode(), headers=closed), "/stream/2": Answer(new.encode(), headers=closed),
                        "/stream/": Answer((head + "<> tree:relation [ tree:node <1> ] .").encode())}
    assert here.take(source)[0].state == "published"
    assert here.store.graph(GRAPH["harvest/ghent/data"]).value(GHENT, SKOS.prefLabel) == Literal("Gand", lang="en")
    partner.answers["/stream/"] = Answer((head + "<> tree:relation [ tree:node <1> ], [ tree:node <2> ] .").encode())
    outcome, = here.take(source)
    assert outcome.state == "published" and outcome.removed == (f"{BASE}id/city/aalst",)
    assert here.store.graph(GRAPH["harvest/ghent/data"]).value(GHENT, SKOS.prefLabel) == Literal("Ghent", lang="en")
    assert [path for path, _ in partner.asked].count("/stream/1") == 1


def test_a_thing_that_is_left_out_ends_with_a_tombstone_and_may_come_back(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address)
    here.take(source)
    partner.answers["/ghent.ttl"] = Answer(DUMP.partition(b"<https://w3id.org/uaeu-kg/id/practice/ghent-bread>")[0])
    outcome, = here.take(source)
    assert outcome.removed == (str(BREAD),) and not here.has(BREAD) and here.has(MEALS)
    assert (BREAD, PROV.invalidatedAtTime, None) in here.store.graph(TOMBSTONES_GRAPH)
    partner.answers["/ghent.ttl"] = Answer(DUMP)
    assert here.take(source)[0].state == "published" and here.has(BREAD)
    assert (BREAD, PROV.invalidatedAtTime, None) not in here.store.graph(TOMBSTONES_GRAPH)


def test_a_source_that_answers_410_is_removed_at_once(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address)
    here.take(source)
    partner.answers["/ghent.ttl"] = Answer(status=410)
    outcome, = here.take(source)
    assert outcome.state == "withdrawn" and not here.has(GHENT) and here.harvested() == {}
    assert not len(here.store.graph(GRAPH["harvest/ghent"]))
    assert (GHENT, PROV.invalidatedAtTime, None) in here.store.graph(TOMBSTONES_GRAPH)


def test_a_404_must_last_a_day(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address)
    here.take(source)
    found = partner.answers.pop("/ghent.ttl")
    assert here.take(source)[0].state == "away" and here.has(MEALS)
    here.clock.wait(23)
    assert here.take(source)[0].state == "away" and here.has(MEALS)
    partner.answers["/ghent.ttl"] = found
    assert here.take(source)[0].state == "unchanged"
    del partner.answers["/ghent.ttl"]
    here.clock.wait(2)
    assert here.take(source)[0].state == "away" and here.has(MEALS)
    here.clock.wait(24)
    assert here.take(source)[0].state == "withdrawn" and not here.has(MEALS)


def test_of_several_files_one_may_be_withdrawn(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address, "void:dataDump <ADDRESS/ghent.ttl>, <ADDRESS/aalst.ttl>")
    partner.answers["/aalst.ttl"] = Answer(DUMP.replace(b"ghent", b"aalst").replace(b"Q1296", b"Q1"))
    assert here.take(source)[0].things == 6 and set(here.harvested()) == {"ghent/ghent-ttl", "ghent/aalst-ttl"}
    del partner.answers["/aalst.ttl"]
    assert here.take(source)[0].state == "away" and set(here.harvested()) == {"ghent/ghent-ttl", "ghent/aalst-ttl"}
    here.clock.wait(24)
    outcome, = here.take(source)
    assert outcome.state == "published" and len(outcome.removed) == 4 and set(here.harvested()) == {"ghent/ghent-ttl"}


def test_what_stops_half_way_is_resumed(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    partner.answers["/ghent.ttl"].cut = 700
    assert here.take(list_ghent(tmp_path, partner.address))[0].state == "published"
    assert [headers.get("range") for _, headers in partner.asked] == [None, "bytes=700-"]
    assert set(here.harvested()["ghent/data"]) == set(read_case("ghent.ttl"))


OTHER = b'<https://other.example/id/x> a <https://w3id.org/uaeu-kg/ontology#City> .\n'
HOSTILE = {
    "a page": (Answer(b"<!DOCTYPE html><html></html>", "text/html"), "no format of RDF"),
    "a page that says it is Turtle": (Answer(b"<!DOCTYPE html><html></html>"), "web page"),
    "a redirect into the network": (Answer(status=302, headers={"Location": "http://10.0.0.1/x.ttl"}), "none of the places"),
    "another address of the machine": (Answer(status=302, headers={"Location": "http://127.0.0.1:1/x.ttl"}), "none of the places"),
    "a file address": (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "no address of the web"),
    "a circle": (Answer(status=302, headers={"Location": "/ghent.ttl"}), "redirects"),
    "10 GB": (Answer(DUMP, length=10_000_000_000), "10,000,000,000 bytes"),
    "a bomb": (Answer(gzip.compress(b" " * 40_000_000), "application/gzip"), "unpacks to more"),
    "half of it": (Answer(DUMP[:700]), "does not parse"),
    "half of a packed file": (Answer(gzip.compress(DUMP)[:-200], "application/gzip"), "gzip stream is broken"),
    "a changed type": (Answer(DUMP, "application/rdf+xml"), "does not parse"),
    "an image": (Answer(b"\x89PNG", "image/png"), "no format of RDF"),
    "nothing": (Answer(b"# nothing\n"), "states nothing"),
    "IRIs of another partner": (Answer(DUMP + OTHER), "not yours to describe"),
    "a term of the model": (Answer(DUMP + f'<{BASE}ontology#City> a <http://www.w3.org/2002/07/owl#Class> .'.encode()), "part of the model"),
    "a graph of ours": (Answer(f'<{BASE}graph/base/here> {{ <{GHENT}> a <{BASE}ontology#City> }}'.encode(), "application/trig"), "is not its own"),
    "a graph of another source": (Answer(f'<{BASE}graph/harvest/ghent2/x> {{ <{GHENT}> a <{BASE}ontology#City> }}'.encode(),
                                         "application/trig"), "is not its own"),
    "a broken shape": (Answer(DUMP.replace(b'skos:prefLabel "Ghent"@en, "Gent"@nl ;', b"")), "the shapes or the policy"),
    "an address that is none": (Answer(status=302, headers={"Location": "http://[::1"}), "no whole answer"),
    "a port that is none": (Answer(status=302, headers={"Location": "http://127.0.0.1:99999/"}), "none of the places"),
    "an error": (Answer(status=500), "answered 500"),
    "a name and password": (Answer(status=302, headers={"Location": "http://a:b@127.0.0.1/x"}), "no address of the web"),
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_bad_input_is_refused_in_a_sentence_and_the_last_version_stays(case: str, partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address)
    here.take(source)
    version = here.store.version()
    answer, sentence = HOSTILE[case]
    partner.answers["/ghent.ttl"] = answer
    other = read_list(tmp_path, (CASES / "sources.ttl").read_text(encoding="utf-8").replace('"ghent"', '"second"').replace(
        "ADDRESS/ghent.ttl", f"{partner.address}/second.ttl"))[0]
    partner.answers["/second.ttl"] = Answer(DUMP.replace(b"ghent", b"aalst").replace(b"Q1296", b"Q1"))
    failed, well = here.take(source, other)
    assert failed.state in ("refused", "away") and failed.failed, failed
    assert sentence in " ".join((failed.sentence, *failed.remarks)), failed
    assert "stays" in failed.sentence and set(here.harvested()["ghent/data"]) == set(read_case("ghent.ttl"))
    assert well.state == "published" and here.store.version() != version


def test_a_private_address_is_called_only_where_the_settings_name_it(partner: Partner, tmp_path: Path) -> None:
    closed = make_harvester(tmp_path / "closed", private=())
    outcome, = closed.take(list_ghent(tmp_path, partner.address))
    assert outcome.state == "refused" and "KG_HARVEST_PRIVATE" in outcome.sentence and not partner.asked
    named = partner.address.replace("127.0.0.1", "localhost")
    outcome, = make_harvester(tmp_path / "named", private=(named,)).take(list_ghent(tmp_path, named))
    assert outcome.state == "refused" and "private address" in outcome.sentence and not partner.asked


def test_a_redirect_to_a_private_address_is_refused_even_where_the_source_names_it(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    source = list_ghent(tmp_path, partner.address, "<http://www.w3.org/2000/01/rdf-schema#seeAlso> <http://169.254.169.254/> ; "
                                                   "void:dataDump <ADDRESS/ghent.ttl>")
    partner.answers["/ghent.ttl"] = Answer(status=307, headers={"Location": "http://169.254.169.254/latest/meta-data"})
    outcome, = here.take(source)
    assert outcome.state == "refused" and "169.254.169.254/latest/meta-data lies in a private network" in outcome.sentence


def test_size_and_time_end_a_transfer_that_states_neither(partner: Partner, tmp_path: Path) -> None:
    guard, address = Guard(lambda _: True, (partner.address,)), f"{partner.address}/ghent.ttl"
    partner.answers["/ghent.ttl"] = Answer(b"# 10 GB\n" * 200, length=0)
    with pytest.raises(TooLarge, match="more than 1,000 bytes"):
        Memory(tmp_path / "size", guard, time.monotonic() + 10, Clock(), most_bytes=1000).take(address)
    assert not list((tmp_path / "size").glob("*.part"))
    partner.answers["/ghent.ttl"] = Answer(DUMP, wait=1.0)
    with pytest.raises(OutOfTime, match="seconds"):
        Memory(tmp_path / "time", guard, time.monotonic() + 0.3, Clock()).take(address)


@pytest.mark.parametrize("results", [
    b"<html></html>", b"[]", b'{"head": {"vars": ["thing"]}, "results": {"bindings": [{"thing": {"type": "literal", "value": "x"}}]}}',
    b'{"head": {"vars": ["thing"]}, "results": {"bindings": [{"thing": {"type": "uri", "value": "http://a.example/> } LOAD <x"}}]}}'])
def test_results_of_an_endpoint_that_are_none_are_refused(results: bytes, partner: Partner, here: Harvester, tmp_path: Path) -> None:
    partner.answers["/sparql"] = Answer(results, "application/sparql-results+json")
    outcome, = here.take(list_ghent(tmp_path, partner.address, "void:sparqlEndpoint <ADDRESS/sparql>"))
    assert outcome.state == "away" and "answered no" in outcome.sentence


def test_an_endpoint_without_end_is_left(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    page = {"head": {"vars": ["thing"]}, "results": {"bindings": [{"thing": {"type": "uri", "value": str(GHENT)}}]}}
    partner.answers["/sparql"] = Answer(json.dumps(page).encode(), "application/sparql-results+json")
    outcome, = here.take(list_ghent(tmp_path, partner.address, "void:sparqlEndpoint <ADDRESS/sparql>"))
    assert outcome.failed and here.harvested() == {}


def test_the_same_city_is_there_once(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    body = DUMP.replace(b"Q1296", b"Q12994").replace(b"https://w3id.org/uaeu-kg/id/city/ghent", f"{ENTITY}bruges".encode())
    partner.answers["/ghent.ttl"] = Answer(body.replace(b'"Ghent"@en', b'"Brugge"@nl').replace(b', "Gent"@nl', b', "Bruges"@fr'))
    outcome, = here.take(list_ghent(tmp_path, partner.address))
    bruges = URIRef(f"{BASE}id/city/bruges")
    assert outcome.same == ((f"{ENTITY}bruges", str(bruges)),) and outcome.state == "published", outcome
    assert not here.has(URIRef(f"{ENTITY}bruges"))
    assert here.harvested()["ghent/data"].value(MEALS, URIRef(BASE + "ontology#appliedIn")) == bruges


def test_things_that_are_here_are_left_as_they_are(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    here.store.put(GRAPH["base/own"], read_case("ghent.ttl").cbd(GHENT))
    partner.answers["/ghent.ttl"] = Answer(DUMP.replace(b'"Gent"@nl', b'"Changed"@nl'))
    outcome, = here.take(list_ghent(tmp_path, partner.address))
    assert outcome.known == (str(GHENT),) and outcome.things == 2
    assert not list(here.store.match(GHENT, SKOS.prefLabel, Literal("Changed", lang="nl")))


def test_blank_nodes_get_names_that_stay(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    body = DUMP.replace(b"<https://w3id.org/uaeu-kg/id/period/ghent-meals> .", b"[ a dct:PeriodOfTime ; dcat:startDate \"2021\"^^xsd:gYear ] .")
    partner.answers["/ghent.ttl"] = Answer(body)
    source = list_ghent(tmp_path, partner.address)
    assert here.take(source)[0].state == "published"
    partner.answers["/ghent.ttl"] = Answer(b"# again\n" + body)
    assert here.take(source)[0].state == "unchanged"
    partner.answers["/ghent.ttl"] = Answer(DUMP + b"_:a dct:relation _:b . _:b dct:relation _:a .")
    assert "circle" in here.take(source)[0].sentence


@pytest.mark.parametrize(("old", "new"), [
    ('dct:identifier "ghent"', 'dct:identifier "Gh ent"'), ("dct:publisher <https://data.ghent.example/id/council>", 'dct:publisher "Ghent"'),
    ("void:uriSpace \"https://data.ghent.example/\"", f'void:uriSpace "{BASE}id/city/"'), ("void:dataDump <ADDRESS/ghent.ttl>", "dct:type <x:y>"),
    ("void:dataDump <ADDRESS/ghent.ttl>", "void:dataDump <http://a.example/x> ; void:sparqlEndpoint <http://a.example/y>")])
def test_a_list_that_lacks_something_is_refused(old: str, new: str, tmp_path: Path) -> None:
    text = (CASES / "sources.ttl").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(UnreadableFile):
        read_list(tmp_path, text.replace(old, new))


def test_an_empty_graph_of_the_list_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_list(tmp_path, Graph().serialize(format="turtle"))


def test_what_another_service_worked_out_is_left_to_ours(partner: Partner, here: Harvester, tmp_path: Path) -> None:
    derived = f"""<{BREAD}> uaeu:keyword "bread" ; uaeu:mentionsPlace <{GHENT}> .
<{BASE}id/synergy/0123456789ab> a uaeu:Synergy ; uaeu:scoredBy <{BASE}id/method/x> ; uaeu:hasEvidence <{BASE}id/evidence/0123456789ab-1> .
<{BASE}id/evidence/0123456789ab-1> a uaeu:SynergyEvidence ; dct:title "Both bake"@en ."""
    partner.answers["/ghent.ttl"] = Answer(DUMP + derived.encode())
    assert here.take(list_ghent(tmp_path, partner.address))[0].state == "published"
    assert set(here.harvested()["ghent/data"]) == set(read_case("ghent.ttl"))


def test_the_command_prints_the_report_and_ends_in_2_when_a_source_failed(partner: Partner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path / "var" / "store")
    store.put(GRAPH["base/here"], read_case("here.ttl"))
    store.close()
    monkeypatch.setenv("KG_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KG_HARVEST_PRIVATE", json.dumps([partner.address]))
    path = tmp_path / "sources.ttl"
    path.write_text((CASES / "sources.ttl").read_text(encoding="utf-8").replace("ADDRESS", partner.address), encoding="utf-8")
    first = CliRunner().invoke(make_app(), ["harvest", str(path)])
    assert first.exit_code == 0 and first.output.startswith("ghent: published. 3 records in 1 graphs."), first.output
    partner.answers["/ghent.ttl"] = Answer(b"<html>", "text/html")
    second = CliRunner().invoke(make_app(), ["harvest", str(path), "--only", "ghent", "--format", "json"])
    assert second.exit_code == 2
    assert [each["state"] for each in json.loads(second.output)["sources"]] == ["refused"]
