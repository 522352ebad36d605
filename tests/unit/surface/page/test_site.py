from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from tests.unit.surface.page.showing import Shown, end, record
from tests.unit.surface.seen import connection_state

from farshore.core.address import LOOPBACK, HostPort
from farshore.core.outcome import Code
from farshore.incident.examiner import NotExamined
from farshore.incident.recorder import Around, Recorder
from farshore.incident.shelf import Shelf
from farshore.surface.http import admin_app
from farshore.surface.page.site import Site
from farshore.surface.page.stream import Broadcast
from farshore.surface.views import Kept, Views

pytestmark = pytest.mark.anyio


class NoExaminer:
    async def examine(self, *_: object, **__: object) -> NotExamined:
        return NotExamined(reason="not here")


@asynccontextmanager
async def browsing(shown: Shown, views: Views | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    views = views or shown.views
    app = admin_app(views, HostPort(LOOPBACK, 9809), Site(views, shown.pulse, shown.clock).routes())
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:9809") as client:
        yield client


def keeping(shown: Shown, folder: Path) -> Views:
    shelf = Shelf(folder=folder, keep=10)
    for each in shown.records:
        shelf.save(each)
    around = Around(routes=shown.gateway.routes, examiner=NoExaminer(), announce=lambda _: None, clock=shown.clock)
    return Views(shown.gateway, shown.clock, Kept(recorder=Recorder(around, shelf)))


async def test_the_page_stands_at_the_root() -> None:
    shown = Shown()
    shown.pulse.announce(end(Code.NO_ANSWER, detail="nobody answered"))
    async with browsing(shown) as client:
        answer = await client.get("/")
    assert answer.status_code == 200
    assert "nobody answered" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_page_from_elsewhere_cannot_read_it_by_rebinding_its_name() -> None:
    async with browsing(Shown()) as client:
        answer = await client.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 421


async def test_an_incident_has_its_page_and_its_report(tmp_path: Path) -> None:
    shown = Shown(records=(record(),))
    views = keeping(shown, tmp_path)
    async with browsing(shown, views) as client:
        page, none = await client.get("/incidents/2023-11-14-1"), await client.get("/incidents/2023-11-14-1/report")
        (tmp_path / "2023-11-14-1" / "report.html").write_text("<h1>told</h1>")
        report = await client.get("/incidents/2023-11-14-1/report")
    assert (page.status_code, none.status_code) == (200, 404)
    assert "M01 Router has died (proven)" in page.text
    assert report.text == "<h1>told</h1>"
    assert report.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("name", ["2023-11-14-9", "%2e%2e", "..%2f2023-11-14-1", "%2e%2e%2fsecret-1", "../x-1"])
async def test_a_name_that_is_no_incident_reads_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "report.html").write_text("secret")
    (tmp_path / "inner").mkdir()
    shown = Shown(records=(record(),))
    async with browsing(shown, keeping(shown, tmp_path / "inner")) as client:
        answers = [await client.get(f"/incidents/{name}{more}") for more in ("", "/report")]
    assert {answer.status_code for answer in answers} == {404}
    assert "secret" not in "".join(answer.text for answer in answers)


async def test_static_files_are_typed_and_not_sent_twice() -> None:
    async with browsing(Shown()) as client:
        first = await client.get("/static/page.css")
        again = await client.get("/static/page.css", headers={"if-none-match": first.headers["etag"]})
        missing = await client.get("/static/..%2f__init__.py")
    assert (first.status_code, again.status_code, missing.status_code) == (200, 304, 404)
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    assert first.headers["x-content-type-options"] == "nosniff"


async def test_connections_are_paged_and_filtered_without_a_script() -> None:
    shown = Shown()
    shown.gateway.connection_states = [connection_state(number) for number in range(250)]
    async with browsing(shown) as client:
        first = await client.get("/connections")
        last = await client.get("/connections", params={"offset": "200", "part": "table"})
        none = await client.get("/connections", params={"contains": "<b>", "route": "8082"})
    assert "1 to 100 of 250 open connections" in first.text
    assert "201 to 250 of 250" in last.text
    assert "<html" not in last.text
    assert "No open connection like this" in none.text
    assert 'value="&lt;b&gt;"' in none.text


@pytest.mark.parametrize(("path", "who"), [("/api/v1/stream", "browsers"), ("/api/v1/watch", "programs")])
async def test_the_stream_is_one_of_events_and_full_when_too_many_watch(
    monkeypatch: pytest.MonkeyPatch, path: str, who: str
) -> None:
    shown = Shown()
    views = shown.views
    site = Site(views, shown.pulse, shown.clock)
    app = admin_app(views, HostPort(LOOPBACK, 9809), site.routes())
    site.close()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1:9809") as client:
        closed = await client.get(path)
        monkeypatch.setattr(Broadcast, "is_full", True)
        full = await client.get(path)
    assert closed.headers["content-type"].startswith("text/event-stream")
    assert closed.text == "retry: 500\n\n"
    assert (full.status_code, full.headers["retry-after"]) == (503, "30")
    assert full.json() == {"error": f"too many {who} watch already"}


async def test_the_last_hour_is_told_for_the_charts() -> None:
    shown = Shown()
    shown.pulse.announce(end(Code.NO_ANSWER))
    async with browsing(shown) as client:
        told = (await client.get("/api/v1/history")).json()
    assert (told["bad"][-1], sum(told["good"]), len(told["at_s"])) == (1, 0, 360)


async def test_a_route_has_a_page_of_its_own_with_its_way() -> None:
    shown = Shown()
    async with browsing(shown) as client:
        known, unknown = await client.get(f"/routes/{shown.card.key}"), await client.get("/routes/none")
    assert 'class="way"' in known.text
    assert unknown.status_code == 404


async def test_what_is_not_there_is_told_to_a_person_as_a_page_and_to_a_program_as_json() -> None:
    shown = Shown()
    async with browsing(shown, shown.views) as client:
        program = await client.get("/nowhere")
        client.headers["accept"] = "text/html,application/xhtml+xml,*/*;q=0.8"
        person, evil = await client.get("/incidents/2023-11-14-9"), await client.get("/%3Cscript%3E")
        refused = await client.post("/connections")
    assert program.json() == {"error": "Not Found"}
    assert (person.status_code, person.headers["cache-control"]) == (404, "no-store")
    assert '<html lang="en">' in person.text
    assert "<title>404 Not Found " in person.text
    assert "no such incident is known" in person.text
    assert "script-src" in person.headers["content-security-policy"]
    assert "<script" not in evil.text
    assert refused.status_code == 403
