"""The query of a page as programs send it: what is copied asks the shown query, of a shell and of Python, whatever is in it."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from sparql_service import ONE, Service, run_service

from api.snippets import write_snippets

PAGE = {"Accept": "text/html"}
NASTY = 'SELECT ?s\r\nWHERE { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?o\nFILTER(?o != """it\'s $HOME `x` \\"q\\" \\\\ é""" || ?o = "{}%") }\nORDER BY ?s LIMIT 7'
QUERIES = {"SELECT": NASTY, "one line": 'SELECT ?s { ?s ?p "Partnership 1"@en } LIMIT 7', "ASK": "# SELECT or\nASK { ?s ?p ?o }",
           "CONSTRUCT": "CONSTRUCT WHERE { ?s <urn:none> ?o }", "broken": 'SELECT "'}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("snippets")) as running:
        yield running


def shown(service: Service, query: str, **parameters: str) -> dict[str, str]:
    page = service.client.get("/sparql", params={"query": query, **parameters}, headers=PAGE)
    return {unescape(name): unescape(code) for name, code in re.findall(r'<pre [^>]*data-name="([^"]+)"[^>]*>(.*?)</pre>', page.text, re.DOTALL)}


@pytest.mark.parametrize("name", QUERIES)
def test_each_snippet_holds_the_shown_query(service: Service, name: str) -> None:
    found, query = shown(service, QUERIES[name]), QUERIES[name].replace("\r\n", "\n")
    words = shlex.split(found["curl"].replace("\\\n", ""))
    assert f"query={query}" in words and words[-1] == service.address + "sparql"
    for language, code in found.items():
        if language.startswith("Python"):
            texts = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            assert query in {text.rstrip() for text in texts} and any(text.startswith(service.address) for text in texts)


def test_the_first_page_has_snippets_of_its_example(service: Service) -> None:
    page = unescape(service.client.get("/sparql", headers=PAGE).text)
    assert page.count("uaeu:ThematicPartnership ; skos:prefLabel ?name") >= 4 and "question.rq" not in page


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize(("name", "said"), [("SELECT", "s\r\n"), ("ASK", "true"), ("CONSTRUCT", "")])
def test_curl_as_copied(service: Service, name: str, said: str) -> None:
    run = subprocess.run(["bash", "-c", shown(service, QUERIES[name])["curl"] + " -sS --fail --noproxy '*'"], capture_output=True, check=True)
    assert run.stdout.decode().startswith(said) and (name != "SELECT" or run.stdout.count(b"\n") == 8)


def run_python(code: str, name: str) -> str:
    run = subprocess.run([sys.executable, "-c", f"{code}\nprint({name})"], capture_output=True, text=True, check=True,
                         env={**os.environ, "NO_PROXY": "*"})
    return run.stdout


def test_python_as_copied(service: Service) -> None:
    found = shown(service, NASTY)
    assert run_python(found["Python: SPARQLWrapper"], "len(rows)") == run_python(found["Python: pandas"], "len(frame)") == "7\n"
    assert run_python(shown(service, QUERIES["ASK"])["Python: SPARQLWrapper"], "answer") == "True\n"
    one = shown(service, "CONSTRUCT WHERE { ?s a ?o }", **{"default-graph-uri": str(ONE)})
    assert run_python(one["Python: rdflib"], "len(graph)") == "151\n" and "addDefaultGraph" in one["Python: SPARQLWrapper"]
    assert run_python(one["Python: SPARQLWrapper"], 'turtle.count(b"ThematicPartnership") > 0') == "True\n"


def test_line_breaks_of_a_browser_are_not_copied() -> None:
    made: dict[str, Any] = dict(write_snippets("http://x/sparql", [("query", "ASK\r\n{}\r")]))
    assert all("\r" not in code for code in made.values())
