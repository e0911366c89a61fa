"""Every package of the lock may be used under the EUPL-1.2: permissive, weak copyleft or public domain."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

import pytest

from kg.materials import read_lock, state_licence

ROOT = Path(__file__).resolve().parent.parent
LOCKED = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
ALLOWED = re.compile(r"MIT|BSD|Apache|MPL|Mozilla|PSF|Python Software Foundation|ISC|W3C|LGPL|Zlib|CC0|Unlicense|Enthought|OSI Approved")
FORBIDDEN = re.compile(r"(?<!L)GPL-|AGPL|Affero|SSPL|Proprietary|Commons Clause")


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_the_licence_of_a_package_allows_its_use(name: str) -> None:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed here")
    stated = state_licence(name)
    assert ALLOWED.search(stated), f"{name} states {stated!r}"
    assert not FORBIDDEN.search(stated), f"{name} states {stated!r}"


def test_the_lock_names_no_address_and_holds_what_is_installed() -> None:
    assert len(LOCKED) > 50
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
