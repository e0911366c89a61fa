"""What an operator sees: readiness, metrics, log lines without personal data; disks that are full, broken or read-only, and stops."""

from __future__ import annotations

import configparser
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from building import copy_built
from fastapi.testclient import TestClient
from rdflib import RDF, Graph, Literal, URIRef

from api.observing import LINES, Log
from kg.bench.serving import find_port, start_ours, stop
from kg.build import Built
from kg.contributions import Contributions, Publisher, graph_name, open_contributions
from kg.errors import StoreFailed
from kg.index import Index
from kg.journal import Change, Journal
from kg.settings import Settings, read_settings
from kg.soak.questions import write_record
from kg.store.local import LocalStore
from kg.terms import DCT, UAEU, thing

ROOT = Path(__file__).resolve().parent.parent
NAME = URIRef("urn:g")


def test_a_copy_that_serves_the_journal_is_ready(client: TestClient) -> None:
    answer = client.get("/ready")
    assert answer.status_code == 200 and answer.json()["ready"] and answer.json()["journal"] == answer.json()["published"]


def test_a_copy_that_cannot_follow_says_why(client: TestClient) -> None:
    client.app.state.following = "the journal gave no answer"  # type: ignore[attr-defined]
    try:
        answer = client.get("/ready")
        assert answer.status_code == 503 and "no answer" in answer.json()["problem"]
    finally:
        client.app.state.following = ""  # type: ignore[attr-defined]


def test_metrics_count_by_route_and_never_by_address(client: TestClient) -> None:
    client.get("/doc/initiative/circular-pp", params={"lang": "en"})
    client.head("/doc/initiative/circular-pp")
    client.get("/no-such-page-of-mine")
    text = client.get("/metrics").text
    assert 'kg_requests_total{method="HEAD",route="/doc/{kind}/{reference}",status="200"}' in text
    assert "circular-pp" not in text and "no-such-page" not in text
    assert f'kg_data_version{{version="{client.app.state.version}"}} 1.0' in text  # type: ignore[attr-defined]


@pytest.mark.parametrize(("address", "route"), [
    ("/data/none/none.nq.gz", "/data/{version}/{file}"), ("/stream/none", "/stream/{page}"), ("/static/style.css", "/static"),
    ("/static/none.css", "/static"), ("/practices", "/practices"), ("/cities.csv?limit=1", "/cities"), ("/no-list-of-mine", "/{name}"),
    ("/doc/theme/food", "/doc/{kind}/{reference}"), ("/no/such/address", "unknown")])
def test_every_route_is_counted_under_its_own_name_also_from_memory(client: TestClient, address: str, route: str) -> None:
    def count() -> float:
        text = client.get("/metrics").text
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith("kg_requests_total{") and f'route="{route}"' in line)

    before = count()
    for _ in range(3):
        client.get(address)
    assert count() == before + 3


def test_lines_are_limited_and_the_gap_is_told() -> None:
    stream, times = io.StringIO(), iter([100.0] * (LINES + 5) + [101.0])
    log = Log(stream, lambda: next(times))
    for number in range(LINES + 6):
        log.write(route="/", number=number)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert len(lines) == LINES + 1 and lines[-1]["omitted_before"] == 5 and lines[0]["time"] == "1970-01-01T00:01:40.000Z"


def big(count: int) -> Graph:
    made = Graph()
    for number in range(count):
        made.add((URIRef(f"urn:{number}"), DCT.title, Literal(f"{number} " + "x" * 200)))
    return made


def one_thing(name: str = "a") -> Graph:
    made = Graph()
    made.add((thing("initiative", name), RDF.type, UAEU.ProcurementInitiative))
    made.add((thing("initiative", name), DCT.title, Literal(name, lang="en")))
    return made


def on_full_disk(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A program whose files may not grow past 16 KiB after it says `full()`; what it reads is what it reads on a full disk."""
    head = ("import resource, signal, sys\nfrom pathlib import Path\nfrom rdflib import Graph, Literal, URIRef\n"
            "def full():\n    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (16384, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))\n"
            "def free():\n    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]\n    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))\n")
    return subprocess.run([sys.executable, "-c", head + program, *words], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put(NAME, big(50))
    before = store.version()
    store.close()
    del store
    done = on_full_disk("""
from kg.errors import StoreFailed
from kg.store.local import LocalStore
sys.path.insert(0, "tests")
from test_operations import big
store = LocalStore(Path(sys.argv[1]))
before = store.version()
full()
try:
    store.put(URIRef("urn:h"), big(3000))
except StoreFailed as error:
    print(error)
assert store.version() == before, "the version moved"
free()
store.close()
""", str(tmp_path / "store"))
    assert done.returncode == 0, done.stderr
    assert "disk is full" in done.stdout and "Nothing was changed" in done.stdout
    again = LocalStore(tmp_path / "store")
    assert again.version() == before and again.names() == [NAME]
    again.put(URIRef("urn:h"), big(3000))
    assert again.size() == 3050


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    journal = Journal(address)
    journal.record("urn:a", "first", Change(b"x"))
    done = on_full_disk("""
import os
from kg.errors import JournalFailed
from kg.journal import Change, Journal
journal = Journal(sys.argv[1])
full()
try:
    journal.record("urn:a", "second", Change(os.urandom(500000)))
except JournalFailed as error:
    print(error)
free()
""", address)
    assert done.returncode == 0, done.stderr
    assert "Nothing was changed" in done.stdout
    assert [event.note for event in journal.events()] == ["first"]
    journal.record("urn:a", "second", Change(b"y"))
    assert journal.sequence() == 2


def test_a_publish_that_a_full_disk_stopped_is_done_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings({}, var=tmp_path / "var")
    store, journal = LocalStore(settings.var / "store"), Journal("sqlite://")
    publisher = Publisher(settings, store, journal)
    contributions = Contributions(store, journal, publisher.follow)
    reference = contributions.receive(one_thing()).contribution.reference
    contributions.accept(reference, "urn:r")
    publisher.follow()
    before, put = store.version(), LocalStore._change

    def refuse(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(LocalStore, "_change", refuse)
    with pytest.raises(StoreFailed, match="No space left"):
        contributions.publish(reference, "urn:r")
    assert store.version() == before and journal.contribution(reference).status == "published"
    monkeypatch.setattr(LocalStore, "_change", put)
    assert publisher.follow() == journal.sequence() and len(store.graph(graph_name(reference)))


def test_a_broken_file_of_the_store_is_named_with_what_to_do(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put(NAME, big(2000))
    store.optimise()
    store.close()
    del store
    files = list((tmp_path / "store").glob("*.sst"))
    assert files
    for path in files:
        content = bytearray(path.read_bytes())
        for at in range(len(content) * 9 // 10):
            content[at] ^= 0x55
        path.write_bytes(content)
    with pytest.raises(StoreFailed) as caught:
        broken = LocalStore(tmp_path / "store")
        list(broken.dump())
    assert "kg build" in caught.value.advice
    for path in files:
        os.truncate(path, path.stat().st_size // 2)
    served = kg("serve", KG_VAR=str(tmp_path))
    assert served.returncode == 1 and "cannot be opened" in served.stderr and "kg build" in served.stderr


def test_a_folder_without_a_graph_says_how_to_build_it(tmp_path: Path) -> None:
    asked = kg("synergies", "initiative/keino", KG_VAR=str(tmp_path / "var"))
    assert asked.returncode == 1 and "no graph is built here yet" in asked.stderr and "kg build" in asked.stderr
    assert not (tmp_path / "var").exists()


def test_a_broken_read_model_is_made_anew(tmp_path: Path) -> None:
    settings = read_settings({}, var=tmp_path / "var")
    with open_contributions(settings) as (contributions, _):
        reference = contributions.receive(one_thing()).contribution.reference
        contributions.accept(reference, "urn:r")
        contributions.publish(reference, "urn:r")
    path = settings.var / "index.sqlite"
    path.write_bytes(b"this is no database, it is a letter to the operator" * 400)
    with pytest.raises(StoreFailed, match="read model"):
        Index(path).version()
    store = LocalStore(settings.var / "store")
    journal = Journal(f"sqlite:///{settings.var / 'journal.sqlite'}")
    Publisher(settings, store, journal).follow()
    assert Index(path).version() == store.version() and Index(path).thing(str(thing("initiative", "a")))


def test_a_disk_that_may_only_be_read_is_named(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "store")
    store.put(NAME, big(5))
    store.close()
    del store
    for path in (*tmp_path.rglob("*"), tmp_path):
        path.chmod(0o555 if path.is_dir() else 0o444)
    options: dict[str, int] = {}
    if os.geteuid() == 0:
        options = {"user": 65534, "group": 65534}
        for parent in tmp_path.parents:
            if parent.is_relative_to("/tmp") and parent != Path("/tmp"):
                parent.chmod(0o755)
    try:
        done = subprocess.run([sys.executable, "-m", "kg", "serve"], cwd=ROOT, capture_output=True, text=True, timeout=120,
                              env={**os.environ, "KG_VAR": str(tmp_path)}, **options)  # type: ignore[call-overload]
    except PermissionError:
        pytest.skip("another user may not run this Python")
    finally:
        for path in (tmp_path, *tmp_path.rglob("*")):
            path.chmod(0o755)
    assert done.returncode == 1 and "cannot be opened" in done.stderr and "may write there" in done.stderr


def test_a_clock_that_jumps_back_changes_no_order(tmp_path: Path) -> None:
    times = iter(datetime(2026, 11, 28, tzinfo=UTC) - timedelta(days=number * 400) for number in range(40))
    settings = read_settings({}, var=tmp_path / "var")
    store, journal = LocalStore(settings.var / "store"), Journal("sqlite://", lambda: next(times))
    publisher = Publisher(settings, store, journal)
    contributions = Contributions(store, journal, publisher.follow)
    references = []
    for name in ("a", "b"):
        references.append(contributions.receive(one_thing(name)).contribution.reference)
        contributions.accept(references[-1], "urn:r")
        contributions.publish(references[-1], "urn:r")
    contributions.withdraw(references[0], "urn:r", "a mistake")
    events = journal.events()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
    assert publisher.sequence() == journal.sequence()
    assert store.names().count(graph_name(references[1])) == 1 and graph_name(references[0]) not in store.names()


def test_a_stop_lets_a_publish_and_a_query_finish(tmp_path: Path, settings: Settings, built: Built) -> None:
    copy_built(settings.var, tmp_path / "var")
    serving = start_ours({"KG_VAR": str(tmp_path / "var"), "KG_REVIEWER_KEY": "k", "KG_POSTS": "0"})
    answers: dict[str, httpx.Response] = {}
    try:
        sent = httpx.post(f"{serving.address}/contributions", content=write_record("1", 1), timeout=300,
                          headers={"Content-Type": "text/turtle", "Accept": "application/json"})
        reference = sent.json()["reference"]

        def ask(name: str, method: str, address: str, **options: object) -> None:
            with suppress(httpx.HTTPError):
                answers[name] = httpx.request(method, serving.address + address, timeout=300, **options)  # type: ignore[arg-type]

        slow = "SELECT (COUNT(*) AS ?n) WHERE { ?a a ?b . ?c a ?d FILTER(STRLEN(STR(?a)) = 41 && STRLEN(STR(?c)) = 41) }"
        threads = [threading.Thread(target=ask, args=("publish", "POST", f"/reviews/{reference}/publish"), kwargs={
            "data": {"why": ""}, "headers": {"Authorization": "Bearer k", "Accept": "application/json"}}),
            threading.Thread(target=ask, args=("query", "GET", "/sparql"), kwargs={"params": {"query": slow}})]
        for thread in threads:
            thread.start()
        journal = Journal(f"sqlite:///{tmp_path / 'var' / 'journal.sqlite'}")
        end = time.monotonic() + 300
        while journal.contribution(reference).status != "published" and time.monotonic() < end:
            time.sleep(0.02)
        serving.process.send_signal(signal.SIGTERM)
        serving.process.wait(300)
        for thread in threads:
            thread.join()
    finally:
        stop(serving.process)
    assert serving.process.returncode in (0, -signal.SIGTERM)
    assert answers["publish"].status_code == 200
    # The query ends with its answer, or past its deadline with the problem that says so; it is not dropped.
    assert answers["query"].status_code in (200, 503)
    assert not list((tmp_path / "var").glob("live-*"))
    store = LocalStore(tmp_path / "var" / "store")
    assert len(store.graph(graph_name(reference))) and Index(tmp_path / "var" / "index.sqlite").version() == store.version()


def test_a_service_says_that_it_answers_when_it_does(tmp_path: Path, settings: Settings, built: Built) -> None:
    copy_built(settings.var, tmp_path)
    port = find_port()
    with subprocess.Popen([sys.executable, "-m", "kg", "serve", "--port", str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "KG_VAR": str(tmp_path)}) as process:
        try:
            assert process.stdout is not None
            assert f"answers on http://127.0.0.1:{port}/ " in process.stdout.readline()
            assert httpx.get(f"http://127.0.0.1:{port}/ready", timeout=60).status_code == 200
        finally:
            stop(process)


@pytest.mark.parametrize("store", ["http://127.0.0.1:9/query", "nonsense"])
def test_a_service_without_its_engine_says_so_in_one_sentence(tmp_path: Path, store: str) -> None:
    served = kg("serve", "--port", str(find_port()), KG_VAR=str(tmp_path), KG_STORE=store)
    assert served.returncode == 1 and served.stdout == "" and len(served.stderr.splitlines()) == 1
    assert ("the engine gave no answer" if store.startswith("http") else "KG_STORE: 'nonsense' is no address") in served.stderr
    assert "query=" not in served.stderr


def test_the_unit_is_one_that_systemd_reads(tmp_path: Path) -> None:
    path = ROOT / "urban-agenda-kg.service"
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    assert unit.sections() == ["Unit", "Service", "Install"]
    service = unit["Service"]
    assert service["DynamicUser"] == "yes" and service["ProtectSystem"] == "strict" and service["Restart"] == "on-failure"
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is missing, so only the form of the unit was read")
    # The programs of the unit are not installed here; everything else has to be understood.
    copy = tmp_path / path.name
    copy.write_text(path.read_text(encoding="utf-8").replace("/opt/urban-agenda-kg/bin/kg", "/bin/true"), encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, timeout=60)
    complaints = [line for line in done.stderr.splitlines() if path.name in line]
    assert not complaints, complaints


def test_the_containerfile_is_slim_unprivileged_and_has_what_it_copies() -> None:
    lines = [line for line in (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    steps = [line.split(" ", 1) for line in lines]
    known = {"FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}
    assert {step for step, _ in steps} <= known and steps[0][0] == "FROM" and steps[0][1].endswith("-slim")
    for step, rest in steps:
        if step == "COPY":
            assert all((ROOT / source).exists() for source in rest.split()[:-1]), rest
        if step == "CMD":
            assert isinstance(json.loads(rest), list)
    names = [step for step, _ in steps]
    assert dict(map(tuple, steps))["USER"] == "kg" and names.index("USER") < names.index("CMD") and names.count("VOLUME") == 1  # type: ignore[arg-type]
    assert re.search(r"useradd --system --uid \d{5}", "\n".join(lines))
    # the journal of several copies is on PostgreSQL
    assert re.search(r"pip install .*--constraint requirements.lock '\.\[postgresql\]'", "\n".join(lines))


def kg(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("KG_")}
    return subprocess.run([sys.executable, "-m", "kg", *words], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          env={**environment, **variables})
