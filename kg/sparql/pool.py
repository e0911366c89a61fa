"""A fixed number of processes that answer public queries, and the fair queue before them.

A query runs alone in its process. The process is killed when the query is late, when its client has left, or when one address
holds several processes while another waits for its first; in the last case the query, which changes nothing, starts anew later.
"""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import signal
import tempfile
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from kg import errors, outbound
from kg.errors import Busy, KgError, OutOfMemory, OutOfTime, StoreFailed, TooMany
from kg.settings import Settings
from kg.sparql.process import Ended, Process
from kg.sparql.question import Answer, NoFormat, Question, settle

START: Final = 120.0
"""Seconds in which the first process has to be ready; the fork server reads its libraries first."""
LONG: Final = 2.0
"""Seconds after which a query comes behind everything else that wants the processor."""
RESTING: Final = 0.2
"""Seconds before another process is started in place of one that never got ready."""
PATIENCE: Final = 0.1
"""Seconds that an address without any process waits before it takes one from an address that holds several."""


@dataclass
class _Run:
    address: str
    started: float = field(default_factory=time.monotonic)


class Pool:
    """The processes over one snapshot; `move` leads them to the next one. All of it happens on the event loop on which it is made."""

    def __init__(self, snapshot: Path, settings: Settings, version: str = "") -> None:
        self.settings, self.version = settings, version
        self._snapshot = snapshot
        self._spool = Path(tempfile.mkdtemp(prefix="kg-spool-"))
        self._count = 0
        self._closed = False
        self._waiting: OrderedDict[str, deque[asyncio.Future[Process]]] = OrderedDict()
        self._running: dict[Process, _Run] = {}
        self._idle: list[Process] = []
        self._starting: dict[Process, asyncio.Task[None]] = {}
        self._ready = asyncio.Event()
        for _ in range(settings.sparql_workers):
            self._start()

    async def answer(self, question: Question, address: str) -> Answer:
        """Answer a query completely, or raise the KgError that says why not; NoFormat when nothing acceptable is left.

        Raises TooMany and Busy from the queue, OutOfTime past `sparql_seconds`, OutOfMemory, TooLarge, QuerySyntax, Refused.
        """
        began = time.monotonic()
        deadline = began + self.settings.sparql_seconds
        first, lost = True, math.inf
        while True:
            worker = await self._acquire(address, deadline, again=not first)
            if first:
                deadline = time.monotonic() + self.settings.sparql_seconds
                first = False
            self._count += 1
            spool = self._spool / str(self._count)
            run = self._running[worker] = _Run(address)
            healthy, loop = False, asyncio.get_running_loop()
            slowing = loop.call_later(LONG, worker.slow)
            try:
                async with asyncio.timeout_at(loop.time() + deadline - time.monotonic()):
                    head, body = await worker.ask(json.dumps(question.describe(spool)).encode() + b"\n")
                    while "call" in head:
                        head, body = await worker.ask(await self._call(head["call"], head["query"], deadline))
                healthy = head.get("error") != "OutOfMemory"
            except TimeoutError:
                seconds = self.settings.sparql_seconds
                raise OutOfTime(f"the query was ended after {seconds:g} seconds.", where="query", limit=seconds,
                                elapsed=round(time.monotonic() - run.started, 3),
                                advice="Add LIMIT, bind more terms, or take the dump.") from None
            except Ended:
                if worker.preempted:
                    continue
                # The socket of an aborted process closes a moment before its exit code is known.
                code = -await worker.wait()
                if worker.begun < lost and code not in (signal.SIGABRT, signal.SIGSEGV):
                    # Somebody else ended the process: the query changes nothing and starts anew, once on a process that began after.
                    lost = min(lost, time.monotonic())
                    continue
                raise self._explain(code) from None
            finally:
                del self._running[worker]
                slowing.cancel()
                if not healthy:
                    spool.unlink(missing_ok=True)
                if healthy and not worker.slowed:
                    self._release(worker)
                else:
                    self._replace(worker)
            return self._result(head, body, spool, time.monotonic() - run.started, worker.version)

    async def ready(self) -> None:
        """Wait until a process can take a query; raises StoreFailed when none can after START seconds."""
        try:
            async with asyncio.timeout(START):
                await self._ready.wait()
        except TimeoutError:
            raise StoreFailed("no process for queries became ready.", where="kg.sparql", advice="Look at the machine's memory.") from None

    def move(self, snapshot: Path, version: str) -> None:
        """Lead new queries to another snapshot; queries that run end on the one they began with."""
        self._snapshot, self.version = snapshot, version
        old, self._idle = self._idle, []
        for worker in old:
            self._replace(worker)

    @property
    def network(self) -> str:
        """Why the processes are not locked off the network; empty when they are, or when none has answered yet."""
        return next((worker.network for worker in (*self._idle, *self._running) if worker.network), "")

    @property
    def running(self) -> int:
        """How many queries run now."""
        return len(self._running)

    @property
    def idle(self) -> int:
        """How many processes wait for a query."""
        return len(self._idle)

    def close(self) -> None:
        """End every process and delete the spool."""
        self._closed = True
        for task in self._starting.values():
            task.cancel()
        for worker in (*self._idle, *self._running, *self._starting):
            worker.end()
        self._idle = []
        shutil.rmtree(self._spool, ignore_errors=True)

    async def _acquire(self, address: str, deadline: float, *, again: bool) -> Process:
        if self._idle and not self._waiting:
            return self._idle.pop()
        waiting = sum(map(len, self._waiting.values()))
        own = self._waiting.get(address, ())
        seconds = max(1, round(self.settings.sparql_seconds))
        if not again:
            if len(own) >= max(1, self.settings.sparql_queue // 2):
                raise TooMany(f"{len(own)} queries of this address wait already.", where="queue", retry_after=seconds,
                              limit=max(1, self.settings.sparql_queue // 2), advice="Send fewer at once.")
            if waiting >= self.settings.sparql_queue:
                raise Busy(f"{waiting} queries wait already.", where="queue", retry_after=seconds,
                           limit=self.settings.sparql_queue, advice="Try again later.")
        loop = asyncio.get_running_loop()
        place: asyncio.Future[Process] = loop.create_future()
        line = self._waiting.setdefault(address, deque())
        if again:
            line.appendleft(place)
        else:
            line.append(place)
        self._dispatch()
        if not place.done():
            loop.call_later(PATIENCE, self._make_room, address)
        try:
            async with asyncio.timeout_at(loop.time() + max(0.0, deadline - time.monotonic())):
                return await place
        except BaseException as error:
            self._leave(address, place)
            if isinstance(error, TimeoutError):
                raise Busy("no process became free in time.", where="queue", retry_after=seconds,
                           advice="Try again later.") from None
            raise

    def _leave(self, address: str, place: asyncio.Future[Process]) -> None:
        line = self._waiting.get(address)
        if line and place in line:
            line.remove(place)
            if not line:
                del self._waiting[address]
        elif place.done() and not place.cancelled():
            self._release(place.result())

    def _release(self, worker: Process) -> None:
        if worker.snapshot != self._snapshot:
            self._replace(worker)
            return
        self._idle.append(worker)
        self._ready.set()
        self._dispatch()

    def _dispatch(self) -> None:
        """Give idle processes to the addresses in turn."""
        while self._idle and self._waiting:
            address, line = self._waiting.popitem(last=False)
            place = line.popleft()
            if line:
                self._waiting[address] = line
            if not place.done():
                place.set_result(self._idle.pop())

    def _make_room(self, address: str) -> None:
        """Take a process from an address that holds several, for one that waits and holds none."""
        held: dict[str, list[Process]] = {}
        for worker, run in self._running.items():
            held.setdefault(run.address, []).append(worker)
        if self._closed or address not in self._waiting or address in held or not held:
            return
        richest = max(held.values(), key=len)
        if len(richest) > 1:
            youngest = max(richest, key=lambda worker: self._running[worker].started)
            youngest.preempted = True
            self._waiting.move_to_end(address, last=False)
            youngest.kill()

    def _start(self) -> None:
        worker = Process(self._snapshot, self.version, settle(self.settings))
        self._starting[worker] = asyncio.get_running_loop().create_task(self._welcome(worker))

    async def _welcome(self, worker: Process) -> None:
        """Let a process take queries once it is ready, so that no query pays for its start."""
        try:
            await worker.open(lambda: self._lose(worker))
        except Ended:
            await asyncio.sleep(RESTING)
            self._replace(worker)
        else:
            self._release(worker)
        finally:
            del self._starting[worker]

    def _lose(self, worker: Process) -> None:
        """Replace a process that ended while it had nothing to do; where it had, the query that it answered sees to it."""
        if worker in self._idle:
            self._idle.remove(worker)
            self._replace(worker)

    def _replace(self, worker: Process) -> None:
        worker.end()
        if not self._closed:
            self._start()

    def _explain(self, code: int) -> KgError:
        """What the signal says that ended a process in the middle of a query."""
        if code in (signal.SIGABRT, signal.SIGKILL):
            return OutOfMemory(f"the query needs more than {self.settings.sparql_memory} MiB of memory.", where="query",
                               limit=self.settings.sparql_memory, advice="Select less, or group by fewer values.")
        if code == signal.SIGSEGV:
            return errors.QuerySyntax("the query is nested too deeply.", where="query", advice="Use fewer nested groups.")
        return Busy("the process that answered ended, and so did the next.", where="query", retry_after=1, advice="Ask again.")

    async def _call(self, address: str, query: str, deadline: float) -> bytes:
        """Ask another service in the name of a process; what goes wrong is told to it, for SILENT may forgive it."""
        try:
            body = await outbound.post(
                address, {"query": query}, allowed=self.settings.services, accept="application/sparql-results+json",
                seconds=max(0.1, deadline - time.monotonic()), most_bytes=self.settings.sparql_bytes * 2**20)
            return json.dumps({"body": body.decode("utf-8")}).encode() + b"\n"
        except UnicodeDecodeError:
            failure: KgError = StoreFailed(f"{address} answered something that is no UTF-8.", advice="Ask without it.")
        except KgError as error:
            failure = error
        return json.dumps({"error": type(failure).__name__, "what": failure.what, "advice": failure.advice}).encode() + b"\n"

    def _result(self, head: dict[str, Any], body: bytes, spool: Path, seconds: float, version: str) -> Answer:
        if "error" in head:
            raise getattr(errors, head["error"])(head["what"], where=head["where"], advice=head["advice"], line=head["line"],
                                                 column=head["column"], limit=head.get("limit"))
        if "refused" in head:
            raise NoFormat(head["refused"])
        file = None
        if head["spooled"]:
            file = spool.open("rb")
            spool.unlink()
        return Answer(head["form"], head["media_type"], head["size"], head["gzip"], head["volatile"], body, file, seconds, version)
