"""What `kg publish --source` writes, `kg harvest` takes back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from harvesting import read_case
from rdflib import SKOS, Literal

from kg.errors import NotFound
from kg.harvest.rehearsal import check_harvest, rehearse
from kg.store.local import LocalStore
from kg.terms import GRAPH, RDF, VOC


def small_store() -> LocalStore:
    store, ghent = LocalStore(), read_case("ghent.ttl")
    concept = VOC["theme/bread"]
    ghent.add((concept, RDF.type, SKOS.Concept))
    ghent.add((concept, SKOS.prefLabel, Literal("Bread", lang="en")))
    store.put(GRAPH["base/here"], read_case("here.ttl"))
    store.put(GRAPH["ghent/data"], ghent)
    return store


def test_a_source_comes_back_as_it_was_published_without_terms_of_the_model(tmp_path: Path) -> None:
    store = small_store()
    before = store.version()
    found = rehearse(store, "ghent", tmp_path)
    assert found.outcome.state == "published", found.outcome
    assert found.published == found.taken and len(found.taken) == len(read_case("ghent.ttl"))
    assert store.version() == before


def test_the_check_says_how_many_statements_differ(tmp_path: Path) -> None:
    found = check_harvest(small_store(), "ghent")
    assert found.kept and f"0 of {len(read_case('ghent.ttl'))} statements differ" in found.figure


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no graph of a source 'nobody'"):
        rehearse(small_store(), "nobody", tmp_path)
