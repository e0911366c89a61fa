"""Imports point downwards only, and each engine is known by one room."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = (
    {"errors", "encodings", "settings", "terms", "formats", "resources", "materials", "wording"},
    {"queries", "store", "journal", "index", "outbound"},
    {"shapes", "picture", "tables", "validation", "rules", "sparql", "standards", "forms", "spreadsheets"},
    {"synergies", "contributions", "admission", "reception", "examiner", "publication", "reconciliation", "harvest", "build", "generate", "client",
     "matching", "exchange", "cooperation", "verdicts", "findings", "bench", "soak", "fuzz", "conformance", "suggestions", "remarks",
     "strangers", "review"},
    {"cli", "__main__"},
)
ROOMS = {
    "pyoxigraph": {"kg/store/local", "kg/sparql/worker.py", "kg/sparql/reading.py", "kg/validation/child.py"},
    "SPARQLWrapper": {"kg/store/remote/engine.py", "kg/client.py"},
    "pyshacl": {"kg/validation/engine.py"},
    "sqlalchemy": {"kg/journal"},
}
MODULES = sorted(path.relative_to(ROOT).as_posix() for top in ("kg", "api") for path in (ROOT / top).rglob("*.py"))


def level(module: str) -> int:
    for number, names in enumerate(LAYERS):
        if module in names:
            return number
    raise AssertionError(f"kg.{module} stands in no layer: add it to LAYERS")


def imports(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    path = ROOT / module
    wanted = imports(path)
    if module.startswith("kg/"):
        parts = path.relative_to(ROOT / "kg").with_suffix("").parts
        if parts == ("__init__",):
            return
        own = level(parts[0])
        for name in wanted:
            top, _, rest = name.partition(".")
            assert top not in {"api", "fastapi", "starlette", "jinja2"}, f"{module} imports upwards: {name}"
            if top == "kg" and rest:
                target = rest.split(".")[0]
                if target in {"resources"} or (ROOT / "kg" / target).is_dir() or (ROOT / "kg" / f"{target}.py").exists():
                    assert level(target) <= own, f"{module} imports {name}, which lies above it"


@pytest.mark.parametrize("engine", sorted(ROOMS))
def test_each_engine_is_known_by_its_room(engine: str) -> None:
    knowing = {module for module in MODULES if any(name.split(".")[0] == engine for name in imports(ROOT / module))}
    strangers = {module for module in knowing if not any(module.startswith(room) for room in ROOMS[engine])}
    assert not strangers, f"{engine} is known outside its room: {sorted(strangers)}"


@pytest.mark.parametrize("module", MODULES)
def test_no_drawer_without_a_subject(module: str) -> None:
    names = set(Path(module).with_suffix("").parts)
    assert not names & {"utils", "util", "helpers", "common", "manager", "service", "services", "misc"}
