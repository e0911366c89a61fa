"""Worker processes that are killed are there again, whoever kills them; a query is answered or told why not."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sparql_service import Service, run_service
from test_sparql_protocol import BOMB, COUNT, is_problem, number

from kg.bench.serving import find_children

PATIENCE = 30.0


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with run_service(tmp_path_factory.mktemp("pool"), sparql_workers=2, sparql_seconds=5.0) as running:
        await_until(lambda: running.app.state.pool.idle == 2)
        yield running


def await_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.005)


def workers_of(service: Service) -> list[int]:
    """Processes of the pool: forks of the fork server, which serves every pool of this process."""
    from kg.sparql.forkserver import load_fork_server

    server = load_fork_server()._process
    assert server is not None
    return find_children(server.pid)


def test_a_process_that_is_killed_while_it_rests_is_replaced_unseen(service: Service) -> None:
    before = workers_of(service)
    for process in before:
        os.kill(process, signal.SIGKILL)
    await_until(lambda: service.app.state.pool.idle == 2 and set(workers_of(service)).isdisjoint(before))
    assert number(service.get(COUNT)) == 1801


def test_a_process_that_is_killed_while_it_answers_is_told_and_replaced(service: Service) -> None:
    pool = service.app.state.pool
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(service.get, BOMB)
        await_until(lambda: pool.running == 1)
        for process in workers_of(service):
            os.kill(process, signal.SIGKILL)
        is_problem(asked.result(), 503)
    await_until(lambda: pool.idle == 2)
    assert number(service.get(COUNT)) == 1801


def test_the_fork_server_begins_anew(service: Service) -> None:
    from kg.sparql.forkserver import load_fork_server

    server, before = load_fork_server()._process, workers_of(service)
    assert server is not None
    server.kill()
    await_until(lambda: load_fork_server()._process is not server and service.app.state.pool.idle == 2)
    await_until(lambda: set(workers_of(service)).isdisjoint(before) and not any(alive(process) for process in before))
    assert number(service.get(COUNT)) == 1801


def test_a_query_whose_fork_server_ends_begins_anew(service: Service) -> None:
    from kg.sparql.forkserver import load_fork_server

    server, pool = load_fork_server()._process, service.app.state.pool
    assert server is not None
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(service.get, BOMB)
        await_until(lambda: pool.running == 1)
        server.kill()
        problem = is_problem(asked.result(), 503)
    assert "ended after 5 seconds" in problem["detail"]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_query_past_its_deadline_leaves_a_full_pool(service: Service) -> None:
    pool = service.app.state.pool
    is_problem(service.get(BOMB), 503)
    await_until(lambda: pool.idle == 2 and pool.running == 0)


def test_a_pool_that_closes_leaves_no_process(tmp_path_factory: pytest.TempPathFactory) -> None:
    from kg.sparql.forkserver import load_fork_server

    server = load_fork_server()._process
    others = set(find_children(server.pid)) if server is not None else set()
    with run_service(tmp_path_factory.mktemp("closing"), sparql_workers=3) as running:
        assert number(running.get(COUNT)) == 1801
        await_until(lambda: running.app.state.pool.idle == 3)
        before = set(workers_of(running)) - others
        assert len(before) == 3
    await_until(lambda: not before & set(workers_of(running)))
