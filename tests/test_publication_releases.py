"""Releases: every format says the same, equal data give equal bytes, the manifest can be trusted."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from kg.errors import BadSetting, NotFound, UnreadableFile
from kg.publication.databases import has_parquet, write_parquet
from kg.publication.dumps import read_dump
from kg.publication.products import NAME, PRODUCTS
from kg.publication.releases import Release, check_release, publish_release, read_release, read_releases, write_release
from kg.publication.serialisations import merge, read_quads
from kg.publication.signing import check_signature, sign
from kg.publication.tables import make_sheets
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore
from kg.terms import DCT, EPO, GEO, GRAPH, RDF, SKOS, UAEU, XSD, thing

CITY = thing("city", "gent")


def make_store(*names: str) -> LocalStore:
    store, graph, other = LocalStore(), Graph(), Graph()
    graph.add((CITY, RDF.type, UAEU.City))
    for kind in ("http://data.europa.eu/m8g/AdminUnit", str(DCT.Location)):
        graph.add((CITY, RDF.type, URIRef(kind)))
    graph.add((CITY, SKOS.prefLabel, Literal('Gent "de\\Leie"\nen\tSchelde', lang="nl")))
    graph.add((CITY, GEO.lat, Literal("51.05", datatype=XSD.decimal)))
    graph.add((CITY, EPO.hasCountryCode, URIRef("http://publications.europa.eu/resource/authority/country/BEL")))
    graph.add((CITY, UAEU.odd, Literal("=1+1")))
    for name in names:
        graph.add((CITY, SKOS.altLabel, Literal(name, lang="fr")))
        other.add((CITY, SKOS.altLabel, Literal(name, lang="fr")))
    store.replace({GRAPH["one"]: graph, GRAPH["two"]: other})
    return store


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return write_release(make_store("Gand", "Gant"), tmp_path_factory.mktemp("release") / "made")


def test_each_format_says_the_same(release: Release) -> None:
    store = make_store("Gand", "Gant")
    union = store.construct("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert read_dump(release.folder / f"{NAME}.nq.gz") == b"".join(store.dump())
    for suffix, form in (("ttl", "turtle"), ("jsonld", "json-ld")):
        graph = Graph().parse(data=gzip.decompress((release.folder / f"{NAME}.{suffix}.gz").read_bytes()), format=form)
        assert isomorphic(graph, union), suffix
    dataset = Dataset()
    dataset.parse(data=gzip.decompress((release.folder / f"{NAME}.trig.gz").read_bytes()), format="trig")
    for name in store.names():
        assert set(dataset.graph(name)) == set(store.graph(name))


def test_equal_data_give_equal_bytes(release: Release, tmp_path: Path) -> None:
    again = write_release(make_store("Gant", "Gand"), tmp_path / "made")
    for file in (*release.files, *again.files):
        assert (release.folder / file.name).read_bytes() == (again.folder / file.name).read_bytes(), file.name
    assert (release.folder / "manifest.json").read_bytes() == (again.folder / "manifest.json").read_bytes()


def test_tables_hold_what_the_graph_states(release: Release) -> None:
    with zipfile.ZipFile(release.folder / f"{NAME}-csv.zip") as archive:
        row, = csv.DictReader(io.StringIO(archive.read("cities.csv").decode(), newline=""))
        labels = list(csv.DictReader(io.StringIO(archive.read("labels.csv").decode(), newline="")))
    assert row["iri"] == str(CITY) and row["alt_names"] == "Gand@fr;Gant@fr" and row["uaeu_odd"] == "'=1+1"
    assert [label["language"] for label in labels] == ["nl"]
    path = release.folder.parent / "tables.sqlite"
    path.write_bytes(gzip.decompress((release.folder / f"{NAME}.sqlite.gz").read_bytes()))
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT latitude, uaeu_odd FROM cities WHERE name LIKE 'Gent%'").fetchall() == [(51.05, "=1+1")]
    assert connection.execute("SELECT value FROM cities_alt_names ORDER BY 1").fetchall() == [("Gand@fr",), ("Gant@fr",)]
    connection.close()


def test_every_subject_of_ours_is_in_one_table(store: LocalStore) -> None:
    triples = list(merge(read_quads(store.dump())))
    own = {subject[1:-1] for subject, _, _ in triples if subject.startswith((f"<{thing('', '')}"[:-1], "<https://w3id.org/uaeu-kg/voc/"))}
    rows = [iri for sheet in make_sheets(triples) if sheet.name not in ("labels", "graphs") for iri, _ in sheet.rows]
    assert own == set(rows) and len(rows) == len(own)


def test_parquet_has_lists_and_numbers() -> None:
    if not has_parquet():
        pytest.skip("pyarrow is not installed: the extra `analysts` of the package brings it")
    from pyarrow import parquet

    sheet = next(sheet for sheet in make_sheets(merge(read_quads(make_store("Gand", "Gant").dump()))) if sheet.name == "cities")
    row, = parquet.read_table(io.BytesIO(write_parquet(sheet))).to_pylist()
    assert row["alt_names"] == ["Gand@fr", "Gant@fr"] and row["latitude"] == 51.05


def test_releases_are_listed_with_their_difference(tmp_path: Path) -> None:
    settings = read_settings({}, var=tmp_path)
    first = publish_release(settings, make_store("Gand"))
    assert publish_release(settings, make_store("Gand")) == first
    second = publish_release(settings, make_store("Gant"))
    assert [each.version for each in read_releases(settings)] == [second.version, first.version]
    assert second.previous == first.version and set(PRODUCTS) - {file.name for file in second.files} <= {f"{NAME}-parquet.zip"}
    old, new = (set(read_dump(each.folder / f"{NAME}.nq.gz").splitlines()) for each in (first, second))
    removed, added = (set(read_dump(second.folder / f"{each}.nq.gz").splitlines()) for each in ("removed", "added"))
    assert (old - removed) | added == new and removed and added
    assert gzip.decompress((second.folder / "changes.rdfp.gz").read_bytes()).startswith(b"TX .\nD ")


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    made = write_release(make_store("Gand"), tmp_path / "made")
    with (made.folder / f"{NAME}.nq.gz").open("ab") as file:
        file.write(b" ")
    with pytest.raises(UnreadableFile, match="checksum"):
        read_dump(made.folder / f"{NAME}.nq.gz")
    (made.folder / "synergies.ttl.gz").write_bytes(b"")
    (made.folder / f"{NAME}.ttl.gz").unlink()
    assert check_release(read_release(made.folder)) == ["synergies.ttl.gz", f"{NAME}.nq.gz", f"{NAME}.ttl.gz"]
    with pytest.raises(NotFound, match="no release"):
        read_release(tmp_path)


def test_the_signature_of_the_manifest_holds(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    settings: Settings = read_settings({}, var=tmp_path, signing_key=path)
    folder = publish_release(settings, make_store("Gand")).folder
    content, signature, public = ((folder / name).read_bytes() for name in ("manifest.json", "manifest.json.sig", "signing-key.pem"))
    check_signature(content, signature, public)
    assert json.loads(content)["quads"] == make_store("Gand").size()
    with pytest.raises(UnreadableFile, match="signature"):
        check_signature(content + b" ", signature, public)
    path.write_text("no key")
    with pytest.raises(BadSetting, match="KG_SIGNING_KEY"):
        sign(content, path)
