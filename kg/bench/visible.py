"""How long a publish takes until its thing is in the answers of SPARQL and of search, asked over the loopback by a client of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import httpx

from kg import resources
from kg.bench import QUERIES
from kg.bench.figure import Figure
from kg.bench.serving import PATIENCE, start_ours, stop
from kg.bench.size import Size
from kg.build import read_sources
from kg.errors import StoreFailed
from kg.generate import generate
from kg.index import build_index
from kg.queries import load_query
from kg.settings import Settings
from kg.store.bindings import bind
from kg.store.local import LocalStore
from kg.synergies import compute_synergies
from kg.synergies.find import FOLDER
from kg.synergies.materialise import silent
from kg.terms import thing

KEY: Final = "key-of-the-bench"
JSON: Final = {"Accept": "application/sparql-results+json"}
OWN_EACH: Final = 270
QUADS_EACH: Final = 830
"""What a thing of ours, and a generated one, which is linked with more, adds to all that is published with its synergies, about."""
LATE: Final = 120.0
"""Seconds after which nobody waits any longer."""


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Yield publish to visible, and the synergies after it; the goal is that of issue 6."""
    say(f"a service over about {size.quads:,} quads, their synergies among them")
    store = LocalStore(settings.var / "store")
    base = LocalStore()
    base.put_all(read_sources(resources.data()))
    own = len(base.select(load_query(FOLDER / "items.rq").text)) * OWN_EACH
    store.load(b"".join(base.dump()) + b"".join(generate(max(1, (size.quads - own) // QUADS_EACH), 1)))
    ranked = compute_synergies(store, silent)
    store.replace(ranked)
    build_index(store, settings.var / "index.sqlite")
    store.optimise()
    stated = f"{store.size():,} quads"
    store.close()
    serving = start_ours({"KG_VAR": str(settings.var), "KG_REVIEWER_KEY": KEY, "KG_POSTS": "0"})
    try:
        with httpx.Client(base_url=serving.address, timeout=PATIENCE, headers={"Accept": "application/json"}) as client:
            say("publishing")
            shown, complete = zip(*(publish(client, number) for number in range(size.runs + 1)), strict=True)
    finally:
        stop(serving.process)
    yield Figure("publish to visible in SPARQL and search", "s", shown[1:], goal=2, size=stated)
    yield Figure("first publish after the start to visible", "s", shown[:1], size=stated)
    yield Figure("publish to its synergies", "s", complete, size=stated)


def publish(client: httpx.Client, number: int) -> tuple[float, float]:
    """Publish one practice; seconds until it is answered by SPARQL and by search, and until its synergies are there."""
    word, record = f"benchapples{number}", thing("practice", f"bench-{number}")
    sent = client.post("/contributions", headers={"Content-Type": "text/turtle"}, content=(
        f'@prefix dct: <http://purl.org/dc/terms/> . @prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> . <{record}> '
        f'a uaeu:ProcurementPractice ; dct:title "{word} for schools"@en ; uaeu:theme <https://w3id.org/uaeu-kg/voc/theme/local-food> .'))
    reference = sent.raise_for_status().json()["reference"]
    start = time.perf_counter()
    client.post(f"/reviews/{reference}/publish", headers={"Authorization": f"Bearer {KEY}"}).raise_for_status()
    query = bind(load_query(QUERIES / "known.rq").text, {"thing": record})
    _await(lambda: client.get("/sparql", params={"query": query}, headers=JSON).json()["boolean"], start)
    _await(lambda: bool(client.get("/search.json", params={"q": word}).json()["hits"]), start)
    shown = time.perf_counter() - start
    _await(lambda: client.get("/ready").json().get("synergies") == "complete", start)
    return shown, time.perf_counter() - start


def _await(seen: Callable[[], bool], start: float) -> None:
    while not seen():
        if time.perf_counter() - start > LATE:
            raise StoreFailed("what was published is not visible after two minutes.", where="kg bench", advice="Read its log.")
        time.sleep(0.02)
