"""The process that judges large files: the same report, and lost without harm."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib import Graph, Literal

from kg.errors import StoreFailed, UnreadableFile
from kg.examiner import SMALL, Examiner
from kg.forms import load_known
from kg.reception import as_report, check_file
from kg.store.local import LocalStore
from kg.terms import DCT, GRAPH, RDF, UAEU, thing

FAULTY = "".join(f'<https://w3id.org/uaeu-kg/id/practice/faulty-{number:03}> a <{UAEU.ProcurementPractice}> ; '
                 f'<{DCT.title}> "Faulty {number}"@en ; <{DCT.temporal}> "31.05.2021" ; '
                 f'<{UAEU.theme}> <https://w3id.org/uaeu-kg/voc/theme/unknown-{number}> .\n' for number in range(200)).encode()


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    made = Examiner()
    yield made
    made.close()


def make_store(title: str) -> LocalStore:
    store, graph = LocalStore(), Graph()
    graph.add((thing("practice", "published"), RDF.type, UAEU.ProcurementPractice))
    graph.add((thing("practice", "published"), DCT.title, Literal(title, lang="en")))
    store.put(GRAPH["test/page"], graph)
    return store


def test_the_report_is_the_same_as_without_the_process(examiner: Examiner) -> None:
    store = make_store("Faulty 100")
    assert len(FAULTY) > SMALL
    here = check_file(FAULTY, load_known(store), store, "text/turtle", language="de")
    there = examiner.check(FAULTY, store, media_type="text/turtle", language="de")
    assert as_report(there) == as_report(here) and not there.conforms and as_report(there)["similar"]


def test_it_sees_what_is_published_by_then(examiner: Examiner) -> None:
    found = [examiner.check(FAULTY, make_store(title), media_type="text/turtle").like for title in ("Faulty 7", "Nothing like it")]
    assert [bool(each) for each in found] == [True, False]


def test_errors_come_back_and_what_conforms_comes_with_its_graph(examiner: Examiner) -> None:
    store = make_store("Another")
    with pytest.raises(UnreadableFile) as caught:
        examiner.check(b"<http://example.org/a> nonsense" * 1000, store, media_type="text/turtle")
    assert caught.value.line == 1
    sent = examiner.check(f'<{thing("practice", "fine")}> <{DCT.title}> "Fine"@en .'.encode(), store, media_type="text/turtle")
    assert sent.conforms and (thing("practice", "fine"), DCT.title, Literal("Fine", lang="en")) in sent.graph


def test_a_process_that_is_lost_is_replaced(examiner: Examiner) -> None:
    class Killing(LocalStore):
        def version(self) -> str:
            assert examiner._process is not None
            examiner._process.kill()
            examiner._process.wait()
            return "0"

    store = make_store("Another")
    examiner.check(FAULTY, store, media_type="text/turtle")
    with pytest.raises(StoreFailed, match="lost"):
        examiner.check(FAULTY, Killing(), media_type="text/turtle")
    assert not examiner.check(FAULTY, store, media_type="text/turtle").conforms
