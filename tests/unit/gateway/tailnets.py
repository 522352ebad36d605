"""What a tailscaled would answer, and one that answers it: as values for a stub, or over a unix socket."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import cast

from tests.unit.gateway.wires import Script, Wire

from farshore.core.clock import Clock
from farshore.gateway.ownership import Ownership
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure
from farshore.tailnet.status import Status, parse_status

OWN = "100.64.0.1"
OWN_IPV6 = "fd7a:115c:a1e0::1"
ROUTER = "100.64.0.2"
LAN = "172.16.20.0/24"


def node(name: str, ip: str, *routes: str, exit_node: bool = False, expired: bool = False) -> dict[str, object]:
    """A peer as `tailscale status --json` shows it."""
    return {
        "HostName": name,
        "DNSName": f"{name}.tail.example.",
        "TailscaleIPs": [ip],
        "AllowedIPs": [f"{ip}/32", *routes],
        "ExitNode": exit_node,
        "Expired": expired,
    }


def document(
    *peers: dict[str, object],
    version: str = "1.102.3",
    tun: bool = True,
    state: str = "Running",
    own: tuple[str, ...] = (OWN, OWN_IPV6),
) -> dict[str, object]:
    """A whole status."""
    return {
        "Version": version,
        "TUN": tun,
        "BackendState": state,
        "TailscaleIPs": list(own),
        "Self": {"HostName": "gw", "TailscaleIPs": list(own)},
        "Peer": {f"nodekey:{number}": peer for number, peer in enumerate(peers)},
    }


ROUTED = document(node("router", ROUTER, LAN))
UNROUTED = document(node("router", ROUTER))


def unanswered(reason: LocalApiFailure) -> LocalApiError:
    return LocalApiError(reason, f"/s: {reason.value}")


class StubApi:
    """A LocalAPI that gives each question for the status the next of its answers, and all later ones the last.

    `held` is the number of the question that waits for `release`; `questions` counts them, from 1.
    """

    def __init__(self, *answers: dict[str, object] | LocalApiError, held: int = 0) -> None:
        self.answers = list(answers) or [ROUTED]
        self.accepts_routes = True
        self.prefs_error: LocalApiError | None = None
        self.questions = 0
        self.closed = False
        self.release = asyncio.Event()
        self._held = held

    async def status(self, *, timeout_s: float) -> Status:
        assert timeout_s > 0
        self.questions += 1
        answer = self.answers[min(self.questions, len(self.answers)) - 1]
        if self.questions == self._held:
            await self.release.wait()
        await asyncio.sleep(0)
        if isinstance(answer, LocalApiError):
            raise answer
        return parse_status(answer)

    async def prefs(self, *, timeout_s: float) -> dict[str, object]:
        assert timeout_s > 0
        await asyncio.sleep(0)
        if self.prefs_error is not None:
            raise self.prefs_error
        return {"RouteAll": self.accepts_routes}

    async def aclose(self) -> None:
        self.closed = True

    def ownership(self, clock: Clock) -> Ownership:
        return Ownership(cast("LocalApi", self), clock)


SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nTailscale-Version: 1.102.3\r\nConnection: upgrade\r\n\r\n"
DIAL_SELF = b"HTTP/1.1 200 OK\r\nDial-Self: true\r\nDial-Addr: 172.16.20.88:1433\r\nContent-Length: 0\r\n\r\n"


def dial_failure(text: str, what: str = "dial failure") -> bytes:
    """What LocalAPI answers to a dial that failed."""
    body = f"{what}: {text}\n".encode()
    return b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@dataclass
class Daemon:
    """A tailscaled on a unix socket: answers `status` and `prefs`, and leaves each dial to `dial`."""

    dial: Script
    status: dict[str, object] = field(default_factory=lambda: ROUTED)
    accepts_routes: bool = True
    dialled: list[str] = field(default_factory=list)

    async def __call__(self, wire: Wire) -> None:
        """Serve one connection, as many questions as come."""
        while head := await self._head(wire):
            path = head.split(" ", 2)[1]
            if path.endswith("/dial"):
                headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
                self.dialled.append(f"{headers['Dial-Host']}:{headers['Dial-Port']}")
                await self.dial(wire)
                return
            answer = self.status if path.endswith("/status") else {"RouteAll": self.accepts_routes}
            body = json.dumps(answer).encode()
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    @staticmethod
    async def _head(wire: Wire) -> str:
        """One request's head, empty at the end. Nothing follows it: the requests have no bodies and no haste."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            more = await asyncio.get_running_loop().sock_recv(wire.sock, 1)
            if not more:
                return ""
            head += more
        return head.decode().removesuffix("\r\n\r\n")
