"""Stored questions over an engine elsewhere: asked of it by protocol, written as the processes of the pool write their answers."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rdflib import Variable
from rdflib.query import Result

from kg.settings import Settings
from kg.sparql.gate import inspect
from kg.sparql.question import Answer, NoFormat, Question, settle
from kg.sparql.spool import Spool
from kg.sparql.worker import read, write
from kg.store import Store


def relay(store: Store, question: Question, settings: Settings, version: str) -> Answer:
    """The answer to a question of ours, whose text is no stranger's; raises NoFormat, TooLarge and what the store raises."""
    began, held = time.monotonic(), dict[str, Spool]()
    with TemporaryDirectory(prefix="kg-spool-") as folder:
        path = Path(folder) / "answer"
        head = write(read(_ask(store, question.query)), question.describe(path), settle(settings), held)
        if "refused" in head:
            raise NoFormat(head["refused"])
        return Answer(head["form"], head["media_type"], head["size"], head["gzip"], inspect(question.query).volatile,
                      bytes(held["spool"].inline), path.open("rb") if head["spooled"] else None, time.monotonic() - began, version)


def _ask(store: Store, query: str) -> Result:
    form = inspect(query).form
    result = Result("CONSTRUCT" if form == "DESCRIBE" else form)
    if form == "SELECT":
        found = store.select(query)
        result.vars = [Variable(name) for name in found.variables]
        result.bindings = [{Variable(name): term for name, term in row.items()} for row in found]
    elif form == "ASK":
        result.askAnswer = store.ask(query)
    else:
        result.graph = store.construct(query)
    return result
