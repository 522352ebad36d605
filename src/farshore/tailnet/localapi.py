"""Asks tailscaled over its unix socket. Every question has a time-out and a bound on its answer.

Source: tailscale ipn/localapi/localapi.go at v1.102.3. The server takes only the Host `local-tailscaled.sock`; anybody
on the machine may read; what writes needs to be root, the daemon's own user or its `--operator`.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from enum import IntFlag, StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from farshore.core.address import HostPort, IPAddress
from farshore.tailnet.status import Status, StatusError, parse_status
from farshore.wire.excerpt import one_line

if TYPE_CHECKING:
    import httpx2

ANSWER_S = 2.0
MAX_ANSWER = 1 << 20
MAX_STATUS = 32 << 20

_BASE = "http://local-tailscaled.sock/localapi/v0/"

T = TypeVar("T")


class LocalApiFailure(StrEnum):
    """Why tailscaled did not answer a question."""

    MISSING = "missing"
    REFUSED = "refused"
    NOT_PERMITTED = "not-permitted"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    DECLINED = "declined"


class LocalApiError(Exception):
    """A question without an answer. `detail` is one line, safe to log."""

    def __init__(self, reason: LocalApiFailure, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class PingKind(StrEnum):
    """What a ping proves: disco a path, TSMP WireGuard, ICMP the peer's IP stack, peerapi its daemon."""

    DISCO = "disco"
    TSMP = "TSMP"
    ICMP = "ICMP"
    PEERAPI = "peerapi"


class DebugAction(StrEnum):
    """What tailscaled can be asked to do at once (ipn/localapi/debug.go `serveDebug`)."""

    REBIND = "rebind"
    RESTUN = "restun"
    BREAK_DERP = "break-derp-conns"


class BusMask(IntFlag):
    """What `watch_bus` should tell (ipn/backend.go `NotifyWatchOpt`)."""

    ENGINE = 1
    INITIAL_STATE = 2
    INITIAL_PREFS = 4
    INITIAL_NETMAP = 8
    INITIAL_HEALTH = 128
    PEER_CHANGES = 4096
    INITIAL_STATUS = 16384
    PEER_PATCHES = 32768
    PEER_STATE = 262144


class Pong(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a ping (ipnstate.PingResult). `error` is tailscaled's own text, empty on success.

    `endpoint` is the peer's UDP address where the path is direct, `derp_region` the relay's code where it is not.
    """

    node_ip: str = msgspec.field(name="NodeIP", default="")
    node_name: str = msgspec.field(name="NodeName", default="")
    error: str = msgspec.field(name="Err", default="")
    latency_s: float = msgspec.field(name="LatencySeconds", default=0.0)
    endpoint: str = msgspec.field(name="Endpoint", default="")
    peer_relay: str = msgspec.field(name="PeerRelay", default="")
    derp_region: str = msgspec.field(name="DERPRegionCode", default="")


class WhoIsNode(msgspec.Struct, frozen=True, kw_only=True):
    """The node behind a Tailscale address (apitype.WhoIsResponse)."""

    id: str = msgspec.field(name="StableID", default="")
    name: str = msgspec.field(name="Name", default="")
    addresses: tuple[str, ...] | None = msgspec.field(name="Addresses", default=None)


class _WhoIs(msgspec.Struct):
    node: WhoIsNode | None = msgspec.field(name="Node", default=None)


class LocalApi:
    """One tailscaled's LocalAPI. Belongs to one event loop; end it with `aclose`.

    Every method raises LocalApiError, and nothing else that is to be expected.
    """

    def __init__(self, socket: Path) -> None:
        import httpx2  # noqa: PLC0415 - costs a fifth of a second, and most commands ask nothing

        self.socket = socket
        self._httpx2 = httpx2
        # A context of its own: the default one reads every certificate authority, and TLS is never spoken here.
        self._transport = httpx2.AsyncHTTPTransport(uds=str(socket), verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    async def aclose(self) -> None:
        """Close every connection; idempotent."""
        await self._transport.aclose()

    async def status(self, *, timeout_s: float = ANSWER_S) -> Status:
        """The whole status, with all peers."""
        return _read_status(await self._ask("GET", "status", timeout_s, MAX_STATUS))

    async def own_status(self, *, timeout_s: float = ANSWER_S) -> Status:
        """The status without peers: cheap on a large tailnet."""
        return _read_status(await self._ask("GET", "status?peers=false", timeout_s, MAX_ANSWER))

    async def answer(self, question: str, *, timeout_s: float = ANSWER_S) -> bytes:
        """What tailscaled answers to `status`, `prefs`, `usermetrics`, byte for byte: to be kept as evidence."""
        return await self._ask("GET", question, timeout_s, MAX_STATUS)

    async def prefs(self, *, timeout_s: float = ANSWER_S) -> dict[str, object]:
        """The preferences as tailscaled names them (ipn/prefs.go): `RouteAll` is accept-routes."""
        return _decode(await self._ask("GET", "prefs", timeout_s, MAX_ANSWER), dict[str, object])

    async def ping(self, ip: IPAddress, kind: PingKind, *, timeout_s: float) -> Pong:
        """Ping the peer that owns the address; tailscaled itself waits for ever, so TIMEOUT means no pong."""
        return _decode(await self._ask("POST", f"ping?ip={ip}&type={kind}", timeout_s, MAX_ANSWER), Pong)

    async def debug(self, action: DebugAction, *, timeout_s: float = ANSWER_S) -> None:
        """Let tailscaled do something; NOT_PERMITTED where this user may only read."""
        await self._ask("POST", f"debug?action={action}", timeout_s, MAX_ANSWER)

    async def whois(self, ip: IPAddress, *, timeout_s: float = ANSWER_S) -> WhoIsNode | None:
        """The node that has this Tailscale address, None if no node has; subnet addresses have none."""
        status, body = await self._exchange("GET", f"whois?addr={ip}", timeout_s, MAX_ANSWER)
        if status == HTTPStatus.NOT_FOUND:
            return None
        return _decode(_accepted(status, body), _WhoIs).node

    async def start(self, prefs: Mapping[str, object], auth_key: str, *, timeout_s: float = ANSWER_S) -> None:
        """Put preferences (ipn/prefs.go) in force, all of them, and have a key ready should a login be needed.

        Empty where there is no key. Needs tailscaled's own user or root.
        """
        options = {"UpdatePrefs": prefs, "AuthKey": auth_key}
        await self._ask("POST", "start", timeout_s, MAX_ANSWER, msgspec.json.encode(options))

    async def log_in(self, *, timeout_s: float = ANSWER_S) -> None:
        """Begin to log in: with the key given to `start`, or else by a person at the URL that the status then shows."""
        await self._ask("POST", "login-interactive", timeout_s, MAX_ANSWER)

    async def log_out(self, *, timeout_s: float) -> None:
        """Log this node out; an ephemeral one is gone from its tailnet afterwards."""
        await self._ask("POST", "logout", timeout_s, MAX_ANSWER)

    async def dial(self, target: HostPort, *, timeout_s: float) -> str | None:
        """Connect to a target through the tailnet and close at once; None, or why it was not reached.

        Only for an address that a peer is known to own: before 1.98 tailscaled dials others through this host's own
        network.
        """
        headers = {
            "Dial-Host": str(target.host),
            "Dial-Port": str(target.port),
            "Dial-Network": "tcp",
            "Connection": "upgrade",
            "Upgrade": "ts-dial",
        }
        with self._translated(timeout_s):
            async with asyncio.timeout(timeout_s):
                response = await self._send("POST", "dial", headers=headers)
                try:
                    match response.status_code:
                        case HTTPStatus.SWITCHING_PROTOCOLS:
                            return None
                        case HTTPStatus.OK:
                            return "no Tailscale route leads there"
                        case status:
                            return one_line(await _read(response, MAX_ANSWER)) or f"tailscaled answered {status}"
                finally:
                    await response.aclose()

    async def watch_bus(self, mask: BusMask, *, timeout_s: float = ANSWER_S) -> AsyncGenerator[dict[str, object], None]:
        """Each message of the bus without its null fields, until tailscaled ends or the iterator is closed.

        tailscaled has `timeout_s` to accept; the bus may then be silent for hours. Close the iterator
        (`contextlib.aclosing`) to release its connection.
        """
        async with aclosing(self._stream(f"watch-ipn-bus?mask={mask:d}", timeout_s)) as messages:
            async for message in messages:
                yield {name: value for name, value in message.items() if value is not None}

    async def tap_log(self, *, timeout_s: float = ANSWER_S) -> AsyncGenerator[dict[str, object], None]:
        """What tailscaled logs from now on, one record each: `text`, and `client_time` under `logtail`.

        NOT_PERMITTED where this user may only read. The first record says that it is connected. Close the iterator as
        that of `watch_bus`.
        """
        async with aclosing(self._stream("logtap", timeout_s)) as records:
            async for record in records:
                yield record

    async def _stream(self, path: str, timeout_s: float) -> AsyncGenerator[dict[str, object], None]:
        """Each line of an answer that has no end, as JSON."""
        with self._translated(timeout_s):
            async with asyncio.timeout(timeout_s):
                response = await self._send("GET", path)
            try:
                if response.status_code != HTTPStatus.OK:
                    async with asyncio.timeout(timeout_s):
                        _accepted(response.status_code, await _read(response, MAX_ANSWER))
                line = bytearray()
                async for part in response.aiter_raw():
                    first, *rest = part.split(b"\n")
                    line += first
                    for following in rest:
                        yield _decode(bytes(line), dict[str, object])
                        line = bytearray(following)
                    _check_size(len(line), MAX_STATUS)
            finally:
                await response.aclose()

    async def _ask(self, method: str, path: str, timeout_s: float, max_bytes: int, body: bytes = b"") -> bytes:
        return _accepted(*await self._exchange(method, path, timeout_s, max_bytes, body))

    async def _exchange(
        self, method: str, path: str, timeout_s: float, max_bytes: int, body: bytes = b""
    ) -> tuple[int, bytes]:
        with self._translated(timeout_s):
            async with asyncio.timeout(timeout_s):
                response = await self._send(method, path, body)
                try:
                    return response.status_code, await _read(response, max_bytes)
                finally:
                    await response.aclose()

    async def _send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> "httpx2.Response":
        request = self._httpx2.Request(method, _BASE + path, content=body or None, headers=headers)
        return await self._transport.handle_async_request(request)

    @contextmanager
    def _translated(self, timeout_s: float) -> Iterator[None]:
        """The one place where a foreign failure becomes a LocalApiError."""
        try:
            yield
        except TimeoutError:
            detail = f"{self.socket}: no answer within {timeout_s:g} s"
            raise LocalApiError(LocalApiFailure.TIMEOUT, detail) from None
        except self._httpx2.ConnectError as error:
            cause = _os_error(error)
            text = str(error) if cause is None else cause.strerror or str(cause)
            raise LocalApiError(_unreached(cause), f"{self.socket}: {text}") from error
        except self._httpx2.TransportError as error:
            detail = f"{self.socket}: {one_line(str(error).encode()) or 'the answer broke off'}"
            raise LocalApiError(LocalApiFailure.MALFORMED, detail) from error


async def _read(response: "httpx2.Response", max_bytes: int) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        _check_size(len(body), max_bytes)
    return bytes(body)


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise LocalApiError(LocalApiFailure.MALFORMED, f"an answer of more than {max_bytes} bytes")


def _accepted(status: int, body: bytes) -> bytes:
    if status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
        return body
    reason = LocalApiFailure.NOT_PERMITTED if status == HTTPStatus.FORBIDDEN else LocalApiFailure.DECLINED
    raise LocalApiError(reason, f"tailscaled answered {status}: {one_line(body) or 'without a reason'}")


def _read_status(body: bytes) -> Status:
    try:
        return parse_status(body)
    except StatusError as error:
        raise LocalApiError(LocalApiFailure.MALFORMED, str(error)) from error


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise LocalApiError(LocalApiFailure.MALFORMED, f"not the expected JSON: {error}") from error


def _os_error(error: BaseException | None) -> OSError | None:
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error


def _unreached(cause: OSError | None) -> LocalApiFailure:
    match cause:
        case FileNotFoundError() | NotADirectoryError():
            return LocalApiFailure.MISSING
        case PermissionError():
            return LocalApiFailure.NOT_PERMITTED
        case _:
            return LocalApiFailure.REFUSED
