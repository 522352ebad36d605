"""tailscaled's LocalAPI door (ipn/localapi/localapi.go at v1.102.3): status, prefs, ping, dial, bus, usermetrics."""

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, assert_never

from farshore.core.address import AddressError, HostPort, parse_host, parse_port
from farshore.lab import documents
from farshore.lab.backend import Backend, DialFailed, Dialled
from farshore.lab.http import TEXT, BadRequestError, Request, read_request, refusal_of_what_is_not_http, response
from farshore.lab.stream import Stream
from farshore.lab.tailnet import Door, NotOurs, Unresolved

HOST = "local-tailscaled.sock"
PREFIX = "/localapi/v0/"
JSON = "application/json"
UPGRADE = "ts-dial"
CAPABILITY = "142"
NOTHING = (
    "default-src 'none'; frame-ancestors 'none'; script-src 'none'; script-src-elem 'none'; script-src-attr 'none'"
)
NO_SNIFFING = {"X-Content-Type-Options": "nosniff"}


async def serve_localapi(backend: Backend, client: Stream) -> None:
    """One client, request after request."""
    door = _LocalApi(backend, client)
    while not door.handed_over:
        try:
            request = await read_request(client)
        except BadRequestError as error:
            await client.write(refusal_of_what_is_not_http(error))
            return
        await door.answer(request)


class _LocalApi:
    """One connection's requests."""

    def __init__(self, backend: Backend, client: Stream) -> None:
        self._backend = backend
        self._client = client
        self._handlers = {
            "status": self._status,
            "prefs": self._prefs,
            "ping": self._ping,
            "whois": self._whois,
            "dial": self._dial,
            "watch-ipn-bus": self._watch,
            "usermetrics": self._usermetrics,
        }
        self.handed_over = False

    async def answer(self, request: Request) -> None:
        """Answer one request."""
        if request.headers["host"] not in {"", HOST} or {"origin", "referer"} & set(request.headers):
            await self._refuse(HTTPStatus.FORBIDDEN, "invalid localapi request", headers=NO_SNIFFING)
            return
        handler = self._handlers.get(request.path.removeprefix(PREFIX))
        if handler is None or not request.path.startswith(PREFIX):
            await self._refuse(HTTPStatus.NOT_FOUND, "404 page not found")
            return
        await handler(request)

    async def _status(self, request: Request) -> None:
        document = documents.status(self._backend)
        if request.value("peers") == "false":
            document["Peer"] = None
        await self._send_json(document, indent="\t")

    async def _prefs(self, request: Request) -> None:
        if request.method == "PATCH":
            try:
                changes: Any = json.loads(request.body)
            except ValueError:
                await self._refuse(HTTPStatus.BAD_REQUEST, "unexpected EOF")
                return
            if changes.get("RouteAllSet"):
                self._backend.base = replace(self._backend.base, accept_routes=changes["RouteAll"])
                self._backend.changed()
        await self._send_json(documents.prefs(self._backend.tailnet), indent="\t")

    async def _ping(self, request: Request) -> None:
        if request.method != "POST":
            await self._refuse(HTTPStatus.BAD_REQUEST, "want POST")
            return
        for name in ("ip", "type"):
            if not request.value(name):
                await self._refuse(HTTPStatus.BAD_REQUEST, f"missing '{name}' parameter")
                return
        try:
            address = ip_address(request.value("ip"))
        except ValueError:
            await self._refuse(HTTPStatus.BAD_REQUEST, "invalid IP")
            return
        result = documents.ping(self._backend, address, request.value("type"))
        if result is None:
            await self._client.gone()
            raise EOFError
        await self._send_json(result)

    async def _whois(self, request: Request) -> None:
        try:
            address = ip_address(request.value("addr"))
        except ValueError:
            await self._refuse(HTTPStatus.BAD_REQUEST, "invalid 'addr' parameter")
            return
        document = documents.whois(self._backend, address)
        if document is None:
            await self._refuse(HTTPStatus.NOT_FOUND, "no match for IP:port")
            return
        await self._send_json(document, indent="\t")

    async def _dial(self, request: Request) -> None:
        refusal = _fault_in_dial(request)
        if refusal is not None:
            await self._refuse(*refusal)
            return
        host, port = request.headers["dial-host"], request.headers["dial-port"]
        try:
            target = HostPort(parse_host(host), parse_port(port))
        except AddressError:
            await self._refuse(HTTPStatus.BAD_GATEWAY, f"resolve failure: lookup {host}: no such host")
            return
        answer = await self._backend.dial_while_wanted(self._client, target, Door.LOCALAPI)
        match answer:
            case Dialled():
                self.handed_over = True
                upgrade = {"Upgrade": UPGRADE, "Connection": "upgrade"}
                reply = self._response(HTTPStatus.SWITCHING_PROTOCOLS, None, headers=upgrade)
                await self._backend.carry(self._client, reply, answer)
            case NotOurs(address=address):
                tell = {"Dial-Self": "true", "Dial-Addr": str(address)}
                await self._client.write(self._response(HTTPStatus.OK, b"", headers=tell))
            case DialFailed(text=text):
                await self._refuse(HTTPStatus.BAD_GATEWAY, f"dial failure: {text}")
            case Unresolved(text=text):
                await self._refuse(HTTPStatus.BAD_GATEWAY, f"resolve failure: {text}")
            case _:
                assert_never(answer)

    async def _watch(self, request: Request) -> None:
        text = request.value("mask") or "0"
        if not text.isdigit():
            await self._refuse(HTTPStatus.BAD_REQUEST, "bad mask")
            return
        headers = {"Transfer-Encoding": "chunked"}
        await self._client.write(self._response(HTTPStatus.OK, None, content_type=JSON, headers=headers))
        watch = _Watch(self._backend, self._client, int(text))
        self._backend.watchers.add(watch)
        watching = asyncio.get_running_loop().create_task(watch.run())
        try:
            await self._client.gone()
        finally:
            self._backend.watchers.remove(watch)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        raise EOFError

    async def _usermetrics(self, request: Request) -> None:  # noqa: ARG002 - the handlers'
        body = documents.usermetrics(self._backend).encode()
        await self._client.write(self._response(HTTPStatus.OK, body, content_type=TEXT, headers={}))

    async def _send_json(self, document: documents.Document, *, indent: str | None = None) -> None:
        separators = None if indent else (",", ":")
        body = json.dumps(document, indent=indent, separators=separators).encode() + b"\n"
        await self._client.write(self._response(HTTPStatus.OK, body, content_type=JSON, headers={}))

    async def _refuse(self, status: HTTPStatus, text: str, *, headers: dict[str, str] | None = None) -> None:
        body = f"{text}\n".encode()
        if headers is None:
            await self._client.write(self._response(status, body, content_type=TEXT, headers={}))
        else:
            await self._client.write(response(self._backend.clock, status, body, content_type=TEXT, headers=headers))

    def _response(
        self, status: HTTPStatus, body: bytes | None, *, content_type: str = "", headers: dict[str, str]
    ) -> bytes:
        daemon = {
            "Tailscale-Version": self._backend.tailnet.version,
            "Tailscale-Cap": CAPABILITY,
            "Content-Security-Policy": NOTHING,
            "X-Frame-Options": "DENY",
        }
        headers = {**daemon, **NO_SNIFFING, **headers}
        return response(self._backend.clock, status, body, content_type=content_type, headers=headers)


class _Watch:
    """One watcher of the IPN bus: what it was told, and what it hasn't been told yet."""

    def __init__(self, backend: Backend, client: Stream, mask: int) -> None:
        self._backend = backend
        self._client = client
        self._mask = mask
        self._told: documents.Document = {}
        self._news = asyncio.Event()

    def changed(self) -> None:
        self._news.set()

    async def run(self) -> None:
        first: documents.Document = {}
        if self._mask & documents.WATCH_STATE:
            first["SessionID"] = "f56fbcda5caeb1ad"
        if self._mask & documents.WATCH_INITIAL_STATUS:
            first["InitialStatus"] = documents.status(self._backend)
        await self._tell(first)
        while True:
            await self._news.wait()
            self._news.clear()
            await self._tell({})

    async def _tell(self, first: documents.Document) -> None:
        now = documents.notifications(self._backend, self._mask)
        news = first | {name: value for name, value in now.items() if self._told.get(name, ...) != value}
        self._told = now
        if not news:
            return
        notify = documents.notify(self._backend.tailnet, news)
        line = json.dumps(notify, separators=(",", ":")).encode() + b"\n"
        await self._client.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")


def _fault_in_dial(request: Request) -> tuple[HTTPStatus, str] | None:
    if request.method != "POST":
        return HTTPStatus.METHOD_NOT_ALLOWED, "POST required"
    headers = request.headers
    if "upgrade" not in headers.get("connection", "") or headers.get("upgrade") != UPGRADE:
        return HTTPStatus.BAD_REQUEST, "bad ts-dial upgrade"
    if not headers.get("dial-host") or not headers.get("dial-port"):
        return HTTPStatus.BAD_REQUEST, "missing Dial-Host or Dial-Port header"
    return None
