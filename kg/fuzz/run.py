"""The run: a service of its own, requests of schemathesis, broken documents, and what the service said in its log."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from kg.bench.serving import PATIENCE, Serving, start_ours, stop
from kg.build import build
from kg.errors import Invalid, StoreFailed
from kg.fuzz.documents import break_documents
from kg.settings import Settings

KEY: Final = "key-of-the-fuzz"
CHECKS: Final = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
                 "response_headers_conformance")
HOOKS: Final = """import schemathesis

for each in ("application/sparql-query", "text/turtle", "application/n-triples", "application/n-quads", "application/trig", "text/csv",
             "application/ld+json", "application/rdf+xml"):
    schemathesis.serializer.alias(each, "text/plain")
"""
"""How schemathesis is to write bodies of media types that it does not know: a file of its own, since only it can import it."""


@dataclass
class Outcome:
    """How many requests and documents were sent, the answers to documents by status, and every fault in a sentence."""

    requests: int = 0
    operations: int = 0
    documents: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def run_fuzz(settings: Settings, examples: int, documents: int, seed: int, say: Callable[[str], None]) -> Outcome:
    """Build, serve and fuzz; `examples` are requests per operation at most. Raises Invalid without schemathesis."""
    if importlib.util.find_spec("schemathesis") is None:
        raise Invalid("schemathesis is missing.", where="kg check fuzz", advice="Install it: pip install 'urban-agenda-kg[fuzz]'")
    say("building the data")
    build(settings)
    outcome = Outcome()
    # A query that takes long is answered 503 by design; here the machine is to be no reason for it.
    environment = {"KG_VAR": str(settings.var), "KG_REVIEWER_KEY": KEY, "KG_POSTS": "0", "KG_SPARQL_SECONDS": "120"}
    with (settings.var / "service.log").open("wb") as log:
        serving = start_ours(environment, log)
        try:
            send_documents(serving, documents, seed, outcome, say)
            send_requests(serving, settings.var, examples, seed, outcome, say)
            if serving.process.poll() is not None:
                outcome.faults.append(f"the service ended with status {serving.process.returncode}")
        finally:
            stop(serving.process)
    return outcome


def send_documents(serving: Serving, count: int, seed: int, outcome: Outcome, say: Callable[[str], None]) -> None:
    """Have broken documents checked, every tenth also contributed; each has to be answered, and not with a fault of the service."""
    with httpx.Client(base_url=serving.address, timeout=PATIENCE) as client:
        sheet = client.get("/contribute/practice.xlsx").raise_for_status().content
        for number, (media_type, document) in enumerate(break_documents(count, seed, sheet)):
            path = "/contributions" if number % 10 == 0 else "/validate"
            try:
                answer = client.post(path, params={"form": "practice"}, content=document, headers={"Content-Type": media_type,
                                                                                                 "Accept": "application/json"})
            except httpx.HTTPError as error:
                outcome.faults.append(f"document {number} of seed {seed}, {media_type} to {path}: no answer, {error!r}")
                continue
            outcome.documents += 1
            outcome.statuses[answer.status_code] += 1
            if answer.status_code >= 500:
                outcome.faults.append(f"document {number} of seed {seed}, {media_type} to {path}: {answer.status_code} {answer.text[:300]}")
            if number % 200 == 199:
                say(f"{number + 1} documents")


def send_requests(serving: Serving, folder: Path, examples: int, seed: int, outcome: Outcome, say: Callable[[str], None]) -> None:
    """Let schemathesis send what the OpenAPI description allows and what it does not; raises StoreFailed when it ends without a report."""
    report = folder / "schemathesis.json"
    (folder / "fuzz_hooks.py").write_text(HOOKS, encoding="utf-8")
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": os.pathsep.join((str(folder), *filter(None, sys.path)))}
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{serving.address}/openapi.json", "--checks", ",".join(CHECKS),
               "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure",
               "--no-shrink", "--warnings", "off", "--suppress-health-check", "all", "--request-timeout", str(PATIENCE),
               "--generation-database", "none", "--no-color", "--header", f"Authorization: Bearer {KEY}",
               "--report", "json", "--report-json-path", str(report)]
    say(f"schemathesis, {examples} requests per operation and way")
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if not report.exists():
        raise StoreFailed(f"schemathesis gave no report: {(ended.stdout + ended.stderr)[-500:]}", where=serving.address,
                          advice="Run its command by hand.")
    found = json.loads(report.read_text(encoding="utf-8"))
    outcome.requests, outcome.operations = found["test_cases"]["generated"], found["operations"]["tested"]
    outcome.faults += [f"{each['title']}: {', '.join(each['operations'])}" for each in found["failures"]]
    outcome.faults += [f"schemathesis: {each}" for each in found["errors"]]
    if outcome.faults:
        say(ended.stdout[ended.stdout.find("FAILURES"):])
