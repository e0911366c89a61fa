"""IRIs and slugs of the domain model, section 4."""

from __future__ import annotations

import pytest

from kg.terms import concept, is_reference, slug, split_iri, thing


def test_things_and_concepts_have_stable_iris() -> None:
    assert str(thing("city", "haarlem")) == "https://w3id.org/uaeu-kg/id/city/haarlem"
    assert str(concept("theme", "food")) == "https://w3id.org/uaeu-kg/voc/theme/food"
    assert split_iri("https://w3id.org/uaeu-kg/id/city/haarlem") == ("city", "haarlem")
    assert split_iri("https://example.org/id/city/haarlem") == ("", "")


@pytest.mark.parametrize(("text", "expected"), [
    ("Horizon 2020", "horizon-2020"), ("Malmö", "malmo"), ("better knowledge", "better-knowledge"),
    ("URBACT III (ERDF)", "urbact-iii-erdf"), ("Łódź", "lodz"),
])
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize("text", ["", "A", "a b", "-a", "a/b", "ä"])
def test_what_is_no_reference(text: str) -> None:
    assert not is_reference(text)
