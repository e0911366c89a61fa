"""Query files: a question first, parameters in comments, errors with file and line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from kg.errors import QuerySyntax
from kg.queries import load_queries, read_query

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*(ROOT / "kg").rglob("*.rq"), *(ROOT / "ontology").rglob("*.rq"), *(ROOT / "api").rglob("*.rq")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_query_file_asks_a_question(path: Path) -> None:
    assert read_query(path).title


def test_there_are_query_files() -> None:
    assert FILES


def test_parameters_are_declared_in_comments(tmp_path: Path) -> None:
    (tmp_path / "who.rq").write_text("# Who is it?\n# parameter: name string Haarlem\nSELECT ?x WHERE { ?x skos:prefLabel ?name }\n")
    query = load_queries(tmp_path)["who"]
    assert query.title == "Who is it?" and query.parameters[0].name == "name" and query.parameters[0].example == "Haarlem"


@pytest.mark.parametrize(("text", "line"), [("SELECT ?x WHERE { ?x a ?y }", 1), ("# Q?\nSELECT ?x WHERE {\n ?x ?y }\n", 3)])
def test_a_broken_query_names_file_and_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "broken.rq"
    path.write_text(text)
    with pytest.raises(QuerySyntax, match="broken.rq") as caught:
        read_query(path)
    assert caught.value.line == line


# A text that is written from what was measured or sent, the fixed words of a protocol, and examples in a form are no stored questions.
WRITTEN = {"kg/sparql/forkserver.py", "kg/store/remote/engine.py", "kg/validation/compiling.py", "kg/soak/questions.py", "api/editor.py",
           "api/openapi.py", "api/routes/graphs.py", "kg/store/bindings.py"}
QUERY = re.compile(r"\b(SELECT|CONSTRUCT|ASK|DESCRIBE)\b[^{]*\{", re.DOTALL)


@pytest.mark.parametrize("path", sorted([*(ROOT / "kg").rglob("*.py"), *(ROOT / "api").rglob("*.py")]),
                         ids=lambda path: path.relative_to(ROOT).as_posix())
def test_questions_stand_in_files_of_their_own(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
             and id(node) not in told and QUERY.search(node.value)]
    assert not found or path.relative_to(ROOT).as_posix() in WRITTEN, f"SPARQL in lines {found}: put it into a .rq file with its question"
