"""Linked data manners: profiles, places, tombstones, links and the versioned context."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from rdflib import RDF, Graph, Literal, URIRef

from api.app import create_app
from api.profiles import PROFILES
from kg.publication.feed import append
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore
from kg.terms import CV, EPO, GRAPH, ID, PROV, SKOS, UAEU, XSD, thing

SCHEMA = "https://schema.org/"


@pytest.fixture(scope="module")
def practice(store: LocalStore) -> str:
    """A practice with one city that has a place and a CPV division."""
    rows = store.select(f"SELECT ?p WHERE {{ ?p a <{UAEU.ProcurementPractice}> ; <{UAEU.appliedIn}>/<http://www.w3.org/2003/01/geo/wgs84_pos#lat> ?l ; "
                        f"<{EPO.hasMainClassification}> ?c }} ORDER BY ?p LIMIT 1").rows
    return str(rows[0][0]).removeprefix(str(ID))


def test_a_thing_can_be_had_in_other_profiles(client: TestClient, practice: str) -> None:
    seen = {}
    for name in ("uaeu", "epo", "schema.org"):
        answer = client.get(f"/doc/{practice}", headers={"Accept": "text/turtle", "Accept-Profile": f"<{PROFILES[name]}>"})
        assert answer.status_code == 200 and answer.headers["content-profile"] == f"<{PROFILES[name]}>"
        assert f'<{PROFILES[name]}>; rel="profile"' in answer.headers["link"] and "Accept-Profile" in answer.headers["vary"]
        seen[name] = Graph().parse(data=answer.text, format="turtle")
    assert list(seen["epo"].subjects(RDF.type, EPO.ProcurementObject)) and list(seen["epo"].objects(None, EPO.hasMainClassification))
    assert (ID[practice], RDF.type, URIRef(SCHEMA + "CreativeWork")) in seen["schema.org"]
    assert list(seen["schema.org"].objects(ID[practice], URIRef(SCHEMA + "name")))
    assert (ID[practice], RDF.type, UAEU.ProcurementPractice) in seen["uaeu"]
    assert client.get("/doc/city/haarlem.ttl?profile=epo").status_code == 406


def test_links_lead_to_formats_licence_and_description(client: TestClient, practice: str) -> None:
    links = client.get(f"/doc/{practice}", headers={"Accept": "application/json"}).headers["link"]
    for wanted in ('.ttl>; rel="alternate"; type="text/turtle"', '.geojson>; rel="alternate"', 'rel="describedby"', 'rel="license"',
                   'rel="describes"', 'rel="profile"', '?profile=epo>; rel="alternate"'):
        assert wanted in links, wanted
    assert client.get(f"/id/{practice}", follow_redirects=False).status_code == 303


def test_things_with_a_place_are_features(client: TestClient, practice: str) -> None:
    feature = json.loads(client.get(f"/doc/{practice}.geojson").text)
    city = json.loads(client.get("/doc/city/haarlem.geojson").text)
    assert feature["geometry"]["type"] in ("Point", "MultiPoint") and city["geometry"]["type"] == "Point"
    longitude, latitude = city["geometry"]["coordinates"]
    assert 4 < longitude < 5 and 52 < latitude < 53
    assert client.get("/doc/theme/none.geojson").status_code in (404, 406)


def test_the_context_of_a_version_never_changes(client: TestClient) -> None:
    version = next(iter(client.get("/ontology.ttl").text.split('owl:versionInfo "')[1:])).split('"')[0]
    answer = client.get(f"/context/{version}.jsonld")
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"] and "@context" in answer.json()
    assert answer.json() == client.get("/context.jsonld").json()
    assert client.get("/context/99.0.0.jsonld").status_code == 404


def test_what_was_withdrawn_is_gone_and_the_feed_says_so(tmp_path: Path) -> None:
    settings: Settings = read_settings({}, var=tmp_path)
    store, city = LocalStore(tmp_path / "store"), thing("city", "gent")
    graph, tombs = Graph(), Graph()
    graph.add((city, RDF.type, UAEU.City))
    graph.add((city, RDF.type, CV.AdminUnit))
    graph.add((city, SKOS.prefLabel, Literal("Gent", lang="en")))
    store.put(GRAPH["test"], graph)
    append(settings, store)
    tombs.add((city, PROV.invalidatedAtTime, Literal("2026-11-24T10:00:00Z", datatype=XSD.dateTime)))
    store.replace({GRAPH["tombstones"]: tombs}, (GRAPH["test"],))
    with TestClient(create_app(settings, store)) as client:
        for address in ("/id/city/gent", "/doc/city/gent", "/doc/city/gent.ttl"):
            answer = client.get(address, follow_redirects=False)
            assert answer.status_code == 410 and "2026-11-24" in answer.json()["detail"], address
        assert client.get("/doc/city/brugge").status_code == 404
    assert append(settings, store) == 1
    store.close()


@pytest.mark.parametrize("address", ["match", "search", "recovery", "cooperation", "gaps", "exchange", "synergies",
                                     "doc/{}/synergies"])
def test_a_format_that_there_is_not_is_refused_with_what_there_is(client: TestClient, practice: str, address: str) -> None:
    answer = client.get(f"/{address.format(practice)}.exe")
    assert answer.status_code == 406 and ".json (application/json)" in answer.json()["detail"], answer.text
