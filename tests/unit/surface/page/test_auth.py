from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from tests.unit.surface.page.showing import Shown

from farshore.core.address import LOOPBACK, HostPort
from farshore.surface.http import admin_app
from farshore.surface.page.auth import COOKIE, inside
from farshore.surface.page.site import Keys, Site

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-this-test"
OWN = "http://127.0.0.1:9809"
HTML = {"accept": "text/html"}
BEARER = {"authorization": f"Bearer {TOKEN}"}


@asynccontextmanager
async def asking(token: str | None = TOKEN, ended: list[int] | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    def end(number: int) -> bool:
        if ended is not None:
            ended.append(number)
        return number == 7

    shown = Shown()
    keys = None if token is None else Keys(token=token, end_connection=end)
    site = Site(shown.views, shown.pulse, shown.clock, keys)
    app = admin_app(shown.views, HostPort(LOOPBACK, 9809), site.routes(), token=token)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=OWN) as client:
        yield client


@pytest.mark.parametrize("path", ["/stats", "/api/v1/routes", "/api/v1/stream", "/connections", "/incidents/x/report"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}, {"cookie": f"{COOKIE}={TOKEN[:-1]}"}],
)
async def test_nothing_is_said_without_the_token(path: str, headers: dict[str, str]) -> None:
    async with asking() as client:
        answer = await client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_token_opens_as_a_header_and_as_a_cookie() -> None:
    async with asking() as client:
        answers = [await client.get("/stats", headers=headers) for headers in (BEARER, {"cookie": f"{COOKIE}={TOKEN}"})]
    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_browser_is_led_to_the_login_and_back() -> None:
    async with asking() as client:
        sent_away = await client.get("/connections", headers=HTML)
        form = await client.get(sent_away.headers["location"])
        wrong = await client.post("/login", data={"token": "no", "next": "/connections"}, headers={"origin": OWN})
        right = await client.post("/login", data={"token": TOKEN, "next": "/connections"}, headers={"origin": OWN})
        page = await client.get("/connections", headers=HTML)
        left = await client.post("/logout", headers={"origin": OWN})
        after = await client.get("/stats")
    assert sent_away.headers["location"] == "/login?next=/connections"
    assert 'value="/connections"' in form.text
    assert (wrong.status_code, "That is not the token" in wrong.text, TOKEN in wrong.text) == (403, True, False)
    assert (right.status_code, right.headers["location"]) == (303, "/connections")
    cookie = right.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/"} <= {each.strip() for each in cookie.split(";")}
    assert page.status_code == 200
    assert "Log out" in page.text
    assert left.headers["location"] == "/login"
    assert after.status_code == 401


async def test_what_changes_something_needs_the_token_even_on_loopback() -> None:
    ended: list[int] = []
    async with asking(None, ended) as client:
        keyless = await client.post("/api/v1/connections/7/end", headers={"origin": OWN})
        login = await client.get("/login")
    async with asking(ended=ended) as client:
        stranger = await client.post("/api/v1/connections/7/end", headers={"authorization": "Bearer wrong"})
        looking = await client.get("/api/v1/connections/7/end", headers=BEARER)
    assert (keyless.status_code, login.status_code) == (403, 404)
    assert (stranger.status_code, looking.status_code) == (401, 405)
    assert ended == []


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://127.0.0.1:9810",
        "http://evil.example",
        "http://127.0.0.1:9809.evil.example",
        "http://[::1",
    ],
)
async def test_another_page_cannot_use_the_cookie(origin: str | None) -> None:
    ended: list[int] = []
    headers = {"cookie": f"{COOKIE}={TOKEN}"} | ({} if origin is None else {"origin": origin})
    async with asking(ended=ended) as client:
        answer = await client.post("/api/v1/connections/7/end", headers=headers)
    assert (answer.status_code, ended) == (403, [])


async def test_a_connection_is_ended_from_a_script_and_from_the_page() -> None:
    ended: list[int] = []
    async with asking(ended=ended) as client:
        script = await client.post("/api/v1/connections/7/end", headers=BEARER)
        page = await client.post(
            "/api/v1/connections/7/end", headers={"cookie": f"{COOKIE}={TOKEN}", "origin": OWN, **HTML}
        )
        gone = await client.post("/api/v1/connections/8/end", headers=BEARER)
    assert (script.status_code, script.json()) == (200, {"ended": 7})
    assert (page.status_code, page.headers["location"]) == (303, "/connections")
    assert gone.status_code == 404
    assert ended == [7, 7, 8]


async def test_a_form_that_is_too_large_or_no_form_is_no_login() -> None:
    async with asking() as client:
        for body in (b"x" * 100_000, b"\xff\xfe", b"", f"token={TOKEN}".encode().replace(b"=", b"%")):
            answer = await client.post("/login", content=body, headers={"origin": OWN})
            assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/connections", "/connections"),
        ("//evil", "/"),
        ("/\\evil", "/"),
        ("https://evil", "/"),
        ("", "/"),
        ("/a\r\nb", "/"),
    ],
)
def test_the_login_leads_nowhere_else(path: str, kept: str) -> None:
    assert inside(path) == kept


def test_the_token_is_in_no_representation() -> None:
    assert TOKEN not in repr(Keys(token=TOKEN, end_connection=lambda _: True))
