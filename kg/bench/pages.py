"""The speed of the pages: every page at eight clients, first answers, lists and search over many things, first paint in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from kg.bench.figure import Figure, percentile
from kg.bench.size import Size
from kg.build import build
from kg.errors import StoreFailed
from kg.generate import generate
from kg.index import LISTS, Filter, Index, build_index
from kg.settings import Settings
from kg.store.local import LocalStore
from kg.terms import VOC

PAGES: Final = (
    "/", "/search?q=school+meals", "/search?q=scool+meels", "/synergies", "/synergies?view=map", "/synergies?view=graph", "/exchange",
    "/match", "/match?theme=food", "/recovery", "/cooperation", "/gaps", "/contribute", "/contribute/practice", "/validate", "/sparql",
    "/queries", "/queries/practices-by-instrument-and-country", "/data", "/ontology", "/ontology/term/Synergy", "/shapes", "/voc/theme",
    "/docs", "/about", "/accessibility", "/privacy", *(f"/{name}" for name in LISTS), "/practices?view=map",
    "/partnerships?view=timeline", "/themes?view=matrix", "/initiatives?theme=food&country=NLD", "/initiatives?lang=fr")
CLIENTS: Final = 8
STARTS: Final = 1800
"""Looks, a tenth of a second apart, until a service that was started must answer."""
CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
PAINT: Final = """() => new Promise(told => new PerformanceObserver(list => {
    const paint = list.getEntriesByName('first-contentful-paint')[0];
    if (paint) told(paint.startTime);
}).observe({ type: 'paint', buffered: true }))"""


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Figures of the real data, built into the empty `settings.var`, and of `size.listed` generated initiatives.

    Times are those that a client sees over loopback with its connection kept. `page at 8 clients` holds the 95th percentile of each
    page while eight clients ask for all pages in random order; `first answer` each page asked for once, by one client, before anything
    was kept. Raises StoreFailed when a service does not start.
    """
    say("building the real data")
    build(settings)
    yield from measure_real(settings.var, size, say)
    yield from measure_many(settings.var / "many", size, say)


def measure_real(var: Path, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """First answers, every page at eight clients, and first paint, over what was built."""
    index = Index(var / "index.sqlite")
    pages = (*PAGES, *(page for each in LISTS.values() for page in find_pages(index, each)))
    with serve(var) as port:
        first = asyncio.run(ask_each(port, pages))
        yield Figure("first answer of a page, p95 over pages", "ms", (percentile(list(first.values()), 0.95),), size=f"{len(pages)} pages")
        late = sorted(first, key=lambda page: -first[page])[:6]
        say("slowest first answers: " + ", ".join(f"{page} {first[page]:.0f} ms" for page in late))
        rounds = [asyncio.run(ask_mixed(port, pages, CLIENTS, size.seconds, seed)) for seed in range(size.runs)]
        slowest = max(pages, key=lambda page: percentile(rounds[-1].get(page, [0.0]), 0.95))
        say(f"slowest page at {CLIENTS} clients: {slowest}")
        yield Figure("page at 8 clients, p95 of the slowest page", "ms",
                     tuple(max(percentile(times, 0.95) for times in each.values()) for each in rounds), goal=50, size="real data")
        yield Figure("page at 8 clients, p95 of all", "ms",
                     tuple(percentile([one for times in each.values() for one in times], 0.95) for each in rounds), size="real data")
        yield from paint(port, pages[:12], size.runs, say)


def measure_many(folder: Path, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """Lists and searches, each asked for once so that none comes from memory, over generated initiatives."""
    many = f"{size.listed} initiatives"
    say(f"writing and listing {many}")
    folder.mkdir(parents=True)
    with (folder / "data.nq").open("wb") as file:
        for block in generate(size.listed, 1):
            file.write(block)
    store = LocalStore(folder / "store")
    store.load((folder / "data.nq").read_bytes())
    build_index(store, folder / "index.sqlite")
    store.close()
    index, chance = Index(folder / "index.sqlite"), random.Random(1)
    values = {facet: index.values(facet) for facet in ("theme", "instrument", "country", "process", "outcome")}
    lists = [f"/initiatives?{facet}={quote(value, safe='')}&cursor={20 * chance.randrange(5)}"
             for facet, held in values.items() for value in held]
    names = chance.sample(index.names(), 200)
    words = sorted({word for _, text in names for word in text.split() if len(word) > 3 and word.isalpha()})
    searches = [f"/search?q={quote(one)}+{quote(other)}" for one, other in zip(words, reversed(words), strict=True)]
    searches += [f"/search?q={quote(word[:-2] + word[-1])}" for word in words]
    chance.shuffle(lists)
    chance.shuffle(searches)
    with serve(folder) as port:
        for name, addresses in (("list", lists[:120]), ("search", searches[:120])):
            asyncio.run(ask_each(port, [f"/{'initiatives' if name == 'list' else 'search'}?q=warm"]))
            times = asyncio.run(ask_each(port, addresses))
            slowest = max(times, key=lambda page: times[page])
            say(f"slowest {name}: {slowest} {times[slowest]:.0f} ms")
            yield Figure(f"{name} asked for once, p95", "ms", (percentile(list(times.values()), 0.95),), goal=30, size=many)
        mixed = asyncio.run(ask_mixed(port, [*lists[:60], *searches[:60]], CLIENTS, size.seconds, 1))
        yield Figure("lists and search at 8 clients, p95", "ms",
                     (percentile([one for each in mixed.values() for one in each], 0.95),), goal=30, size=many)


def find_pages(index: Index, record_type: str) -> list[str]:
    """The page of the first and of a middle thing of a type, and of the synergies of what has them."""
    things = index.browse(record_type, Filter(), limit=1000).things
    found = []
    for thing in dict.fromkeys((things[0], things[len(things) // 2])) if things else ():
        found.append(f"/{'voc' if thing.iri.startswith(str(VOC)) else 'doc'}/{thing.type}/{quote(thing.ref)}")
        if record_type in ("initiative", "practice", "partnership"):
            found.append(f"{found[-1]}/synergies")
    return found


@contextlib.contextmanager
def serve(var: Path) -> Iterator[int]:
    """A service in a process of its own over what was built; its port. Raises StoreFailed when it does not answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "kg", "serve", "--port", str(port)], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env={**os.environ, "KG_VAR": str(var)})
    try:
        for _ in range(STARTS):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        else:
            raise StoreFailed("the service does not answer.", where=f"port {port}", advice="Start `kg serve` to see why.")
        asyncio.run(ask_each(port, ["/health"]))
        yield port
    finally:
        process.terminate()
        process.wait()


async def ask_each(port: int, addresses: Sequence[str]) -> dict[str, float]:
    """Milliseconds of each address, one after the other on one connection; raises StoreFailed for one that is not answered well."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    times = {address: await _ask(reader, writer, address) for address in addresses}
    writer.close()
    return times


async def ask_mixed(port: int, addresses: Sequence[str], clients: int, seconds: float, seed: int) -> dict[str, list[float]]:
    """Milliseconds of each address while clients ask for all of them, in an order of their own, at least for so long and once each."""
    times: dict[str, list[float]] = defaultdict(list)
    end = time.monotonic() + seconds

    async def read(number: int) -> None:
        chance, mine = random.Random(clients * seed + number), list(addresses)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        while True:
            chance.shuffle(mine)
            for address in mine:
                times[address].append(await _ask(reader, writer, address))
            if time.monotonic() > end:
                break
        writer.close()

    await asyncio.gather(*(read(number) for number in range(clients)))
    return times


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str) -> float:
    begun = time.perf_counter()
    writer.write(f"GET {address} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise StoreFailed(f"{address} was answered {head.splitlines()[0].decode()}.", where=address, advice="Open it to see why.")
    if b"transfer-encoding: chunked" in head:
        while int(await reader.readline(), 16):
            await reader.readuntil(b"\r\n")
        await reader.readline()
    else:
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
    return 1000 * (time.perf_counter() - begun)


def paint(port: int, pages: Sequence[str], runs: int, say: Callable[[str], None]) -> Iterator[Figure]:
    """Milliseconds to the first contentful paint of pages in the system's Chromium, with an empty cache each time (W3C Paint Timing)."""
    browser = next((path for name in CHROMIUM if (path := shutil.which(name))), "")
    if not browser or not find_spec("playwright"):
        say("no Chromium, or playwright is not installed: no first paint")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        _paint(opened, port, pages[0])
        times = {page: [_paint(opened, port, page) for _ in range(runs)] for page in pages}
        opened.close()
    slowest = max(times, key=lambda page: min(times[page]))
    say(f"slowest first paint: {slowest}")
    yield Figure("first paint, p95 over pages", "ms",
                 tuple(percentile([each[run] for each in times.values()], 0.95) for run in range(runs)), goal=300,
                 size=f"{len(pages)} pages")


def _paint(browser: Any, port: int, address: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}{address}", wait_until="load")
    value = page.evaluate(PAINT)
    context.close()
    return float(value)
