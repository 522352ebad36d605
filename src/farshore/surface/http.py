"""Two small HTTP listeners beside the data path: health for machines, admin for people. Both only read.

The health listener is harmless and may be shown to kubelet and Prometheus. The admin listener shows who talks to what:
on loopback it answers only to loopback names in `Host`, or any web page could read it by rebinding its own name.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import h11
import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from farshore.core.address import HostPort
from farshore.surface.metrics import Metrics, Observed
from farshore.surface.page.auth import Guarded
from farshore.surface.page.guard import Sealed
from farshore.surface.page.site import told
from farshore.surface.page.table import SORTS, Asked, asked_of
from farshore.surface.views import Views

BACKLOG = 128
MAX_CONNECTIONS = 256
MAX_REQUEST_HEAD_BYTES = 16_384
# A head and a login fit in many times over; what is pipelined counts together.
MAX_UNANSWERED_BYTES = 65_536
MAX_CONNECTION_AGE_S = 120.0
KEEP_ALIVE_S = 20
SHUTDOWN_S = 1
MAX_PAGE = 1000
DEFAULT_PAGE = 100
LINES = "application/x-ndjson"
LONGEST_S = 86_400
LOOPBACK_NAMES = frozenset({"127.0.0.1", "[::1]", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBound:
    """An address that could not be listened on, and the system's reason."""

    address: HostPort
    error: OSError


def bind(address: HostPort) -> socket.socket | NotBound:
    """Open a listening socket. A port 0 is chosen by the system."""
    family = socket.AF_INET6 if isinstance(address.host, IPv6Address) else socket.AF_INET
    try:
        return socket.create_server((str(address.host), address.port), family=family, backlog=BACKLOG)
    except OSError as error:
        return NotBound(address=address, error=error)


NO_PROBLEMS: Mapping[str, Callable[[], str | None]] = {}


def health_app(
    gateway: Observed, metrics: Metrics, problems: Mapping[str, Callable[[], str | None]] = NO_PROBLEMS
) -> ASGIApp:
    """`/metrics`, `/healthz` (the process runs) and `/readyz` (it takes connections; else 503 with the reason).

    `problems` stand beside it, each under its name while there is one, and make nobody unready: that what the
    configuration says is not what is carried, or that the journal cannot be written.
    """

    async def healthz(_: Request) -> Response:
        return _json({"alive": True})

    async def readyz(_: Request) -> Response:
        readiness = gateway.readiness()
        body: dict[str, object] = {"ready": readiness.ready, "reason": readiness.reason}
        told = {name: problem() for name, problem in problems.items()}
        body |= {name: problem for name, problem in told.items() if problem is not None}
        return _json(body, 200 if readiness.ready else 503)

    async def exposition(request: Request) -> Response:
        body, content_type = metrics.render(request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})

    return _app(("/metrics", exposition), ("/healthz", healthz), ("/readyz", readyz))


def admin_app(views: Views, address: HostPort, pages: Sequence[Route] = (), *, token: str | None = None) -> ASGIApp:
    """`/stats`, and under `/api/v1` what `docs/admin-api.md` lists: routes, connections, what ended, what was said.

    `pages` are answered beside them, for people. Where there is a `token` nobody is answered without it.
    """

    async def stats(_: Request) -> Response:
        return _json(views.stats())

    async def routes(_: Request) -> Response:
        return _json(views.routes())

    async def connections(request: Request) -> Response:
        limit = _count(request, "limit", DEFAULT_PAGE, MAX_PAGE)
        return _json(await views.chosen_connections(_asked(request), limit=limit))

    async def remedies(_: Request) -> Response:
        return _json(views.remedies())

    async def endings(request: Request) -> Response:
        rows = views.endings(within_s=_count(request, "within_s", LONGEST_S, LONGEST_S))
        return Response(msgspec.json.Encoder().encode_lines(rows), 200, {"cache-control": "no-store"}, LINES)

    async def sayings(request: Request) -> Response:
        rows = views.sayings(within_s=_count(request, "within_s", LONGEST_S, LONGEST_S))
        return Response(msgspec.json.Encoder().encode_lines(rows), 200, {"cache-control": "no-store"}, LINES)

    async def alerts(_: Request) -> Response:
        return _json(views.alerts())

    async def notifications(_: Request) -> Response:
        return _json(views.notifications())

    async def incidents(_: Request) -> Response:
        return _json(views.incidents())

    app = _app(
        ("/stats", stats),
        ("/api/v1/incidents", incidents),
        ("/api/v1/alerts", alerts),
        ("/api/v1/notifications", notifications),
        ("/api/v1/routes", routes),
        ("/api/v1/connections", connections),
        ("/api/v1/remedies", remedies),
        ("/api/v1/endings", endings),
        ("/api/v1/tailscaled", sayings),
        pages=pages,
    )
    guarded = Guarded(app, token)
    on_loopback = isinstance(address.host, IPv4Address | IPv6Address) and address.host.is_loopback
    return Sealed(_LoopbackNamesOnly(guarded) if on_loopback else guarded)


class HttpServer(Server):
    """uvicorn without its signal handlers and without its ten wake-ups a second; `stop()` ends `serve()`."""

    def __init__(self, app: ASGIApp, before_stop: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            Config(
                app,
                http=_BoundedProtocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                limit_concurrency=MAX_CONNECTIONS,
                h11_max_incomplete_event_size=MAX_REQUEST_HEAD_BYTES,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=SHUTDOWN_S,
            )
        )
        self._stopped = asyncio.Event()
        self._before_stop = before_stop

    def stop(self) -> None:
        """Let `serve()` finish what is being answered and return; `before_stop` ends what would never be."""
        self._before_stop()
        self._stopped.set()

    async def main_loop(self) -> None:
        """Wait for `stop()`."""
        await self._stopped.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program."""
        yield


class _BoundedProtocol(H11Protocol):
    """A connection has an end even when its client sends half a request and then nothing, or a body without an end.

    uvicorn reads a body that nobody wants to its end; in small chunks that costs the gateway a second of its processor
    for each megabyte, whoever sends it.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._end = self.loop.call_later(MAX_CONNECTION_AGE_S, transport.abort)
        self._unanswered_bytes = 0

    def data_received(self, data: bytes) -> None:
        self._unanswered_bytes += len(data)
        if self._unanswered_bytes > MAX_UNANSWERED_BYTES:
            self.transport.abort()
            return
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._unanswered_bytes = 0
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Whose body breaks off is answered with this; nobody shall answer a second time, or log that he cannot."""
        asked: RequestResponseCycle | None = self.cycle  # declared as if there were always one
        if asked is not None and not asked.response_complete:
            asked.disconnected = True
            asked.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.cancel()
        super().connection_lost(exc)


class _LoopbackNamesOnly:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"host"]
        allowed = len(hosts) == 1 and _without_port(hosts[0]) in LOOPBACK_NAMES
        answer = self._app if allowed else _error(421, "the Host header names no loopback address")
        await answer(scope, receive, send)


def _app(*paths: tuple[str, Callable[[Request], Awaitable[Response]]], pages: Sequence[Route] = ()) -> ASGIApp:
    async def explain(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
        if pages and "text/html" in request.headers.get("accept", ""):
            return told(error)
        return _error(error.status_code, error.detail, error.headers)

    return Starlette(
        routes=[*(Route(path, endpoint, methods=["GET"]) for path, endpoint in paths), *pages],
        exception_handlers={HTTPException: explain},
    )


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, {"cache-control": "no-store"}, "application/json")


def _error(status: int, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    answer = _json({"error": reason}, status)
    answer.headers.update(headers or {})
    return answer


def _count(request: Request, name: str, default: int, largest: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= largest):  # noqa: PLR2004 - digits
        raise HTTPException(400, f"{name} has to be a number from 0 to {largest}")
    return int(text)


def _asked(request: Request) -> Asked:
    asked = asked_of(request.query_params)
    if request.query_params.get("sort", asked.sort) != asked.sort:
        raise HTTPException(400, f"sort has to be one of {', '.join(SORTS)}")
    return msgspec.structs.replace(asked, offset=_count(request, "offset", 0, 1_000_000_000))


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
