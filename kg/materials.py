"""The bill of materials: every package of the lock with version, licence and what it needs (CycloneDX 1.6, JSON)."""

from __future__ import annotations

import importlib.metadata
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from kg.errors import UnreadableFile

PRODUCT: Final = "urban-agenda-kg"
_LINE: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;#]+)\s*$")
_REQUIREMENT: Final = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)")
_EXTRA: Final = re.compile(r"extra == [\"']([^\"']+)")
Json = dict[str, Any]


def read_lock(text: str) -> dict[str, str]:
    """Version by name of a lock; raises UnreadableFile with the line that is no `name==version`."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            raise UnreadableFile(f"this is no locked package: {line[:60]!r}", where="lock", line=number, advice="Write name==version.")
        found[match[1]] = match[2]
    return found


def state_licence(name: str) -> str:
    """What an installed package says of its licence: the SPDX expression, else its field and classifiers; empty when unknown."""
    about = _read(name)
    if about is None:
        return ""
    expression = about.get("License-Expression")
    if expression:
        return str(expression)
    field = (about.get("License") or "").strip().splitlines()
    classifiers = [line.rsplit(" :: ", 1)[-1] for line in about.get_all("Classifier") or [] if line.startswith("License")]
    return " ; ".join(part for part in (field[0][:200] if field else "", *classifiers) if part)


def list_materials(lock: Mapping[str, str], version: str, at: datetime) -> Json:
    """The bill of a lock as a CycloneDX 1.6 document.

    What the service itself needs is `required`, what its extras bring `optional`, and what serves its tests `excluded`.
    """
    by_name = {_normalise(name): name for name in lock}
    needs = {name: sorted({by_name[need] for need in _find_needs(name) if need in by_name}) for name in lock}
    own = sorted({by_name[need] for need in _find_needs(PRODUCT) if need in by_name})
    required = _close(own, needs)
    optional = _close([by_name[need] for need in _find_extra_needs(PRODUCT) if need in by_name], needs)
    components = [_describe(name, lock[name], "required" if name in required else "optional" if name in optional else "excluded")
                  for name in sorted(lock)]
    root = f"{PRODUCT}@{version}"
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, root + json.dumps(components))}",
        "metadata": {"timestamp": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
                     "component": {"type": "application", "bom-ref": root, "name": PRODUCT, "version": version,
                                   "licenses": [{"expression": "EUPL-1.2"}]}},
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [_refer(name, lock[name]) for name in own]},
                         *({"ref": _refer(name, lock[name]), "dependsOn": [_refer(need, lock[need]) for need in needs[name]]}
                           for name in sorted(lock))]}


def list_unknown(bill: Json) -> list[str]:
    """Names of the packages of a bill without a licence: those that are not installed here."""
    return [each["name"] for each in bill["components"] if "licenses" not in each]


def _close(names: Iterable[str], needs: Mapping[str, Iterable[str]]) -> set[str]:
    """The names and all that they need, however far."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs[name]
    return found


def _describe(name: str, version: str, scope: str) -> Json:
    reference, licence, about = _refer(name, version), state_licence(name), _read(name)
    found: Json = {"type": "library", "bom-ref": reference, "name": name, "version": version, "purl": reference,
                   "scope": scope}
    if about is not None and about.get("License-Expression"):
        found["licenses"] = [{"expression": licence}]
    elif licence:
        found["licenses"] = [{"license": {"name": licence}}]
    return found


def _refer(name: str, version: str) -> str:
    """The package URL (purl-spec, type pypi)."""
    return f"pkg:pypi/{_normalise(name)}@{version}"


def _normalise(name: str) -> str:
    """A name in the form in which the registry compares them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _find_needs(name: str) -> set[str]:
    """What an installed package needs without extras; markers of other systems are left to the lock, which has only what is used."""
    return {need for need, extra in _list_needs(name) if not extra}


def _find_extra_needs(name: str) -> set[str]:
    """What the extras of an installed package need, those of its tests aside."""
    return {need for need, extra in _list_needs(name) if extra not in ("", "test")}


def _list_needs(name: str) -> list[tuple[str, str]]:
    about = _read(name)
    lines = about.get_all("Requires-Dist") or [] if about is not None else []
    return [(_normalise(need[1]), extra[1] if (extra := _EXTRA.search(line)) else "")
            for line in lines if (need := _REQUIREMENT.match(line))]


@lru_cache(maxsize=512)
def _read(name: str) -> Any:
    try:
        return importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
