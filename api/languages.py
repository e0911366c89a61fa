"""Languages: which one the interface speaks, which one names are shown in, and the catalogues of the interface.

The interface speaks those languages that have a gettext catalogue, `api/locale/LANGUAGE.po`; names of things and concepts are shown
in any of the 24 official languages of the Union in which a source or an official list has them (Council Regulation No 1, article 1).
One parameter, `lang`, asks for both; without it the browser's Accept-Language does (RFC 9110, 12.5.4). What there is not is English.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Final, NamedTuple

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from rdflib import URIRef
from starlette.datastructures import Headers, QueryParams, State
from starlette.types import Scope

from api.fields import read_list, read_quality
from kg.formats import Format
from kg.store import Store
from kg.synergies.find import explain_pair
from kg.synergies.saying import Speech

LOCALE: Final = Path(__file__).parent / "locale"
OWN_NAMES: Final = {
    "bg": "български", "cs": "čeština", "da": "dansk", "de": "Deutsch", "el": "ελληνικά", "en": "English", "es": "español",
    "et": "eesti", "fi": "suomi", "fr": "français", "ga": "Gaeilge", "hr": "hrvatski", "hu": "magyar", "it": "italiano",
    "lt": "lietuvių", "lv": "latviešu", "mt": "Malti", "nl": "Nederlands", "pl": "polski", "pt": "português", "ro": "română",
    "sk": "slovenčina", "sl": "slovenščina", "sv": "svenska"}
"""The 24 official languages of the Union, each as it calls itself."""
INTERFACE: Final = ("en", *sorted(path.stem for path in LOCALE.glob("*.po")))


@dataclass(frozen=True)
class Spoken:
    """The languages of one answer: of the interface, of names, and a wanted language that is none of the Union's, else ""."""

    interface: str
    names: str
    unknown: str = ""


def choose_languages(query: QueryParams, headers: Headers) -> Spoken:
    """The languages to answer in."""
    asked = query.get("lang", "")
    wanted = rank_languages(asked, read_list(headers, "accept-language"))
    known = [each for each in wanted if each in OWN_NAMES]
    return Spoken(next((each for each in known if each in INTERFACE), "en"), known[0] if known else "en",
                  asked[:20] if asked and asked[:2].lower() not in OWN_NAMES else "")


def speak(scope: Scope) -> None:
    """Let the state of an entered request speak the languages that it asks for."""
    state, spoken = scope["state"], choose_languages(QueryParams(scope["query_string"]), Headers(scope=scope))
    state["index"], state["spoken"] = state["index"].speaking(spoken.names), spoken


def find_speech(state: State, form: Format | None = None) -> Speech | None:
    """What the sentences of synergies are in, None for English; RDF says them as they are published."""
    language = state.spoken.interface
    if language == "en" or form and form.rdflib:
        return None
    return Speech(language, lambda iri: state.index.label(iri, (language,))[0])


class Said(NamedTuple):
    """Why two things have a synergy, and the language of that."""

    why: str
    language: str


def say_reason(store: Store, speech: Speech | None, one: str, other: str, published: str) -> Said:
    """Why two things have a synergy; as it is published, in English, without a speech."""
    if speech is None:
        return Said(published, "en")
    synergy = explain_pair(store, URIRef(one), URIRef(other), speech)
    return Said(synergy.sentence, synergy.language)


def rank_languages(asked: str, accepted: str) -> tuple[str, ...]:
    """Two-letter codes, best first: what the address asks for, then the field Accept-Language by its q-values."""
    ranked: list[tuple[float, int, str]] = []
    for number, part in enumerate(accepted[:1000].split(",")):
        tag, _, parameters = part.strip().partition(";")
        quality = read_quality(parameters)
        if tag and tag != "*" and quality > 0:
            ranked.append((-quality, number, tag.split("-")[0].lower()))
    return tuple(dict.fromkeys([*([asked[:2].lower()] if asked else []), *(tag for _, _, tag in sorted(ranked))]))


@lru_cache(maxsize=len(INTERFACE))
def load_catalogue(language: str) -> GNUTranslations:
    """The words of the interface in a language, compiled in memory from the text that translators edit."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
