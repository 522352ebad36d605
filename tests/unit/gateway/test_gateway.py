import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_network

import pytest
from tests.ports import free_port
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.gates import DIRECT, PRIVATE, behind_socks5, direct, gate, route, socks5
from tests.unit.gateway.wires import Ending, Wire, connect, door, echo, open_descriptors, stay_silent, until

from farshore.config.fields import Ports
from farshore.config.model import Config, Drain, Limits, Route, Timeouts
from farshore.core.address import HostPort, parse_host_port
from farshore.core.events import (
    ConnectionEnded,
    DrainEnded,
    DrainStarted,
    Event,
    Health,
    HealthChanged,
    ListenerClosed,
    ListenerOpened,
)
from farshore.core.outcome import MEANINGS, Code, Phase
from farshore.gateway.gateway import Gateway
from farshore.gateway.listener import ListenError

pytestmark = pytest.mark.anyio

LOOPBACK = IPv4Address("127.0.0.1")


def config(*routes: Route) -> Config:
    return Config(egresses={"out": DIRECT}, routes=routes)


def listening(first: int, last: int | None = None) -> Ports:
    return Ports(host=None, first=first, last=first if last is None else last)


class TestOpening:
    async def test_every_route_is_listened_for_and_announced(self) -> None:
        async with gate(DIRECT, direct(PRIVATE), direct(PRIVATE, name="other")) as opened:
            first, second = opened.gateway.routes()
            assert opened.events == [
                ListenerOpened(route="db", listen=str(first.listen), target="172.16.20.88:1433", egress="tailnet"),
                ListenerOpened(route="other", listen=str(second.listen), target="172.16.20.88:1433", egress="tailnet"),
            ]
            assert first.listen.host == LOOPBACK
            assert first.listen.port != second.listen.port != 0
            assert (first.target, first.protocol) == (PRIVATE, "tcp")
            assert (first.egress, first.egress_kind) == ("tailnet", "direct")
            assert (first.active, first.accepted, first.ended) == (0, 0, {})

    async def test_it_is_unready_with_open_ports_while_something_outside_is_awaited(self) -> None:
        clock = HeldClock()
        gateway = Gateway(config(), announce=lambda _: None, clock=clock)
        gateway.await_outside("tailscaled is starting")
        assert gateway.readiness().reason == "the ports are not open yet"
        await gateway.open()
        awaited = gateway.readiness()
        gateway.await_outside(None)
        ready = gateway.readiness()
        gateway.await_outside("tailscaled is starting")
        await gateway.close()
        assert (awaited.ready, awaited.reason) == (False, "tailscaled is starting")
        assert (ready.ready, gateway.readiness().reason) == (True, "stopped")

    async def test_it_is_ready_once_it_is_open(self) -> None:
        gateway = Gateway(config(direct(PRIVATE)), announce=list[Event]().append, clock=HeldClock())
        assert not gateway.readiness().ready

        await gateway.open()
        assert gateway.readiness().ready

        await gateway.close()
        assert not gateway.readiness().ready

    async def test_a_port_in_use_opens_none_of_them(self) -> None:
        free = free_port()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            events: list[Event] = []
            port = taken.getsockname()[1]
            routes = (direct(PRIVATE, listen=listening(free)), direct(PRIVATE, name="late", listen=listening(port)))
            gateway = Gateway(config(*routes), announce=events.append, clock=HeldClock())
            before = open_descriptors()

            with pytest.raises(ListenError) as refused:
                await gateway.open()

            assert (refused.value.route, refused.value.address.port) == ("late", port)
            assert open_descriptors() == before
            assert not events
            assert not gateway.readiness().ready
            with pytest.raises(ConnectionRefusedError):
                connect(HostPort(LOOPBACK, free))
            await gateway.close()

    async def test_a_range_is_a_route_for_each_port_and_its_own_target(self) -> None:
        async def tell_its_port(wire: Wire) -> None:
            await wire.send(str(wire.sock.getsockname()[1]).encode())

        first = next(port for port in range(21000, 60000, 10) if all(map(_is_free, range(port, port + 3))))
        async with door(tell_its_port) as target:
            # The middle port of the range is the one where somebody listens.
            middle = target.address.port
            targets = Ports(host=LOOPBACK, first=middle - 1, last=middle + 1)
            ranges = {"listen": listening(first, first + 2), "target": targets}
            async with gate(DIRECT, direct(PRIVATE).model_copy(update=ranges)) as opened:
                states = opened.gateway.routes()
                assert [state.name for state in states] == [f"db:{first + offset}" for offset in range(3)]
                assert [state.listen.port for state in states] == [first, first + 1, first + 2]
                assert [state.target.port for state in states] == [middle - 1, middle, middle + 1]
                with await opened.client(route=1) as client:
                    assert await client.receive_all() == (str(middle).encode(), Ending.FIN)


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


class TestLimits:
    async def test_a_full_route_refuses_and_the_other_does_not(self) -> None:
        async with door(echo) as target:
            small, large = direct(target.address, max_connections=2), direct(target.address, name="other")
            async with gate(DIRECT, small, large) as opened:
                with await opened.client() as first, await opened.client():
                    with await opened.client() as third:
                        assert await third.ending() is Ending.RST
                    await opened.ended_with(Code.ROUTE_FULL)
                    assert opened.gateway.routes()[0].active == 2
                    assert opened.gateway.routes()[0].accepted == 3
                    with await opened.client(route=1) as other:
                        await greet(other)

                    first.close()
                    await until(lambda: opened.gateway.routes()[0].active == 1)
                    with await opened.client() as fourth:
                        await greet(fourth)

    async def test_a_full_gateway_refuses_on_every_route(self) -> None:
        async with door(echo) as target:
            routes = (direct(target.address), direct(target.address, name="other"))
            async with gate(DIRECT, *routes, limits=Limits(max_connections=2)) as opened:
                with await opened.client() as first, await opened.client(route=1):
                    for number in (0, 1):
                        with await opened.client(route=number) as refused:
                            assert await refused.ending() is Ending.RST
                    assert {ending.code for ending in await opened.ended(2)} == {Code.GATEWAY_FULL}

                    first.close()
                    await until(lambda: opened.gateway.routes()[0].active == 0)
                    with await opened.client() as again:
                        await greet(again)

    @pytest.mark.parametrize(("networks", "allowed"), [(["10.0.0.0/8"], False), (["10.0.0.0/8", "127.0.0.0/8"], True)])
    async def test_only_allowed_clients_are_let_in(self, networks: list[str], allowed: bool) -> None:  # noqa: FBT001
        async with door(echo) as target:
            clients = tuple(ip_network(network) for network in networks)
            async with gate(DIRECT, direct(target.address, allow_clients=clients)) as opened:
                with await opened.client() as client:
                    if allowed:
                        await greet(client)
                    else:
                        assert await client.ending() is Ending.RST
                        ending = await opened.ended_with(Code.CLIENT_NOT_ALLOWED)
                        assert ending.client == client.name
                assert target.accepted == int(allowed)

    async def test_a_refusal_is_a_whole_account_of_its_own(self) -> None:
        async with door(echo) as target, gate(DIRECT, direct(target.address, max_connections=1)) as opened:
            with await opened.client() as first:
                await greet(first)
                with await opened.client() as refused:
                    assert await refused.ending() is Ending.RST
                    ending = await opened.ended_with(Code.ROUTE_FULL)
                    name = refused.name

        assert (ending.connection, ending.client, ending.route) == (2, name, "db")
        assert ending.client_end is MEANINGS[Code.ROUTE_FULL].client_end
        assert (
            ending.connect_ms
            is ending.handshake_ms
            is ending.dial_ms
            is ending.first_byte_ms
            is ending.reached_ms
            is None
        )
        assert (ending.client_bytes, ending.upstream_bytes, ending.leaked_dial) == (0, 0, False)
        assert ending.target.startswith("127.0.0.1:")


class TestWhatThereIsToSee:
    async def test_connections_the_oldest_first_with_their_progress(self) -> None:
        async with door(behind_socks5(echo)) as socks, gate(socks5(socks.address)) as opened:
            with await opened.client() as first:
                await greet(first)
                opened.clock.advance(2.5)
                with await opened.client() as second:
                    await until(lambda: opened.gateway.connections()[1].phase is Phase.FIRST_BYTE)
                    states = opened.gateway.connections()

                    assert [state.connection for state in states] == [1, 2]
                    assert [state.client for state in states] == [first.name, second.name]
                    assert [state.phase for state in states] == [Phase.TRANSFER, Phase.FIRST_BYTE]
                    assert [state.age_s for state in states] == [2.5, 0.0]
                    assert (states[0].client_bytes, states[0].upstream_bytes) == (5, 5)
                    assert states[0].target == "172.16.20.88:1433"
                    assert opened.gateway.routes()[0].active == 2

    async def test_one_is_ended_by_hand_and_the_others_go_on(self) -> None:
        async with door(behind_socks5(echo)) as socks, gate(socks5(socks.address)) as opened:
            with await opened.client() as first, await opened.client() as second:
                await greet(first)
                await greet(second)
                assert opened.gateway.end_connection(1)
                assert await first.ending() is Ending.FIN
                assert (await opened.ended_with(Code.ENDED_BY_HAND)).connection == 1
                assert [state.connection for state in opened.gateway.connections()] == [2]
                assert not opened.gateway.end_connection(1)

    async def test_one_that_is_still_dialled_is_not_ended_by_hand(self) -> None:
        async with door(stay_silent) as socks, gate(socks5(socks.address)) as opened:
            with await opened.client():
                await until(lambda: len(opened.gateway.connections()) == 1)
                assert not opened.gateway.end_connection(1)
                assert len(opened.gateway.connections()) == 1

    async def test_what_has_ended_is_counted_by_code(self) -> None:
        async with door(echo) as target, gate(DIRECT, direct(target.address)) as opened:
            for _ in range(3):
                with await opened.client() as client:
                    await greet(client)
            with await opened.client() as client:
                await greet(client)
                client.reset()
            await opened.ended(4)
            (state,) = opened.gateway.routes()

            assert state.ended == {Code.CLIENT_CLOSED: 3, Code.CLIENT_RESET: 1}
            assert (state.accepted, state.active) == (4, 0)
            state.ended.clear()
            assert opened.gateway.routes()[0].ended


class TestIdle:
    async def test_a_silent_connection_is_ended_and_a_talking_one_is_not(self) -> None:
        timeouts = Timeouts(idle_s=1.0)
        async with door(echo) as target, gate(DIRECT, direct(target.address), timeouts=timeouts) as opened:
            with await opened.client() as silent, await opened.client() as talking:
                await greet(silent)
                for _ in range(4):
                    await greet(talking)
                    await asyncio.sleep(0.26)
                    opened.clock.advance(0.4)
                assert await silent.ending() is Ending.FIN
                ending = await opened.ended_with(Code.IDLE)
                await greet(talking)

        assert ending.connection == 1


async def greet(client: Wire) -> None:
    await client.send(b"hello")
    assert await client.receive(5) == b"hello"


@dataclass
class Hooked:
    """Announcements, and what a test does the moment one of them comes."""

    act: Callable[[Event], None]
    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self.act(event)


class TestDraining:
    async def test_with_nothing_open_it_is_over_at_once(self) -> None:
        async with gate(DIRECT, direct(PRIVATE), drain=Drain(settle_s=0, grace_s=30)) as opened:
            listen = opened.gateway.routes()[0].listen
            opened.events.clear()

            await opened.gateway.drain()

            assert opened.events == [
                DrainStarted(connections=0),
                ListenerClosed(route="db", listen=str(listen)),
                DrainEnded(cut=0),
            ]
            with pytest.raises(ConnectionRefusedError):
                connect(listen)

    async def test_it_is_unready_at_once_and_accepts_while_it_settles(self) -> None:
        drain = Drain(settle_s=0.3, grace_s=0)
        async with door(echo) as target, gate(DIRECT, direct(target.address), drain=drain) as opened:
            with await opened.client() as before:
                await greet(before)
                draining = asyncio.get_running_loop().create_task(opened.gateway.drain())
                await until(lambda: bool(opened.told(DrainStarted)))
                assert not opened.gateway.readiness().ready
                assert opened.gateway.readiness().reason
                with await opened.client() as during:
                    await greet(during)
                    await draining
                    assert await during.ending() is Ending.RST
                assert await before.ending() is Ending.RST

            assert opened.told(DrainStarted) == [DrainStarted(connections=1)]
            assert opened.told(DrainEnded) == [DrainEnded(cut=2)]
            assert [ending.code for ending in opened.endings] == [Code.DRAIN_CUT] * 2

    async def test_what_ends_in_time_is_not_cut(self) -> None:
        drain = Drain(settle_s=0, grace_s=60)
        async with door(echo) as target, gate(DIRECT, direct(target.address), drain=drain) as opened:
            with await opened.client() as client:
                await greet(client)
                draining = asyncio.get_running_loop().create_task(opened.gateway.drain())
                await until(lambda: bool(opened.told(ListenerClosed)))
                await greet(client)
                assert not draining.done()
                client.close()
                await draining
            await opened.ended_with(Code.CLIENT_CLOSED)

            assert opened.told(DrainEnded) == [DrainEnded(cut=0)]

    async def test_the_order_of_events(self) -> None:
        drain = Drain(settle_s=0, grace_s=0)
        async with door(echo) as target, gate(DIRECT, direct(target.address), drain=drain) as opened:
            with await opened.client() as client:
                await greet(client)
                opened.events.clear()
                await opened.gateway.drain()

            kinds = [type(event) for event in opened.events]
            assert kinds == [DrainStarted, ListenerClosed, ConnectionEnded, DrainEnded]

    async def test_a_dial_that_is_cut_has_a_code_of_its_own(self) -> None:
        drain = Drain(settle_s=0, grace_s=0)
        async with door(stay_silent) as socks, gate(socks5(socks.address), drain=drain) as opened:
            with await opened.client() as client:
                await until(lambda: socks.accepted == 1)
                await opened.gateway.drain()
                assert await client.ending() is Ending.RST
            await opened.ended_with(Code.DRAIN_CUT_DIAL)
            # What had been dialled for it is closed, too; unread it was the request.
            assert len((await socks.wires[0].receive_all())[0]) == 13

    async def test_whom_the_kernel_let_in_at_the_last_moment_is_refused(self) -> None:
        listens: list[HostPort] = []
        late: list[Wire] = []

        def come_late(event: Event) -> None:
            """One port has been closed: the other one still lets in."""
            if isinstance(event, ListenerOpened):
                listens.append(parse_host_port(event.listen))
            if isinstance(event, ListenerClosed) and not late:
                late.append(connect(next(at for at in listens if str(at) != event.listen)))

        announced = Hooked(come_late)
        routes = (direct(PRIVATE), direct(PRIVATE, name="other"))
        settings = config(*routes).model_copy(update={"drain": Drain(settle_s=0, grace_s=0)})
        gateway = Gateway(settings, announce=announced, clock=HeldClock())
        await gateway.open()
        await gateway.drain()

        (ending,) = [event for event in announced.events if isinstance(event, ConnectionEnded)]
        assert ending.code is Code.DRAINING
        assert await late[0].ending() is Ending.RST
        late[0].close()


async def test_open_connections_are_summed_up_by_route() -> None:
    async with (
        door(echo) as target,
        gate(DIRECT, direct(target.address), direct(target.address, name="other")) as opened,
    ):
        clients = [await opened.client(index) for index in (0, 0, 1)]
        for client, said in zip(clients, (b"12345", b"1", b"12"), strict=True):
            await client.send(said)
            assert await client.receive(len(said)) == said
        assert opened.gateway.open_bytes() == {"db": (6, 6), "other": (2, 2)}
        for client in clients:
            client.close()


class TestHealth:
    PATHS = ({"via": "r1", "listener": "100.64.0.2:11433"}, {"via": "r2", "listener": "100.64.0.3:11433"})

    async def test_what_is_noted_is_shown_and_announced_once(self) -> None:
        async with gate(DIRECT, route(paths=self.PATHS), route(name="other", paths=self.PATHS)) as opened:
            opened.gateway.note_health("db", "r2", Health.DOWN, "no pong for 6 s")
            opened.clock.advance(2.5)
            opened.gateway.note_health("db", "r2", Health.DOWN, "no pong for 8 s")

            db, other = opened.gateway.routes()
            shown = [(path.health, path.health_for_s, path.health_reason) for path in (*db.paths, *other.paths)]
            unknown = (Health.UNKNOWN, None, "")
            assert shown == [unknown, (Health.DOWN, 2.5, "no pong for 8 s"), unknown, unknown]
            down = HealthChanged(
                route="db", path="r2", health=Health.DOWN, was=Health.UNKNOWN, reason="no pong for 6 s"
            )
            assert opened.told(HealthChanged) == [down]

    async def test_each_change_starts_its_own_time(self) -> None:
        async with gate(DIRECT, route(paths=self.PATHS)) as opened:
            for health in (Health.SUSPECT, Health.DOWN, Health.UP):
                opened.gateway.note_health("db", "r1", health, "a ping")
                opened.clock.advance(1)

            assert opened.gateway.routes()[0].paths[0].health_for_s == 1.0
            assert [(event.was, event.health) for event in opened.told(HealthChanged)] == [
                (Health.UNKNOWN, Health.SUSPECT),
                (Health.SUSPECT, Health.DOWN),
                (Health.DOWN, Health.UP),
            ]

    async def test_what_is_not_there_any_more_is_passed_over(self) -> None:
        async with gate(DIRECT, route(paths=self.PATHS)) as opened:
            opened.gateway.note_health("gone", "r1", Health.DOWN, "no pong")
            opened.gateway.note_health("db", "r3", Health.DOWN, "no pong")

            assert not opened.told(HealthChanged)
            assert {path.health for path in opened.gateway.routes()[0].paths} == {Health.UNKNOWN}


class TestClosing:
    async def test_everything_is_reset_and_counted(self) -> None:
        async with door(echo) as target, gate(DIRECT, direct(target.address)) as opened:
            clients = [await opened.client() for _ in range(5)]
            for client in clients:
                await greet(client)
            await opened.gateway.close()

            assert [await client.ending() for client in clients] == [Ending.RST] * 5
            assert [ending.code for ending in opened.endings] == [Code.DRAIN_CUT] * 5
            assert not opened.gateway.connections()
            assert opened.gateway.routes()[0].active == 0
            for client in clients:
                client.close()

    async def test_twice_is_once(self) -> None:
        async with door(echo) as target, gate(DIRECT, direct(target.address)) as opened:
            with await opened.client() as client:
                await greet(client)
                await opened.gateway.close()
                told = list(opened.events)

                await opened.gateway.close()

                assert opened.events == told

    async def test_before_it_was_ever_open(self) -> None:
        before = open_descriptors()
        gateway = Gateway(config(direct(PRIVATE)), announce=list[Event]().append, clock=HeldClock())
        await gateway.close()

        assert open_descriptors() == before

    async def test_after_a_drain(self) -> None:
        async with gate(DIRECT, direct(PRIVATE), drain=Drain(settle_s=0, grace_s=0)) as opened:
            await opened.gateway.drain()
            told = list(opened.events)
            await opened.gateway.close()

            assert opened.events == told


async def test_a_gateway_may_be_open_beside_another() -> None:
    async with door(echo) as target, gate(DIRECT, direct(target.address)) as one, gate(DIRECT, route()) as other:
        with await one.client() as client:
            await greet(client)
            assert not other.gateway.connections()
            assert len(one.gateway.connections()) == 1
