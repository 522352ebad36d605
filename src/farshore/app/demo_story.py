"""The demo's steps: what each does, what is claimed, whether it is so."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from farshore.app.narrator import Narrator
from farshore.config.egresses import Socks5Egress, TailscaledEgress
from farshore.config.fields import Ports
from farshore.config.model import Config, Protocol, Route, Timeouts
from farshore.core.address import HostPort
from farshore.core.clock import Clock
from farshore.core.events import ConnectionEnded, Event
from farshore.core.outcome import MEANINGS, Code
from farshore.gateway.gateway import Gateway
from farshore.lab.faults import RouterDead, RouterOffline, RouteWithdrawn
from farshore.lab.postgres_client import ask_postgres, query_postgres
from farshore.lab.stage import LAN, POSTGRES, R1, R2, SQL_SERVER, Stage
from farshore.lab.stream import Listener, connect
from farshore.lab.tds_client import query_tds
from farshore.surface.metrics import Metrics
from farshore.surface.page.pulse import Pulse
from farshore.tailnet.localapi import LocalApi, LocalApiError, PingKind
from farshore.wire.socks5 import Socks5Handshake

ENDING_S = 5.0
LONG_MS = 1000.0
SOCKS_REPLY_BYTES = 12
QUESTION = "select host"
POSTGRES_ROUTE, SQL_SERVER_ROUTE, SOCKS_ROUTE = "postgres", "sqlserver", "postgres-socks5"

DEAD, OFFLINE, WITHDRAWN = RouterDead(R1), RouterOffline(R1), RouteWithdrawn(LAN)

Query = Callable[[HostPort, str], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """How fast the story goes, in seconds: time to read after each step on a terminal, and two time-outs."""

    pause_s: float = 2.5
    dial_s: float = 3.0
    ping_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    """What one client got, and what the gateway says about it."""

    answer: str | None
    failure: str
    elapsed_ms: float
    ending: ConnectionEnded | None

    @property
    def code(self) -> Code | None:
        """How the gateway says it ended; None if it does not say."""
        return self.ending.code if self.ending is not None else None

    @property
    def elapsed(self) -> str:
        """For a person."""
        return f"{self.elapsed_ms / 1000:.1f} s" if self.elapsed_ms >= LONG_MS else f"{self.elapsed_ms:.0f} ms"


class Story:
    """The cast, and the steps in their order. Has to be made and used inside a running event loop."""

    def __init__(self, stage: Stage, narrator: Narrator, clock: Clock, tempo: Tempo) -> None:
        self.stage = stage
        self.tempo = tempo
        self.narrator = narrator
        self.clock = clock
        self.endings: asyncio.Queue[ConnectionEnded] = asyncio.Queue()
        self.gateway = Gateway(_config(stage, tempo), announce=self._announce, clock=clock)
        loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
        self.pulse = Pulse(clock)
        self.metrics = Metrics(self.gateway, loop=loop, log_lines_dropped=lambda: 0)

    async def play(self) -> None:
        """Every step, once."""
        arrow = self.narrator.arrow
        self.narrator.title(
            "Farshore, live, in a tailnet that exists in this process alone",
            f"client {arrow} farshore {arrow} tailscaled {arrow} router r1 or r2 {arrow} {POSTGRES.host}",
            "The gateway is the real one; all ports are on 127.0.0.1 and were free.",
        )
        await self._ask_both()
        await self._lose_router()
        await self._hand_over()
        await self._leak()
        await self._heal()
        held, failed = self.narrator.held, self.narrator.failed
        self.narrator.line(f"\n{held} of {held + failed} claims held.", style="bold")

    def listen(self, route: str) -> HostPort:
        """Where clients connect to for a route."""
        return {state.name: state.listen for state in self.gateway.routes()}[route]

    async def _ask_both(self) -> None:
        await self.narrator.step(
            "Two databases behind a subnet router",
            "A client connects to a port of the gateway and talks to a database that only the routers can reach.",
        )
        await self._ask_postgres_well("Postgres")
        await self._ask_well(SQL_SERVER_ROUTE, "SQL Server", SQL_SERVER, query_tds)

    async def _lose_router(self) -> None:
        self.stage.daemon.inject(DEAD)
        await self.narrator.step(
            "A router dies, and nobody notices",
            "r1 no longer passes a packet. The control plane still calls it online and sends it the route's traffic. "
            f"The gateway waits {self.tempo.dial_s:g} s here, 7 s by default.",
        )
        reply = await self._ask(POSTGRES_ROUTE, query_postgres)
        self._told(reply, Code.NO_ANSWER)
        for name, dead in ((R1, True), (R2, False)):
            router = self.stage.daemon.backend.tailnet.router(name)
            answers = await self._answers(router.address)
            said = "answers, it is well" if answers else f"no answer in {self.tempo.ping_s:g} s: it is this router"
            self.narrator.result(f"tailscale ping --tsmp {router.address} ({name}): {said}", holds=answers != dead)

    async def _hand_over(self) -> None:
        self.stage.daemon.heal(DEAD)
        self.stage.daemon.inject(OFFLINE)
        await self.narrator.step(
            "The other router takes over",
            "r1 is switched off. Now the control plane notices and hands the route to r2.",
        )
        await self._ask_postgres_well("Postgres")
        self.stage.daemon.heal(OFFLINE)

    async def _leak(self) -> None:
        self.stage.daemon.inject(WITHDRAWN)
        impostor = self.stage.impostor
        await self.narrator.step(
            "The route is gone, and an impostor has the same address",
            "Without a route tailscaled dials from this host's own network. There, too, somebody is "
            f"{POSTGRES.host}, and would gladly take the client's password.",
        )
        reply = await self._ask(POSTGRES_ROUTE, query_postgres)
        self._told(reply, Code.LEAK)
        self.narrator.result(f"the impostor got {_traffic(impostor)}", holds=not impostor.accepted)

        reply = await self._ask(SOCKS_ROUTE, query_postgres)
        holds = reply.code is Code.LEAK and (impostor.accepted, impostor.rx_bytes) == (1, 0)
        got = f"the impostor got {_traffic(impostor)}"
        self.narrator.result(f"over SOCKS5, where tailscaled connects before one can know, {got}", holds=holds)

        answer = await self._ask_without_gateway()
        got = f"{impostor.rx_bytes} bytes of a login"
        self.narrator.result(f'without Farshore "{answer}" answers, and got {got}', holds=impostor.rx_bytes > 0)

    async def _heal(self) -> None:
        self.stage.daemon.heal(WITHDRAWN)
        await self.narrator.step("The route is approved again", "Nothing has to be restarted.")
        await self._ask_postgres_well("Postgres")
        await self._ask_well(SQL_SERVER_ROUTE, "SQL Server", SQL_SERVER, query_tds)

    async def _ask_postgres_well(self, name: str) -> None:
        await self._ask_well(POSTGRES_ROUTE, name, POSTGRES, query_postgres)

    async def _ask_well(self, route: str, name: str, target: HostPort, query: Query) -> None:
        reply = await self._ask(route, query)
        holds = reply.answer == f"{name} on {target.host}" and reply.code is Code.CLIENT_CLOSED
        said = f'"{reply.answer}"' if reply.answer is not None else reply.failure
        way = f"{self.listen(route)} {self.narrator.arrow} {target}"
        self.narrator.result(f"{way}  {said}, {reply.elapsed}", holds=holds)
        if not holds:
            self._explain(reply)

    def _told(self, reply: _Reply, expected: Code) -> None:
        """The client failed, and the gateway says why in the expected word."""
        said = reply.failure or f'"{reply.answer}"'
        holds = reply.answer is None and reply.code is expected
        self.narrator.result(f"the client got: {said}, after {reply.elapsed}", holds=holds)
        self._explain(reply)

    def _explain(self, reply: _Reply) -> None:
        if reply.ending is None:
            self.narrator.facts(("outcome", "the gateway did not say"))
            return
        meaning = MEANINGS[reply.ending.code]
        detail = [("detail", reply.ending.detail)] if reply.ending.detail else []
        self.narrator.facts(
            ("outcome", reply.ending.code), *detail, ("meaning", meaning.summary), ("remedy", meaning.remedy)
        )

    async def _ask(self, route: str, query: Query) -> _Reply:
        started_s = self.clock.monotonic_s()
        answer, failure = None, ""
        try:
            answer = await query(self.listen(route), QUESTION)
        except (OSError, EOFError, ValueError) as error:
            failure = _in_words(error)
        elapsed_ms = (self.clock.monotonic_s() - started_s) * 1000
        return _Reply(answer=answer, failure=failure, elapsed_ms=elapsed_ms, ending=await self._ending())

    async def _ending(self) -> ConnectionEnded | None:
        try:
            async with asyncio.timeout(ENDING_S):
                return await self.endings.get()
        except TimeoutError:
            return None

    async def _answers(self, address: IPv4Address) -> bool:
        """Whether the peer answers a ping inside WireGuard, as `tailscale ping --tsmp` asks."""
        api = LocalApi(self.stage.daemon.socket)
        try:
            pong = await api.ping(address, PingKind.TSMP, timeout_s=self.tempo.ping_s)
        except LocalApiError:
            return False
        finally:
            await api.aclose()
        return not pong.error

    async def _ask_without_gateway(self) -> str:
        """The same question through tailscaled's SOCKS5 port, by a client that does not look where it got to."""
        stream = await connect(self.stage.daemon.socks5)
        try:
            await stream.write(Socks5Handshake(POSTGRES).request())
            await stream.read_exactly(SOCKS_REPLY_BYTES)
            return await ask_postgres(stream, QUESTION)
        finally:
            stream.close()

    def _announce(self, event: Event) -> None:
        self.metrics.announce(event)
        self.pulse.announce(event)
        if isinstance(event, ConnectionEnded):
            self.endings.put_nowait(event)


def _config(stage: Stage, tempo: Tempo) -> Config:
    """One egress over LocalAPI and one over SOCKS5, both to the lab's daemon; every port is free and chosen now."""
    any_port = Ports(host=None, first=0, last=0)

    def route(name: str, target: HostPort, protocol: Protocol, egress: str) -> Route:
        host = None if isinstance(target.host, str) else target.host
        there = Ports(host=host, first=target.port, last=target.port)
        return Route(name=name, listen=any_port, target=there, protocol=protocol, egress=egress)

    daemon = stage.daemon
    return Config(
        egresses={
            "tailnet": TailscaledEgress(socket=daemon.socket, socks5=daemon.socks5),
            "socks5": Socks5Egress(kind="socks5", address=daemon.socks5, tailscale_ips=daemon.backend.base.addresses),
        },
        routes=(
            route(POSTGRES_ROUTE, POSTGRES, Protocol.POSTGRES, "tailnet"),
            route(SQL_SERVER_ROUTE, SQL_SERVER, Protocol.SQLSERVER, "tailnet"),
            route(SOCKS_ROUTE, POSTGRES, Protocol.POSTGRES, "socks5"),
        ),
        timeouts=Timeouts(dial_s=tempo.dial_s),
    )


def _traffic(listener: Listener) -> str:
    connections = "1 connection" if listener.accepted == 1 else f"{listener.accepted} connections"
    return f"{connections}, {listener.rx_bytes} bytes"


def _in_words(error: Exception) -> str:
    """What a driver would have said."""
    match error:
        case ConnectionResetError():
            return "connection reset by peer"
        case EOFError():
            return "connection closed without an answer"
        case OSError():
            return (error.strerror or str(error)).lower()
        case _:
            return str(error)
