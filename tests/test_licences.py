"""Every package of the lock may be used under the EUPL-1.2: permissive, weak copyleft or public domain. Extras are locked, too."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kg.materials import read_lock, state_licence

ROOT = Path(__file__).resolve().parent.parent
LOCKED = read_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
NAMES = {canonicalize_name(name): name for name in LOCKED}
ALLOWED = re.compile(r"MIT|BSD|Apache|MPL|Mozilla|PSF|Python Software Foundation|ISC|W3C|LGPL|Zlib|CC0|Unlicense|Enthought|OSI Approved")
FORBIDDEN = re.compile(r"(?<!L)GPL-|AGPL|Affero|SSPL|Proprietary|Commons Clause")
RECORDED = {
    "charset-normalizer==3.5.3": "MIT", "graphql-core==3.3.2": "MIT", "harfile==0.6.0": "MIT",
    "hypothesis-graphql==0.13.5": "MIT", "jsonschema_rs==0.60.3": "MIT ; MIT License",
    "llvmlite==0.50.0": "BSD-2-Clause AND Apache-2.0 WITH LLVM-exception", "numba==0.68.1": "BSD ; BSD License",
    "py4j==0.10.9.9": "BSD License ; BSD License", "pyrate-limiter==4.5.1": "MIT", "pyspark==4.3.0": "Apache-2.0",
    "PyYAML==6.0.4": "MIT ; MIT License", "requests==2.34.2": "Apache-2.0 ; Apache Software License", "schemathesis==4.32.5": "MIT",
    "urllib3==2.8.0": "MIT", "Werkzeug==3.1.9": "BSD-3-Clause"}
"""What packages of extras that the tests do without (scale, distributed, fuzz) state of their licence, by version."""


@pytest.mark.parametrize("name", sorted(LOCKED))
def test_the_licence_of_a_package_allows_its_use(name: str) -> None:
    locked, recorded = f"{name}=={LOCKED[name]}", RECORDED.get(f"{name}=={LOCKED[name]}")
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        installed = ""
    assert installed or recorded, f"{locked} is not installed here: install it, read what it states, and add that to RECORDED"
    stated = state_licence(name) if installed else recorded
    assert stated and ALLOWED.search(stated), f"{name} states {stated!r}"
    assert not FORBIDDEN.search(stated), f"{name} states {stated!r}"
    if recorded and installed == LOCKED[name]:
        assert stated == recorded


def test_the_lock_names_no_address_and_holds_what_is_installed() -> None:
    assert len(LOCKED) > 50
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert {line.partition("==")[0] for line in RECORDED} <= set(LOCKED)


def test_the_lock_holds_every_extra_and_what_its_packages_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [Requirement(line) for lines in (project["dependencies"], *project["optional-dependencies"].values()) for line in lines]
    for name in LOCKED:
        try:
            wanted += [need for line in importlib.metadata.requires(name) or [] if (need := Requirement(line))
                       and (need.marker is None or need.marker.evaluate({"extra": ""}))]
        except importlib.metadata.PackageNotFoundError:
            continue  # its needs are those of RECORDED, and looked at where the extras are installed
    missing = sorted({need.name for need in wanted if canonicalize_name(need.name) not in NAMES})
    assert not missing, f"{', '.join(missing)}: not in requirements.lock"
    assert all(LOCKED[NAMES[canonicalize_name(need.name)]] in need.specifier for need in wanted)
