"""What browsers are answered on the admin listener: pages, what is new on them, reports, and the static files."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from farshore.core.clock import Clock
from farshore.surface.page.assets import assets
from farshore.surface.page.auth import form_of, inside, is_token, logged_in, logged_out
from farshore.surface.page.compose import compose
from farshore.surface.page.dossier import Dossier, dossier
from farshore.surface.page.history import history
from farshore.surface.page.model import Page
from farshore.surface.page.pulse import Pulse
from farshore.surface.page.render import render, render_page
from farshore.surface.page.stream import Broadcast, values_of
from farshore.surface.page.table import PER_PAGE, SORTS, asked_of
from farshore.surface.views import Views

NO_STORE: Mapping[str, str] = {"cache-control": "no-store"}
# A report carries its styles and charts within itself, and nothing else; it runs as nobody.
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What whoever has the `token` may do: end a connection, which says whether there was one."""

    token: str = field(repr=False)
    end_connection: Callable[[int], bool]


class Site:
    """One gateway's pages. Without `keys` there is no login, and nothing can be changed."""

    def __init__(self, views: Views, pulse: Pulse, clock: Clock, keys: Keys | None = None) -> None:
        self._views = views
        self._pulse = pulse
        self._clock = clock
        self._keys = keys
        self._broadcast = Broadcast(self._seen, clock)
        self._values = Broadcast(self._seen, clock, values_of)

    def close(self) -> None:
        """End what is still being told, in order."""
        self._broadcast.close()
        self._values.close()

    def routes(self) -> list[Route]:
        """For the admin listener."""
        return [
            Route("/", self._page),
            Route("/routes/{key}", self._route),
            Route("/connections", self._connections),
            Route("/api/v1/connections/{number:int}/end", self._end, methods=["POST"]),
            Route("/login", self._login, methods=["GET", "POST"]),
            Route("/logout", self._logout, methods=["POST"]),
            Route("/api/v1/stream", self._stream),
            Route("/api/v1/watch", self._watch),
            Route("/api/v1/history", self._history),
            Route("/incidents/{incident}", self._incident),
            Route("/incidents/{incident}/report", self._report),
            Route("/static/{name:path}", self._static),
        ]

    async def _page(self, _: Request) -> Response:
        html = await asyncio.to_thread(partial(render_page, self._seen(), can_leave=self._has_login))
        return HTMLResponse(html, headers=NO_STORE)

    async def _route(self, request: Request) -> Response:
        page = self._seen()
        card = next((each for each in page.routes if each.key == request.path_params["key"]), None)
        if card is None:
            raise HTTPException(404, "no such route is carried")
        values = {"card": card, "now_s": page.at_s, "expand": True, "is_brief": False}
        return HTMLResponse(render("route.html", here="", can_leave=self._has_login, **values), headers=NO_STORE)

    async def _login(self, request: Request) -> Response:
        if self._keys is None:
            raise HTTPException(404, "there is no token to log in with")
        wrong, to = False, inside(request.query_params.get("next", "/"))
        if request.method == "POST":
            form = await form_of(request)
            to = inside(form.get("next", "/"))
            if is_token(form.get("token", "").strip(), self._keys.token):
                return logged_in(self._keys.token, to)
            wrong = True
        html = render("login.html", here="", can_leave=False, wrong=wrong, next=to)
        return HTMLResponse(html, 403 if wrong else 200, NO_STORE)

    async def _logout(self, _: Request) -> Response:
        return logged_out()

    async def _end(self, request: Request) -> Response:
        number = request.path_params["number"]
        if self._keys is None or not self._keys.end_connection(number):
            raise HTTPException(404, f"no connection {number} is joined with its target")
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("/connections", 303, NO_STORE)
        return Response(msgspec.json.encode({"ended": number}), headers=NO_STORE, media_type="application/json")

    async def _stream(self, _: Request) -> Response:
        return _watching(self._broadcast, "browsers")

    async def _watch(self, _: Request) -> Response:
        return _watching(self._values, "programs")

    async def _history(self, _: Request) -> Response:
        told = history(self._pulse.steps(), self._clock.wall_s())
        return Response(msgspec.json.encode(told), headers=NO_STORE, media_type="application/json")

    async def _connections(self, request: Request) -> Response:
        asked = asked_of(request.query_params)
        found = await self._views.chosen_connections(asked, limit=PER_PAGE)
        values: dict[str, object] = {"asked": asked, "found": found, "limit": PER_PAGE, "may_end": self._has_login}
        if request.query_params.get("part") == "table":
            return HTMLResponse(render("table.html", **values), headers=NO_STORE)
        names = [route.name for route in self._views.routes().routes]
        html = render(
            "connections.html", here="/connections", can_leave=self._has_login, routes=names, sorts=SORTS, **values
        )
        return HTMLResponse(html, headers=NO_STORE)

    @property
    def _has_login(self) -> bool:
        return self._keys is not None

    def _seen(self) -> Page:
        return compose(self._views, self._pulse, self._clock.wall_s())

    async def _incident(self, request: Request) -> Response:
        told = await asyncio.to_thread(self._dossier, request.path_params["incident"])
        if told is None:
            raise HTTPException(404, "no such incident is known")
        html = render("incident.html", here="", can_leave=self._has_login, told=told, now_s=self._clock.wall_s())
        return HTMLResponse(html, headers=NO_STORE)

    async def _report(self, request: Request) -> Response:
        data = await asyncio.to_thread(self._views.incident_report, request.path_params["incident"])
        if data is None:
            raise HTTPException(404, "there is no report on it; it is written when the incident is closed")
        return HTMLResponse(data, headers={**NO_STORE, "content-security-policy": REPORT_POLICY})

    async def _static(self, request: Request) -> Response:
        asset = assets().get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404, "no such file")
        headers = {"etag": asset.tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == asset.tag:
            return Response(status_code=304, headers=headers)
        return Response(asset.data, headers={**headers, "content-type": asset.content_type})

    def _dossier(self, incident: str) -> Dossier | None:
        known = self._views.incidents().incidents
        record = next((each for each in known if each.id == incident), None)
        if record is None:
            return None
        has_report = self._views.incident_report(incident) is not None
        return dossier(record, known, self._views.examinations(incident), has_report=has_report)


def told(error: HTTPException) -> Response:
    """Why there is no such page, for a person."""
    phrase = HTTPStatus(error.status_code).phrase
    html = render("error.html", here="", can_leave=False, status=error.status_code, phrase=phrase, reason=error.detail)
    return HTMLResponse(html, error.status_code, {**NO_STORE, **(error.headers or {})})


def _watching(broadcast: Broadcast, who: str) -> Response:
    if broadcast.is_full:
        raise HTTPException(503, f"too many {who} watch already", {"retry-after": "30"})
    return StreamingResponse(broadcast.watch(), headers=NO_STORE, media_type="text/event-stream")
