"""The query of a page as programs send it: for a shell and for Python, ready to be copied."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Final

from kg.sparql.gate import read_form

Pairs = Sequence[tuple[str, str]]
_READING: Final = {"SELECT": ("JSON", '["results"]["bindings"]'), "ASK": ("JSON", '["boolean"]')}
_SETTING: Final = {"query": "setQuery", "default-graph-uri": "addDefaultGraph", "named-graph-uri": "addNamedGraph"}


def write_snippets(address: str, parameters: Pairs) -> list[tuple[str, str]]:
    """Name and text of each: curl, SPARQLWrapper, and what reads the link; `parameters` are those of the SPARQL 1.1 Protocol, 2.1.

    Line breaks are those of a shell, whatever a browser made of them.
    """
    pairs = [(name, value.replace("\r\n", "\n").replace("\r", "\n")) for name, value in parameters]
    form = read_form(next((value for name, value in pairs if name == "query"), "")) or "SELECT"
    found = [("curl", _write_curl(address, pairs, form)), ("Python: SPARQLWrapper", _write_wrapper(address, pairs, form))]
    if form == "SELECT":
        found.append(("Python: pandas", _write_link(address, [("format", "csv"), *pairs], "import pandas", "frame = pandas.read_csv({})")))
    elif form != "ASK":
        found.append(("Python: rdflib", _write_link(address, [("format", "ttl"), *pairs], "from rdflib import Graph",
                                                    'graph = Graph().parse({}, format="turtle")')))
    return found


def _write_curl(address: str, pairs: Pairs, form: str) -> str:
    accept = "text/csv" if form in _READING else "text/turtle"
    return " \\\n  ".join([f"curl -H 'Accept: {accept}'", *(f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in pairs),
                           shlex.quote(address)])


def _write_wrapper(address: str, pairs: Pairs, form: str) -> str:
    kind, member = _READING.get(form, ("TURTLE", ""))
    name = {"SELECT": "rows", "ASK": "answer"}.get(form, "turtle")
    return "\n".join([f"from SPARQLWrapper import {kind}, POST, SPARQLWrapper", "",
                      f"service = SPARQLWrapper({_quote(address)}, returnFormat={kind})", "service.setMethod(POST)",
                      *(f"service.{_SETTING[each]}({_quote(value)})" for each, value in pairs),
                      f"{name} = service.queryAndConvert(){member}"])


def _write_link(address: str, pairs: Pairs, library: str, call: str) -> str:
    listed = ",\n".join(f"    ({_quote(name)}, {_quote(value)})" for name, value in pairs)
    return "\n".join([library, "from urllib.parse import urlencode", "", f"parameters = urlencode([\n{listed}])",
                      call.format(f"{_quote(f'{address}?')} + parameters")])


def _quote(text: str) -> str:
    """A text as Python writes it, in lines where it has several."""
    if "\n" not in text:
        return json.dumps(text, ensure_ascii=False)
    escaped = text.rstrip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{escaped}\n"""'
