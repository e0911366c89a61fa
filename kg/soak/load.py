"""The load: two copies of the service, readers, bombs, an editor, a killer of workers, and a look at memory every few seconds."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import httpx

from kg.bench.serving import PATIENCE, Serving, read_memory
from kg.errors import StoreFailed
from kg.queries import load_queries
from kg.settings import Settings
from kg.soak.ledger import HONEST, Answer, Ledger
from kg.soak.outcome import Json, Outcome
from kg.soak.questions import LISTED, MARKED, READ, RECORD, UNREADABLE, WRONG, write_record, write_title

BASE: Final = "http://kg.example.org"
KEY: Final = "key-of-the-soak"
BOMBS: Final = Path(__file__).parent.parent / "bench" / "bombs"
RECORDS: Final = 40
READERS: Final = 4
LOOK: Final = 5.0
"""Seconds between two looks at memory."""
CATCH_UP: Final = 60.0
"""Seconds in which the copies have to reach the last event."""
LIMITS: Final = httpx.Limits(keepalive_expiry=1.0)
"""A connection is not used again shortly before the service would close it: a request that crosses the close has no answer."""


class Soak:
    """One run. The editor is alone, so that after each acknowledged step it knows what is public, and at which data version."""

    def __init__(self, settings: Settings, minutes: float, seed: int, say: Callable[[str], None]) -> None:
        self.settings, self.say, self.chance = settings, say, random.Random(seed)
        self.outcome, self.ledger = Outcome(minutes, seed), Ledger()
        self.copies: dict[str, Serving] = {}
        self.titles: dict[str, str] = {}
        self.editions: Counter[str] = Counter()
        self.public: dict[str, str] = {}
        self.gone: set[str] = set()
        self.expected: dict[str, str] = {}
        self.taken: dict[str, list[float]] = {}
        self.began = self.end = 0.0

    def environment(self, name: str) -> dict[str, str]:
        """The settings of one copy."""
        return {"KG_VAR": str(self.settings.var / name), "KG_JOURNAL": self.settings.journal, "KG_REVIEWER_KEY": KEY, "KG_BASE": BASE}

    async def load(self, minutes: float) -> None:
        """All that happens at once, until the minutes are over."""
        self.began = time.monotonic()
        self.end = self.began + minutes * 60
        async with asyncio.TaskGroup() as group:
            for _ in range(READERS):
                group.create_task(self.read())
            for act in (self.edit, self.bomb, self.kill, self.look):
                group.create_task(act())

    async def read(self) -> None:
        """Ask either copy for one address after the other."""
        async with httpx.AsyncClient(timeout=PATIENCE, limits=LIMITS) as client:
            while time.monotonic() < self.end:
                name = self.chance.choice(list(self.copies))
                address = self.chance.choice((*READ, LISTED, LISTED, f"{RECORD}{self.chance.randrange(RECORDS)}",
                                              f"{RECORD}{self.chance.randrange(RECORDS)}"))
                await self.ask(client, name, address)
                await asyncio.sleep(self.chance.uniform(0, 0.3))

    async def ask(self, client: httpx.AsyncClient, name: str, address: str) -> Answer:
        """One answer, kept in the ledger."""
        began = time.perf_counter()
        try:
            got = await client.get(self.copies[name].address + address, headers={"Accept": _accept(address)})
        except httpx.HTTPError as error:
            self.ledger.wrong.append(f"{address} of {name}: no answer, {error!r}")
            raise StoreFailed(f"a copy gave no answer: {error!r}.", where=address, advice="Read its log.") from error
        seconds = time.perf_counter() - began
        answer = Answer(name, address, got.status_code, got.headers.get("data-version", ""), got.content, seconds)
        self.ledger.take(answer)
        self.taken.setdefault(address.partition("?")[0], []).append(seconds)
        return answer

    async def edit(self) -> None:
        """Contribute, publish, renew, withdraw, reject, and send what is refused; each step by either copy."""
        async with httpx.AsyncClient(timeout=PATIENCE, limits=LIMITS, headers={"Accept": "application/json"}) as client:
            await self.settle(client, next(iter(self.copies)))
            while time.monotonic() < self.end:
                name = self.chance.choice(list(self.copies))
                number = str(self.chance.randrange(RECORDS))
                drawn = self.chance.random()
                if drawn < 0.1:
                    await self.refused(client, name)
                elif drawn < 0.2:
                    await self.reject(client, name, number)
                elif number in self.public and drawn < 0.6:
                    await self.withdraw(client, name, number)
                else:
                    await self.publish(client, name, number)
                await asyncio.sleep(self.chance.uniform(1, 8))

    async def send(self, client: httpx.AsyncClient, name: str, number: str) -> str:
        """Send the next edition of a record and return its reference."""
        self.editions[number] += 1
        found = await self.post(client, name, "/contributions", 201, content=write_record(number, self.editions[number]))
        self.outcome.steps["contributed"] += 1
        self.expected[str(found["reference"])] = "submitted"
        return str(found["reference"])

    async def publish(self, client: httpx.AsyncClient, name: str, number: str) -> None:
        """Publish an edition, in the place of the one before."""
        reference, before = await self.send(client, name, number), self.public.get(number, "")
        await self.post(client, name, f"/reviews/{reference}/publish", 200, data={"supersedes": before} if before else {"why": ""})
        self.outcome.steps["renewed" if before else "published"] += 1
        self.expected[reference] = "published"
        if before:
            self.expected[before] = "superseded"
        self.public[number], self.titles[number] = reference, write_title(number, self.editions[number])
        self.gone.discard(number)
        await self.settle(client, name)

    async def withdraw(self, client: httpx.AsyncClient, name: str, number: str) -> None:
        """Take a published record back."""
        reference = self.public.pop(number)
        await self.post(client, name, f"/reviews/{reference}/withdraw", 200, data={"why": "The soak takes it back."})
        self.outcome.steps["withdrawn"] += 1
        self.expected[reference] = "withdrawn"
        del self.titles[number]
        self.gone.add(number)
        await self.settle(client, name)

    async def reject(self, client: httpx.AsyncClient, name: str, number: str) -> None:
        """Send an edition and decline it."""
        reference = await self.send(client, name, number)
        await self.post(client, name, f"/reviews/{reference}/reject", 200, data={"why": "The soak declines it."})
        self.outcome.steps["rejected"] += 1
        self.expected[reference] = "rejected"

    async def refused(self, client: httpx.AsyncClient, name: str) -> None:
        """Send what does not parse, and what does not conform."""
        for content, status in ((UNREADABLE, 400), (WRONG, 422)):
            await self.post(client, name, "/contributions", status, content=content)
            self.outcome.steps["refused"] += 1

    async def post(self, client: httpx.AsyncClient, name: str, address: str, status: int, *, content: bytes | None = None,
                   data: Mapping[str, str] | None = None) -> Json:
        """A step; asked to wait, it waits, and a file that was not read in time is sent again. Another status is wrong and ends the run."""
        headers = {"Authorization": f"Bearer {KEY}"} if data is not None else {"Content-Type": "text/turtle"}
        while True:
            began = time.perf_counter()
            got = await client.post(self.copies[name].address + address, content=content, data=data, headers=headers)
            self.taken.setdefault(f"POST {address.split('/')[1]} {address.rsplit('/', 1)[-1]}", []).append(time.perf_counter() - began)
            if got.status_code == 429 or got.status_code == 503 and address == "/contributions" and time.monotonic() < self.end:
                await asyncio.sleep(float(got.headers.get("retry-after", "1")))
                continue
            if got.status_code != status:
                raise StoreFailed(f"a step was answered with {got.status_code} instead of {status}: {got.text[:300]}", where=address,
                                  advice="Read the log of the copy.")
            found: Json = got.json()
            return found

    async def settle(self, client: httpx.AsyncClient, name: str) -> None:
        """Keep what is true at the version that a copy serves after a step of its own, once its synergies have followed."""
        while (found := (await client.get(self.copies[name].address + "/ready")).json()).get("synergies") == "follow":
            await asyncio.sleep(0.1)
        self.state(found["data_version"])

    def state(self, version: str) -> None:
        """Keep what is true at a version, by the names that the addresses of records end with."""
        self.ledger.state(version, {MARKED + number: title for number, title in self.titles.items()},
                          frozenset(MARKED + number for number in self.gone))

    async def bomb(self) -> None:
        """Queries without end, one after the other, from an address of their own."""
        bombs = list(load_queries(BOMBS).values())
        async with httpx.AsyncClient(timeout=PATIENCE, limits=LIMITS) as client:
            while time.monotonic() < self.end:
                bomb = self.chance.choice(bombs)
                copy = self.copies[self.chance.choice(list(self.copies))]
                began = time.perf_counter()
                got = await client.post(copy.address + "/sparql", data={"query": bomb.text})
                self.taken.setdefault("bomb", []).append(time.perf_counter() - began)
                self.outcome.bombs[str(got.status_code)] += 1
                kind = got.headers.get("content-type", "")
                if got.status_code not in (200, 413, 500, 504, *HONEST) or (got.status_code != 200 and "problem" not in kind):
                    self.ledger.wrong.append(f"bomb {bomb.name}: status {got.status_code} as {kind}")
                await asyncio.sleep(self.chance.uniform(5, 15))

    async def kill(self) -> None:
        """End a worker of either copy with SIGKILL now and then."""
        while time.monotonic() < self.end:
            await asyncio.sleep(self.chance.uniform(5, 25))
            if workers := self.copies[self.chance.choice(list(self.copies))].workers():
                try:
                    os.kill(self.chance.choice(workers), signal.SIGKILL)
                except ProcessLookupError:
                    continue
                self.outcome.kills += 1

    async def look(self) -> None:
        """Write down memory, and say how it goes each minute."""
        said = 0.0
        while time.monotonic() < self.end:
            passed = time.monotonic() - self.began
            own = [copy.memory() for copy in self.copies.values()]
            workers = sum(read_memory(worker) for copy in self.copies.values() for worker in copy.workers())
            self.outcome.memory.append((round(passed, 1), round(own[0], 1), round(own[1], 1), round(workers, 1)))
            if passed >= said:
                said += 60
                self.say(f"{passed / 60:4.0f} min: {self.ledger.answers} answers, {len(self.ledger.states)} versions, "
                         f"{self.outcome.kills} workers killed, memory {own[0]:.0f} and {own[1]:.0f} MiB")
            await asyncio.sleep(LOOK)

    async def compare(self) -> str:
        """Wait until each copy serves the last event, ask it for every address, and return the data version."""
        last = list(self.ledger.states)[-1]
        async with httpx.AsyncClient(timeout=PATIENCE, limits=LIMITS) as client:
            for name, copy in self.copies.items():
                limit = time.monotonic() + CATCH_UP
                while (found := (await client.get(copy.address + "/ready")).json())["data_version"] != last:
                    if time.monotonic() > limit:
                        self.ledger.wrong.append(f"{name} serves {found} and not the last version {last}")
                        break
                    await asyncio.sleep(0.5)
                for address in (*READ, *(f"{RECORD}{number}" for number in range(RECORDS))):
                    await self.ask(client, name, address)
        return last


def _accept(address: str) -> str:
    return "application/sparql-results+json, application/json" if address.startswith(("/sparql", RECORD)) else "*/*"
