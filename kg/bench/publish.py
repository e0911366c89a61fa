"""How long a release of generated data takes in every format, the feed of it, and one page of the feed over loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from kg.bench.figure import Figure
from kg.bench.size import Size
from kg.generate import QUADS_EACH, generate
from kg.index import build_index
from kg.publication import feed
from kg.publication.releases import write_release
from kg.settings import Settings
from kg.store.local import LocalStore


@dataclass(frozen=True)
class Timing:
    """One figure: what was timed, seconds of each run, and the size of what was made, bytes."""

    name: str
    seconds: list[float]
    size: int = 0


def measure(settings: Settings, size: Size, say: Callable[[str], None]) -> Iterator[Figure]:
    """A full release, the first fill of the feed, and one page of the feed over loopback."""
    goals = (("release in every format", "s", 90.0), ("first fill of the feed", "s", None), ("page of the feed", "ms", 5.0))
    for (name, unit, goal), timing in zip(goals, time_release(settings, size.quads, size.runs, 1), strict=True):
        say(timing.name)
        runs = tuple(each * (1000 if unit == "ms" else 1) for each in timing.seconds)
        yield Figure(name, unit, runs, goal=goal, size=f"{size.quads:,} quads")


def time_release(settings: Settings, quads: int, runs: int, seed: int) -> Iterator[Timing]:
    """Time full releases of about so many quads, the first fill of the feed and its pages; the store is filled beforehand, uncounted."""
    store = LocalStore(settings.var / "store")
    store.load(b"".join(generate(quads // QUADS_EACH, seed)))
    build_index(store, settings.var / "index.sqlite")
    store.version()
    seconds, size = [], 0
    for _ in range(runs):
        folder = settings.var / "release"
        shutil.rmtree(folder, ignore_errors=True)
        start = time.perf_counter()
        release = write_release(store, folder)
        seconds.append(time.perf_counter() - start)
        size = sum(file.size for file in release.files)
    yield Timing(f"release of {store.size():,} quads, {len(release.files)} files", seconds, size)
    start = time.perf_counter()
    members = feed.append(settings, store)
    pages = sorted(path.name for path in (settings.var / "feed").glob("*.trig"))
    yield Timing(f"feed of {members:,} members, {len(pages)} pages", [time.perf_counter() - start],
                 sum((settings.var / "feed" / page).stat().st_size for page in pages))
    store.close()
    yield from time_pages(settings, pages)


def time_pages(settings: Settings, pages: list[str]) -> Iterator[Timing]:
    """Time pages of the feed of a service in a process of its own, two hundred requests on one connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = subprocess.Popen([sys.executable, "-m", "kg", "serve", "--port", str(port)], stdout=subprocess.DEVNULL,
                               env={**os.environ, "KG_VAR": str(settings.var)})
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _await(client, service)
            seconds, size = [], 0
            for number in range(200):
                page = pages[number % len(pages)]
                start = time.perf_counter()
                answer = client.get(f"/stream/{page}").raise_for_status()
                seconds.append(time.perf_counter() - start)
                size = max(size, answer.num_bytes_downloaded)
        yield Timing("one page of the feed", seconds, size)
    finally:
        service.terminate()
        service.wait()


def _await(client: httpx.Client, service: subprocess.Popen[bytes]) -> None:
    while service.poll() is None:
        try:
            client.get("/health")
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError(f"the service ended with status {service.returncode}")
