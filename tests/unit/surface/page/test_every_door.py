"""Every way into the admin listener, as the program itself lists them: a new one cannot be forgotten."""

from collections.abc import Iterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp
from tests.unit.surface.page.showing import Shown

from farshore.core.address import LOOPBACK, HostPort
from farshore.surface.http import admin_app, health_app
from farshore.surface.metrics import Metrics
from farshore.surface.page.auth import COOKIE
from farshore.surface.page.site import Keys, Site

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-this-test"
OWN = "http://127.0.0.1:9809"
LOOKING = {"GET", "HEAD"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FARSHORE")
HELD = {"cookie": f"{COOKIE}={TOKEN}"}
# They are drawn before anybody has logged in.
OPEN = ("/login", "/static/{name:path}")
REFUSED = {401, 403}


class Doors:
    """The listener, and what was changed through it."""

    def __init__(self, token: str | None) -> None:
        self.ended: list[int] = []
        shown = Shown()
        keys = None if token is None else Keys(token=token, end_connection=self._end)
        site = Site(shown.views, shown.pulse, shown.clock, keys)
        self.app = admin_app(shown.views, HostPort(LOOPBACK, 9809), site.routes(), token=token)

    def _end(self, number: int) -> bool:
        self.ended.append(number)
        return True

    def asking(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=OWN)


def routes_of(app: ASGIApp) -> list[Route]:
    """Those of the application in the middle of its guards."""
    inner = app
    while not isinstance(inner, Starlette):
        inner = inner._app  # type: ignore[attr-defined]
    assert all(isinstance(each, Route) for each in inner.routes), "mounted applications have doors of their own"
    return [each for each in inner.routes if isinstance(each, Route)]


def doors(app: ASGIApp) -> Iterator[tuple[Route, str]]:
    """Each with a path that leads to it."""
    for route in routes_of(app):
        values = {
            name: 7 if "int" in type(kind).__name__.lower() else "x" for name, kind in route.param_convertors.items()
        }
        yield route, str(route.url_path_for(route.name, **values)) if values else route.path


async def test_nothing_but_the_login_is_answered_without_the_token() -> None:
    stage = Doors(TOKEN)
    async with stage.asking() as client:
        for route, path in doors(stage.app):
            for method in METHODS:
                answer = await client.request(method, path)
                is_open = route.path in OPEN and method in LOOKING
                assert is_open or answer.status_code in REFUSED, (method, path)
    assert stage.ended == []


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "https://[::1"])
async def test_whatever_changes_something_wants_the_origin_of_its_own_page(origin: str | None) -> None:
    stage = Doors(TOKEN)
    headers = HELD if origin is None else {**HELD, "origin": origin}
    changing = 0
    async with stage.asking() as client:
        for route, path in doors(stage.app):
            for method in sorted((route.methods or set()) - LOOKING):
                answer = await client.request(method, path, headers=headers)
                assert answer.status_code == 403, (method, path)
                changing += 1
    assert changing >= 3
    assert stage.ended == []


async def test_without_a_token_nobody_changes_anything() -> None:
    stage = Doors(None)
    async with stage.asking() as client:
        for _, path in doors(stage.app):
            for method in METHODS:
                if method not in LOOKING:
                    answer = await client.request(method, path, headers={**HELD, "authorization": f"Bearer {TOKEN}"})
                    assert answer.status_code in {403, 404, 405}, (method, path)
    assert stage.ended == []


async def test_looking_changes_nothing() -> None:
    stage = Doors(TOKEN)
    async with stage.asking() as client:
        for _, path in doors(stage.app):
            if path not in {"/api/v1/stream", "/api/v1/watch"}:  # they tell on and on
                answer = await client.get(path, headers=HELD)
                assert answer.status_code < 500
                assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert stage.ended == []


async def test_the_health_listener_only_reads() -> None:
    shown = Shown()
    app = health_app(shown.gateway, Metrics(shown.gateway, loop="asyncio", log_lines_dropped=lambda: 0))
    assert {method for route in routes_of(app) for method in route.methods or ()} <= LOOKING


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9809/login?", "127.0.0.1:9809/static/", "x@127.0.0.1:9809", "127.0.0.1:9809#"]
)
async def test_a_host_that_holds_a_path_leads_to_no_other_door(host: str) -> None:
    stage = Doors(TOKEN)
    async with stage.asking() as client:
        answer = await client.get("/stats", headers={"host": host})
    assert answer.status_code == 421
