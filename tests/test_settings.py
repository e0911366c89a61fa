"""Settings: defaults serve one machine, an unknown one is refused by name, all stand in the README."""

from __future__ import annotations

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


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`KG_{name.upper()}`" in README.read_text(encoding="utf-8")


def test_every_variable_of_the_readme_is_known() -> None:
    named = set(re.findall(r"\bKG_[A-Z_]+[A-Z]\b", README.read_text(encoding="utf-8")))
    given = {name: "1" for name in named if name.removeprefix("KG_").lower() not in Settings.model_fields}
    assert {"KG_STANDARDS", "KG_RECONCILIATION_SPECS"} <= given.keys()
    assert read_settings(given) == read_settings({})
