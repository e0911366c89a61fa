"""Every way in by HTTP, up to the published graph and back out: form, spreadsheet, RDF, and what is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from building import copy_built
from fastapi.testclient import TestClient
from openpyxl import Workbook
from typer.testing import CliRunner

from api.app import create_app
from kg.build import Built
from kg.cli import make_app
from kg.contributions import add_key
from kg.settings import Settings, read_settings
from kg.store.local import LocalStore

PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
REVIEWER = {"Authorization": "Bearer first-key-of-the-test", "Accept": "application/json"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = ("id", "name", "city", "themes")
RIGHT = {"form": "practice", "name": "Orchard fruit for all schools", "city": "Haarlem", "themes": "local-food", "year": "2021",
         "outcome_value": "50", "outcome_unit": "percent", "outcome_metric": "co2-reduction", "outcome_status": "measured",
         "source_url": "https://example.org/fruit"}
TURTLE = """@prefix dct: <http://purl.org/dc/terms/> .
@prefix uaeu: <https://w3id.org/uaeu-kg/ontology#> .
<https://w3id.org/uaeu-kg/id/practice/orchard-fruit-ttl> a uaeu:ProcurementPractice ; dct:title "Orchard fruit in Turtle"@en ;
    uaeu:theme <https://w3id.org/uaeu-kg/voc/theme/local-food> .
"""


@pytest.fixture(scope="module")
def var(settings: Settings, built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_built(settings.var, tmp_path_factory.mktemp("contributing"))


@pytest.fixture(scope="module")
def service(var: Path) -> Iterator[TestClient]:
    store = LocalStore(var / "store")
    with TestClient(create_app(read_settings({}, var=var, reviewer_key="first-key-of-the-test", posts=0), store), follow_redirects=False) as client:
        yield client
    store.close()


def fill(*rows: tuple[object, ...]) -> bytes:
    workbook, stream = Workbook(), io.BytesIO()
    workbook.active.title = "practices"
    for row in rows:
        workbook.active.append(row)
    workbook.save(stream)
    return stream.getvalue()


def find(service: TestClient, words: str) -> list[str]:
    found = service.get("/search", params={"q": words}, headers={"Accept": "application/json"}).json()
    return [hit["iri"] for hit in found["hits"] if hit["label"].startswith(words)]


def publish(service: TestClient, reference: str) -> None:
    done = service.post(f"/reviews/{reference}/publish", headers=REVIEWER)
    assert done.status_code == 200 and done.json()["status"] == "published", done.text


def test_every_form_and_template_is_offered(service: TestClient) -> None:
    page = service.get("/contribute", headers=PAGE).text
    for name in ("practice", "initiative", "result", "need", "offer", "organisation", "public-organisation", "recovery-survey"):
        assert f'href="/contribute/{name}"' in page
        assert service.get(f"/contribute/{name}", headers=PAGE).status_code == 200
        assert service.get(f"/contribute/{name}.xlsx").content[:2] == b"PK"
        assert service.get(f"/contribute/{name}.csv").text.lstrip("\ufeff").startswith("id,")
    assert service.get("/contribute/nothing").status_code == 404
    assert service.get("/contribute/practice.doc").status_code == 406


def test_a_wrong_form_comes_back_filled_with_each_message_at_its_field(service: TestClient) -> None:
    answer = service.post("/contributions", data={**RIGHT, "name": "", "year": "May", "city": "Haarlm", "outcome_unit.2": "<b>kg</b>"}, headers=PAGE)
    assert answer.status_code == 422
    for key in ("name", "year", "city", "licence"):
        assert f'href="#{key}"' in answer.text
    for key in ("name", "year", "city", "outcome_value-2"):
        assert f'aria-describedby="{key}-help {key}-remarks" aria-invalid="true"' in answer.text
    assert 'value="Haarlm"' in answer.text and "&lt;b&gt;kg&lt;/b&gt;" in answer.text and "<b>kg" not in answer.text
    assert not service.get("/reviews?status=", headers=REVIEWER).json()


def test_a_german_officer_writes_german_and_finds_each_language_by_its_own_name(service: TestClient) -> None:
    page = service.get("/contribute/practice?lang=de", headers=PAGE).text
    assert '<option value="de" lang="de" selected>Deutsch</option>' in page and ">français</option>" in page and ">German<" not in page
    english = service.post("/contributions?lang=de", data={**RIGHT, "year": "May"}, headers=PAGE).text
    assert '<option value="en" lang="en" selected>English</option>' in english


def test_all_that_is_wrong_in_one_field_is_said_at_once(service: TestClient) -> None:
    """A value that is no number and has neither status nor value before: who mends one must not be sent back for the other."""
    sent = {**RIGHT, "outcome_value": "50%", "outcome_status": ""}
    found = service.post("/contributions?lang=de", data=sent, headers={"Accept": "application/json"}).json()["remarks"]
    wrong = {each["code"]: each for each in found if each["severity"] == "Violation"}
    assert set(wrong) == {"ProcurementPractice-outcome_value.Pattern", "SupportedValue-standing.MinCount"}
    assert wrong["ProcurementPractice-outcome_value.Pattern"]["advice"] == "Schreiben Sie 50."


def test_a_number_that_python_knows_and_xsd_does_not_is_said_at_its_line(service: TestClient) -> None:
    city = ("<https://w3id.org/uaeu-kg/id/city/nan> a <https://w3id.org/uaeu-kg/ontology#City> ;\n"
            ' <http://www.w3.org/2003/01/geo/wgs84_pos#lat> "nan"^^<http://www.w3.org/2001/XMLSchema#decimal> .\n')
    answer = service.post("/validate", content=city.encode(), headers={"Content-Type": "text/turtle", "Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    found = next(each for each in answer.json()["remarks"] if each["code"] == "City-latitude.Datatype")
    assert found["line"] == 2


def test_one_more_part_is_added_without_script(service: TestClient) -> None:
    answer = service.post("/contributions", data={**RIGHT, "add": "outcomes"}, headers=PAGE)
    assert answer.status_code == 200 and 'name="outcome_value.2"' in answer.text and 'name="outcome_value.3"' not in answer.text
    assert 'value="50"' in answer.text
    again = service.post("/contributions", data={**RIGHT, "add": "name"}, headers=PAGE)
    assert 'name="name.2"' in again.text and 'name="name.2@"' in again.text


def test_a_form_becomes_a_draft_that_only_its_sender_sees(service: TestClient) -> None:
    sent = service.post("/contributions", data={**RIGHT, "licence": "CC-BY-4.0", "contact": "fruit@example.org"}, headers=PAGE)
    assert sent.status_code == 303
    link = sent.headers["location"]
    reference, token = link.split("?")[0].rsplit("/", 1)[1], parse_qs(urlsplit(link).query)["token"][0]
    draft = service.get(link, headers=PAGE)
    assert draft.status_code == 200 and "Not sent yet" in draft.text and "Orchard fruit for all schools" in draft.text
    assert "fruit@example.org" not in draft.text and draft.headers["cache-control"] == "no-store"
    for hidden in (f"/contributions/{reference}", f"/contributions/{reference}?token=wrong"):
        assert service.get(hidden, headers=PAGE).status_code == 403
        assert "Orchard" not in service.get(hidden, headers=PAGE).text
    edit = service.get(f"/contributions/{reference}/edit?token={token}", headers=PAGE)
    assert 'value="Orchard fruit for all schools"' in edit.text and 'value="50"' in edit.text and "fruit@example.org" not in edit.text
    changed = service.post(f"/contributions/{reference}/edit", data={**RIGHT, "token": token, "outcome_value": "60"}, headers=PAGE)
    assert changed.status_code == 303 and "60" in service.get(link, headers=PAGE).text
    assert service.post(f"/contributions/{reference}/submit", data={"token": token}, headers=PAGE).status_code == 303
    assert "Sent." in service.get(link, headers=PAGE).text
    assert not find(service, "Orchard fruit for all"), "nothing is public before it is published"
    assert service.post(f"/contributions/{reference}/nothing", data={"token": token}).status_code == 404


def test_the_new_version_of_a_record_takes_its_place(service: TestClient) -> None:
    record = "https://w3id.org/uaeu-kg/id/practice/aalborg-ict-buy-back"
    sent = service.post("/contributions", data={**RIGHT, "name": "Buying back ICT equipment", "licence": "CC-BY-4.0",
                                                  "contact": "a@example.org"}, headers=PAGE)
    link = sent.headers["location"]
    assert "Is it this one?" in service.get(link, headers=PAGE).text
    token = parse_qs(urlsplit(link).query)["token"][0]
    foreign = service.post(f"{link.split('?')[0]}/adopt", data={"token": token, "record": "https://w3id.org/uaeu-kg/id/city/haarlem"})
    assert foreign.status_code == 400
    adopted = service.post(f"{link.split('?')[0]}/adopt", data={"token": token, "record": record}, headers=PAGE)
    assert adopted.status_code == 303
    status = service.get(adopted.headers["location"], headers={"Accept": "application/json"}).json()
    assert status["replaces"] == [record] and status["records"] == [record]
    assert service.get(link, headers={"Accept": "application/json"}).json()["status"] == "withdrawn"
    old, new = (each.partition("?")[0].rsplit("/", 1)[1] for each in (link, adopted.headers["location"]))
    journal = service.app.state.journal  # type: ignore[attr-defined]
    assert (journal.contact(old), journal.contact(new)) == ("", "a@example.org")
    assert service.get(f"/contributions/{old}").status_code == 403
    erased = service.post(f"/reviews/{new}/erase-contact", headers=REVIEWER)
    assert erased.status_code == 200 and not journal.contact(new) and journal.events(reference=new)[-1].kind == "erased-contact"
    unasked = service.post("/contributions", data={**RIGHT, "id": "aalborg-ict-buy-back"})
    assert unasked.status_code == 422 and "published already" in unasked.text


def test_what_a_newer_record_supersedes_is_nowhere_any_more(service: TestClient) -> None:
    sent = [service.post("/contributions", data={**RIGHT, "name": name}).json() for name in ("Orchard sorbs", "Orchard hazelnuts")]
    references, record = [each["reference"] for each in sent], sent[0]["records"][0].rpartition("/")[2]
    publish(service, references[0])
    assert find(service, "Orchard sorbs")
    missing = service.post(f"/reviews/{references[1]}/publish", data={"supersedes": "0" * 12}, headers=REVIEWER)
    waiting = service.post("/contributions", data={**RIGHT, "name": "Orchard almonds"}).json()["reference"]
    pending = service.post(f"/reviews/{references[1]}/publish", data={"supersedes": waiting}, headers=REVIEWER)
    assert (missing.status_code, pending.status_code) == (404, 409)
    assert service.get(f"/reviews/{references[1]}", headers=REVIEWER).json()["status"] == "submitted"
    done = service.post(f"/reviews/{references[1]}/publish", data={"supersedes": references[0]}, headers=REVIEWER)
    assert done.status_code == 200 and not find(service, "Orchard sorbs") and find(service, "Orchard hazelnuts")
    assert service.get(f"/doc/practice/{record}.json").status_code == 410
    for address in ("/suggest?q=Orchard+sorbs", "/practices.json?q=Orchard+sorbs", "/sitemap.xml"):
        assert f"practice/{record}" not in service.get(address).text, address


def test_a_spreadsheet_gets_a_report_by_sheet_row_and_column_and_then_through(service: TestClient) -> None:
    wrong = fill(COLUMNS, ("orchard-pears", "Orchard pears", "Haarlm", "local-food"))
    page = service.post("/contributions", files={"file": ("pears.xlsx", wrong, XLSX)}, data={"licence": "CC-BY-4.0"}, headers=PAGE)
    assert page.status_code == 422 and "practices, row 2, column C" in page.text and "Haarlem".lower() in page.text.lower()
    program = service.post("/contributions", content=wrong, headers={"Content-Type": XLSX})
    assert program.status_code == 422 and program.headers["content-type"] == "application/problem+json"
    assert {(each.get("where"), each.get("line"), each.get("column")) for each in program.json()["remarks"] if each["severity"] == "Violation"} \
        == {("practices", 2, 3)}
    right = service.post("/contributions", content=fill(COLUMNS, ("orchard-pears", "Orchard pears", "Haarlem", "local-food")),
                         headers={"Content-Type": XLSX})
    assert right.status_code == 201 and right.headers["location"].endswith(right.json()["page"].rsplit("/", 1)[1])
    reference, token = right.json()["reference"], parse_qs(urlsplit(right.json()["page"]).query)["token"][0]
    publish(service, reference)
    record = "https://w3id.org/uaeu-kg/id/practice/orchard-pears"
    assert find(service, "Orchard pears") == [record]
    described = service.get("/doc/practice/orchard-pears", headers={"Accept": "text/turtle"})
    assert described.status_code == 200 and "Orchard pears" in described.text
    public = service.get(f"/contributions/{reference}", headers=PAGE)
    assert public.status_code == 200 and "Published" in public.text and token not in public.text and "Withdraw it" not in public.text
    again = service.post("/contributions", content=fill(COLUMNS, ("orchard-pears", "Orchard pears, and apples", "Haarlem", "local-food")),
                         headers={"Content-Type": XLSX})
    assert again.status_code == 201 and again.json()["replaces"] == [record]
    assert service.post(f"/contributions/{reference}/withdraw", data={"token": "wrong", "why": "no"}).status_code == 403
    assert service.post(f"/contributions/{reference}/withdraw", data={"token": token, "why": "It was wrong."}).json()["status"] == "withdrawn"
    assert not find(service, "Orchard pears")
    assert service.get("/doc/practice/orchard-pears").status_code == 410


def test_csv_and_rdf_go_in_as_well(service: TestClient) -> None:
    rows = "id;name;themes\norchard-plums;Prunes @fr;local-food\n"
    sent = service.post("/contributions?form=practice", content=rows.encode(), headers={"Content-Type": "text/csv"})
    assert sent.status_code == 201 and sent.json()["records"] == ["https://w3id.org/uaeu-kg/id/practice/orchard-plums"]
    turtle = service.post("/contributions", content=TURTLE.encode(), headers={"Content-Type": "text/turtle", "From": "a@example.org"})
    assert turtle.status_code == 201, turtle.text
    wrong = service.post("/contributions", content=TURTLE.replace("voc/theme/local-food", "voc/theme/nothing").encode(),
                         headers={"Content-Type": "text/turtle"})
    assert wrong.status_code == 422 and [each["line"] for each in wrong.json()["remarks"] if each["severity"] == "Violation"] == [4]
    page = service.post("/contributions", files={"file": ("fruit.ttl", TURTLE.encode(), "text/turtle")}, data={"licence": "yes"}, headers=PAGE)
    assert page.status_code == 303 and "Orchard fruit in Turtle" in service.get(page.headers["location"], headers=PAGE).text


@pytest.mark.parametrize("statement", [
    "<https://w3id.org/uaeu-kg/ontology#City> <http://www.w3.org/2000/01/rdf-schema#label> \"Town\"@en .",
    "<https://w3id.org/uaeu-kg/voc/theme/local-food> <http://purl.org/dc/terms/title> \"Mine\"@en .",
    "<https://w3id.org/uaeu-kg/graph/journal> <http://purl.org/dc/terms/title> \"Mine\"@en .",
    "<https://example.org/things/1> <http://purl.org/dc/terms/title> \"Not mine\"@en .",
    "<https://w3id.org/uaeu-kg/id/practice/orchard-fruit-ttl> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <https://example.org/> .",
    "<https://w3id.org/uaeu-kg/id/practice/orchard-fruit-ttl> <http://www.w3.org/2002/07/owl#imports> <https://example.org/> .",
])
def test_nobody_describes_the_model_or_things_of_others(service: TestClient, statement: str) -> None:
    answer = service.post("/contributions", content=f"{TURTLE}{statement}\n".encode(), headers={"Content-Type": "text/turtle"})
    assert answer.status_code == 422
    assert [each["line"] for each in answer.json()["remarks"] if each["severity"] == "Violation"] == [TURTLE.count("\n") + 1]


def test_a_partner_describes_the_things_of_its_own_space(service: TestClient) -> None:
    agent = "https://w3id.org/uaeu-kg/id/organisation/iclei"
    _, secret = add_key(service.app.state.journal, agent, "partner", "https://data.example.org/id/")  # type: ignore[attr-defined]
    own = TURTLE.replace("https://w3id.org/uaeu-kg/id/practice/orchard-fruit-ttl", "https://data.example.org/id/fruit")
    headers = {"Content-Type": "text/turtle", "Authorization": f"Bearer {secret}"}
    sent = service.post("/contributions", content=own.encode(), headers=headers)
    assert sent.status_code == 201 and sent.json()["agent"] == agent, sent.text
    assert service.post("/contributions", content=own.encode(), headers={"Content-Type": "text/turtle"}).status_code == 422
    for way in ("../fruit", "%2E%2e/fruit", "a/..", "./fruit"):
        out = own.replace("https://data.example.org/id/fruit", f"https://data.example.org/id/{way}")
        assert service.post("/contributions", content=out.encode(), headers=headers).status_code == 422, way


def test_what_a_partner_sends_anew_of_its_own_space_takes_the_place_of_what_it_sent(service: TestClient) -> None:
    thing = "https://data.orchard.example/id/pears"
    _, secret = add_key(service.app.state.journal, thing, "partner", "https://data.orchard.example/id/")  # type: ignore[attr-defined]
    headers = {"Content-Type": "text/turtle", "Authorization": f"Bearer {secret}"}

    def send(title: str) -> dict[str, object]:
        own = TURTLE.replace("https://w3id.org/uaeu-kg/id/practice/orchard-fruit-ttl", thing).replace("Orchard fruit in Turtle", title)
        sent: dict[str, object] = service.post("/contributions", content=own.encode(), headers=headers).json()
        return sent

    def publish(sent: dict[str, object]) -> int:
        return service.post(f"/reviews/{sent['reference']}/publish", headers=REVIEWER).status_code

    def ask() -> list[str]:
        query = f"SELECT ?title WHERE {{ <{thing}> <http://purl.org/dc/terms/title> ?title }} ORDER BY ?title"
        return service.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"}).text.split("\r\n")[1:-1]

    first, twin = send("Pears"), send("Pears again")
    assert publish(first) == 200 and publish(twin) == 409 and ask() == ["Pears"]
    second = send("Pears and apples")
    assert second["replaces"] == [thing]
    assert publish(second) == 200 and ask() == ["Pears and apples"]
    assert service.post(f"/reviews/{second['reference']}/withdraw", data={"why": "A slip."}, headers=REVIEWER).status_code == 200
    assert ask() == ["Pears"]


def test_a_thing_of_a_partners_own_space_is_found_and_listed_with_the_others_and_leads_to_the_partner(service: TestClient) -> None:
    thing = "https://data.plums.example/id/plums"
    _, secret = add_key(service.app.state.journal, thing, "partner", "https://data.plums.example/id/")  # type: ignore[attr-defined]
    own = TURTLE.replace("https://w3id.org/uaeu-kg/id/practice/orchard-fruit-ttl", thing).replace("Orchard fruit in Turtle", "Plums for schools")
    sent = service.post("/contributions", content=own.encode(), headers={"Content-Type": "text/turtle", "Authorization": f"Bearer {secret}"}).json()
    assert find(service, "Plums") == [] and not service.get("/practices.json?q=plums").json()["total"]
    publish(service, sent["reference"])
    assert find(service, "Plums") == [thing]
    listed = service.get("/practices.json?q=plums&theme=local-food").json()
    assert [each["iri"] for each in listed["things"]] == [thing]
    page = service.get("/practices?q=plums", headers=PAGE).text
    assert f'href="{thing}"' in page and "Plums for schools" in page
    query = next(unescape(text) for text in re.findall(r"<pre tabindex=\"0\"><code>(.+?)</code>", page, re.DOTALL) if "own space" in text)
    rows = service.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"}).text
    assert thing in rows and "Plums for schools" in rows
    asked = re.search(r'query=([^"]+)"', service.get("/search?q=plums", headers=PAGE).text)
    assert asked and thing in service.get(f"/sparql?query={unescape(asked[1])}", headers={"Accept": "text/csv"}).text
    service.app.state.publisher.follow()  # type: ignore[attr-defined]  # synergies come a moment later
    address, ends = "/synergies.json?theme=local-food&limit=100", set[str]()
    while address:
        stretch = service.get(address).json()
        address, ends = stretch["next"] or "", ends | {end for each in stretch["synergies"] for end in (each["one"], each["other"])}
    assert thing in ends
    service.post(f"/reviews/{sent['reference']}/withdraw", data={"why": "A slip."}, headers=REVIEWER)
    assert find(service, "Plums") == [] and not service.get("/practices.json?q=plums").json()["total"]


@pytest.mark.parametrize("record", [
    "https://w3id.org/uaeu-kg/ontology#ProcurementPractice", "https://w3id.org/uaeu-kg/id/initiative/circular-pp", "hello", "foo> bar",
    "https://w3id.org/uaeu-kg/id/practice/no-such-practice"])
def test_a_form_replaces_published_records_of_its_own_kind_alone(service: TestClient, record: str) -> None:
    answer = service.post("/contributions", data={**RIGHT, "name": "Orchard quinces", "replaces": record})
    assert answer.status_code == 400 and "no published record of the same kind" in answer.json()["detail"], answer.text


def test_what_was_never_published_stays_private_when_it_is_withdrawn(service: TestClient) -> None:
    sent = service.post("/contributions", data={**RIGHT, "name": "Orchard medlars"}).json()
    address, token = f"/contributions/{sent['reference']}", parse_qs(urlsplit(sent["page"]).query)["token"][0]
    assert service.get(address).status_code == 403
    assert service.post(f"{address}/withdraw", data={"token": token, "why": "our own affair"}).json()["status"] == "withdrawn"
    assert service.get(address).status_code == 403 and "our own affair" not in service.get(address).text
    assert service.get(address, params={"token": token}).status_code == 200


def test_an_edit_replaces_what_is_public_by_then(service: TestClient) -> None:
    """Somebody else had the same record published in the meantime."""
    form = {**RIGHT, "name": "Orchard walnuts"}
    first, second = (service.post("/contributions", data=form).json() for _ in range(2))
    publish(service, first["reference"])
    assert service.post(f"/reviews/{second['reference']}/publish", headers=REVIEWER).status_code == 409
    assert service.post(f"/reviews/{second['reference']}/request-changes", data={"why": "Is it the same?"}, headers=REVIEWER).status_code == 200
    token = parse_qs(urlsplit(second["page"]).query)["token"][0]
    edited = service.post(f"/contributions/{second['reference']}/edit", data={**form, "token": token, "name": "Orchard walnuts, shelled"})
    assert edited.json()["replaces"] == second["records"], edited.text
    service.post(f"/contributions/{second['reference']}/submit", data={"token": token})
    publish(service, second["reference"])
    assert find(service, "Orchard walnuts") == second["records"]


def test_a_page_of_another_site_does_not_speak_in_the_name_of_a_key(service: TestClient) -> None:
    form, elsewhere = {**RIGHT, "name": "Orchard olives"}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert service.post("/contributions", data=form, headers=elsewhere, auth=("x", "first-key-of-the-test")).status_code == 403
    assert service.post("/contributions", data=form, headers=elsewhere).json()["agent"].endswith("/agent/public")
    own = service.post("/contributions", data=form, headers={"Sec-Fetch-Site": "same-origin"}, auth=("x", "first-key-of-the-test"))
    assert own.status_code == 201 and own.json()["agent"].endswith("/agent/maintainers")


def test_an_answer_to_the_survey_says_which_survey_and_describes_a_practice(service: TestClient) -> None:
    sent = service.post("/contributions", data={**RIGHT, "form": "recovery-survey", "name": "Orchard vouchers after the crisis"})
    assert sent.status_code == 201, sent.text
    changes = service.get(f"/reviews/{sent.json()['reference']}", headers=REVIEWER).json()["differences"]
    stated = {(each["predicate"].rsplit("#", 1)[-1], each["value"]) for each in changes}
    assert ("inResponseTo", "<https://w3id.org/uaeu-kg/id/survey/pp-recovery-survey>") in stated
    assert ("describesRecord", f"<{sent.json()['records'][0]}>") in stated


@pytest.mark.parametrize(("content", "headers", "status"), [
    (b"form=practice&nonsense=1", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    (b"form=nothing", {"Content-Type": "application/x-www-form-urlencoded"}, 404),
    (b"name=a", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    (b"&".join(b"themes=a" for _ in range(3000)), {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    (b"\xff=\xff", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
    (b"--x\r\nbroken", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
    (b"", {"Content-Type": "multipart/form-data"}, 400),
    (b"{", {"Content-Type": "application/ld+json"}, 400),
    (b"PK\x03\x04", {"Content-Type": XLSX}, 400),
    (b"\x00" * 100, {"Content-Type": "text/csv"}, 400),
    (b"id\n", {"Content-Type": "text/csv"}, 400),
    (b"id,pref_label\nmine,Mine\n", {"Content-Type": "text/csv", "X-Form": "themes"}, 400),
    (b"a" * (11 * 2**20), {"Content-Type": "text/turtle"}, 413),
    (b"<a> <b> <c> .", {"Content-Type": "text/turtle", "Authorization": "Bearer nobody"}, 401),
])
def test_what_cannot_be_taken_is_refused_in_a_sentence(service: TestClient, content: bytes, headers: dict[str, str], status: int) -> None:
    answer = service.post(f"/contributions?form={headers.get('X-Form', '')}", content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json") and len(answer.json()["detail"]) > 20


def test_the_command_prints_the_report_and_puts_it_into_the_journal(settings: Settings, built: Built, tmp_path: Path,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    copy_built(settings.var, tmp_path / "var")
    monkeypatch.setenv("KG_VAR", str(tmp_path / "var"))
    path = tmp_path / "practices.csv"
    path.write_text("id,name,city,themes\norchard-figs,Orchard figs,Haarlm,local-food\n", encoding="utf-8")
    wrong = CliRunner().invoke(make_app(), ["contribute", str(path)])
    assert wrong.exit_code == 2 and "line 2, column 3" in wrong.output
    path.write_text("id,name,city,themes\norchard-figs,Orchard figs,Haarlem,local-food\n", encoding="utf-8")
    right = CliRunner().invoke(make_app(), ["contribute", str(path), "--contact", "a@example.org"])
    assert right.exit_code == 0 and "Taken as" in right.output and "?token=" in right.output
