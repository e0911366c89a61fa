"""Settings: defaults serve one machine, an unknown one is refused by name, all stand in the README."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kg.errors import BadSetting
from kg.settings import Settings, read_settings

README = Path(__file__).resolve().parent.parent / "README.md"


def test_defaults_need_nothing() -> None:
    settings = read_settings({})
    assert settings.host == "127.0.0.1" and settings.store == ""


def test_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(BadSetting, match="KG_PROT is not known.*KG_PORT"):
        read_settings({"KG_PROT": "9000"})


def test_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_PORT", "many")
    with pytest.raises(BadSetting, match="KG_PORT"):
        read_settings()


@pytest.mark.parametrize("wrong", ["nonsense", "127.0.0.1:7878/query", "ftp://engine/query", "http://", "http://engine:many/query", "http://a b/"])
@pytest.mark.parametrize("name", ["store", "store_update", "store_graphs", "store_replicas"])
def test_an_address_that_is_none_is_refused_by_name(name: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"KG_{name.upper()}", json.dumps([wrong]) if name == "store_replicas" else wrong)
    with pytest.raises(BadSetting, match=f"^environment: KG_{name.upper()}: '.*' is no address such as http"):
        read_settings()


def test_an_address_of_an_engine_may_have_a_port_and_a_path() -> None:
    assert read_settings({}, store="http://[::1]:7878/query", store_replicas=("https://replica/sparql",)).store


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`KG_{name.upper()}`" in README.read_text(encoding="utf-8")


def test_every_variable_of_the_readme_is_known() -> None:
    named = set(re.findall(r"\bKG_[A-Z_]+[A-Z]\b", README.read_text(encoding="utf-8")))
    given = {name: "1" for name in named if name.removeprefix("KG_").lower() not in Settings.model_fields}
    assert {"KG_STANDARDS", "KG_RECONCILIATION_SPECS"} <= given.keys()
    assert read_settings(given) == read_settings({})
