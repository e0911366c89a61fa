"""The run: a build, two copies over it, the load, and at its end a comparison with a copy that was killed and with a new build."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from typing import IO

import httpx

from kg.bench.serving import start_ours, stop
from kg.build import build
from kg.errors import Conflict, KgError, StoreFailed
from kg.settings import Settings
from kg.soak.load import Soak
from kg.soak.outcome import Outcome, describe, find_lost, measure_growth


def run_soak(settings: Settings, minutes: float, seed: int, say: Callable[[str], None]) -> Outcome:
    """Run the load for so many minutes, then end a copy with SIGKILL, start it again, build anew, and compare all three.

    `settings.var` is an empty folder; `settings.journal` names the journal that the copies share. Raises Conflict for a folder in use,
    StoreFailed when a copy does not start or gives no answer.
    """
    if settings.var.exists() and any(settings.var.iterdir()):
        raise Conflict("the folder for the soak is not empty.", where=str(settings.var), advice="Name a new folder.")
    soak = Soak(settings, minutes, seed, say)
    outcome, ledger = soak.outcome, soak.ledger
    settings.var.mkdir(parents=True, exist_ok=True)
    say(f"build of {build(settings.model_copy(update={'var': settings.var / 'one'})).version}")
    shutil.copytree(settings.var / "one", settings.var / "two")
    try:
        with (settings.var / "one.log").open("wb") as one, (settings.var / "two.log").open("wb") as two:
            soak.copies = {name: start_ours(soak.environment(name), log) for name, log in (("one", one), ("two", two))}
            try:
                asyncio.run(soak.load(minutes))
            except* (StoreFailed, httpx.HTTPError, KeyError, ValueError) as failed:
                ledger.wrong += [f"the run ended early after {time.monotonic() - soak.began:.0f} s: {error!r} {error}"
                                 for error in failed.exceptions]
                say(ledger.wrong[-1])
            try:
                close(soak, one, two)
            except (KgError, httpx.HTTPError) as failure:
                ledger.wrong.append(f"the comparison at the end failed: {failure!r} {failure}")
    finally:
        for copy in soak.copies.values():
            stop(copy.process)
    outcome.wrong = ledger.find_wrong()
    outcome.lost = find_lost(settings, soak.expected)
    outcome.answers, outcome.pairs, outcome.compared = ledger.answers, ledger.pairs(), ledger.compared()
    outcome.versions, outcome.statuses = len(ledger.states), dict(sorted(ledger.statuses.items()))
    outcome.latency = {name: describe(values) for name, values in sorted(soak.taken.items())}
    outcome.steps, outcome.bombs = dict(outcome.steps), dict(outcome.bombs)
    outcome.growth = [measure_growth([each[column] for each in outcome.memory]) for column in (1, 2)]
    return outcome


def close(soak: Soak, one: IO[bytes], two: IO[bytes]) -> None:
    """End a copy with SIGKILL and start it again, then build anew, and ask each for every address."""
    killed = soak.copies["one"].process
    killed.kill()
    killed.wait()
    soak.copies["one"] = start_ours(soak.environment("one"), one)
    soak.say("one copy was killed and has started again")
    asyncio.run(soak.compare())
    built = build(soak.settings.model_copy(update={"var": soak.settings.var / "three"}))
    stop(soak.copies.pop("two").process)
    soak.copies["three"] = start_ours(soak.environment("three"), two)
    soak.say(f"a new build is {built.version}")
    last = asyncio.run(soak.compare())
    if built.version != last:
        soak.ledger.wrong.append(f"a build from data and journal is {built.version}, served was {last}")
