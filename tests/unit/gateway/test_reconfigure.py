"""A gateway whose configuration changes while it carries."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.ports import free_port
from tests.unit.gateway.gates import (
    DIRECT,
    Gate,
    behind_localapi,
    behind_socks5,
    direct,
    gate,
    route,
    says,
    socks5,
    tailscaled,
)
from tests.unit.gateway.tailnets import Daemon
from tests.unit.gateway.wires import Ending, Wire, connect, door, echo, open_descriptors, stay_silent, until

from farshore.config.egresses import Egress
from farshore.config.fields import Ports
from farshore.config.model import Config, Drain, Keepalive, Limits, Path, Route, Timeouts
from farshore.core.address import HostPort
from farshore.core.events import ListenerClosed, ListenerOpened
from farshore.core.outcome import Code
from farshore.gateway.succession import NotReconfigured, Reconfigured

pytestmark = pytest.mark.anyio


def on(port: int, target: HostPort, name: str = "db", **settings: Any) -> Route:
    return direct(target, name=name, listen=Ports(host=None, first=port, last=port), **settings)


def config(*routes: Route, egress: Egress = DIRECT, **settings: Any) -> Config:
    return Config.model_validate({"egresses": {"tailnet": egress}, "routes": routes} | settings)


async def reconfigured(opened: Gate, after: Config) -> Reconfigured:
    answer = await opened.gateway.reconfigure(after)
    assert isinstance(answer, Reconfigured), answer
    return answer


async def greet(client: Wire, answer: bytes = b"hello") -> None:
    await client.send(b"hello")
    assert await client.receive(5) == answer


@asynccontextmanager
async def two_targets() -> AsyncIterator[tuple[HostPort, HostPort]]:
    """The first one echoes, the second one says that it is another."""
    async with door(echo) as first, door(says(b"other", to=5)) as second:
        yield first.address, second.address


async def test_another_target_is_for_those_who_come_later() -> None:
    port = free_port()
    async with two_targets() as (first, second), gate(DIRECT, on(port, first)) as opened:
        with await opened.client() as before:
            await greet(before)
            opened.events.clear()

            assert (await reconfigured(opened, config(on(port, second)))).changed == ("db",)

            with await opened.client() as after:
                await greet(after, b"other")
                await greet(before)
                (state,) = opened.gateway.routes()
                assert (state.target, state.active, state.accepted) == (second, 2, 2)
                targets = [connection.target for connection in opened.gateway.connections()]
                assert targets == [str(first), str(second)]
                assert not opened.events


async def test_a_new_route_opens_and_a_removed_one_goes_on_for_those_who_came() -> None:
    old, new = free_port(), free_port()
    async with two_targets() as (first, second), gate(DIRECT, on(old, first, "old")) as opened:
        with await opened.client() as before:
            await greet(before)
            opened.events.clear()

            answer = await reconfigured(opened, config(on(new, second, "new")))

            assert (answer.added, answer.removed) == (("new",), ("old",))
            assert [type(event) for event in opened.events] == [ListenerOpened, ListenerClosed]
            with pytest.raises(ConnectionRefusedError):
                connect(HostPort(first.host, old))
            with await opened.client() as after:
                await greet(after, b"other")
            await greet(before)
            assert [(state.name, state.active) for state in opened.gateway.routes()][1:] == [("old", 1)]
            assert opened.gateway.readiness().ready
        await opened.ended(2)
        assert [state.name for state in opened.gateway.routes()] == ["new"]


async def test_whoever_stays_on_a_removed_route_is_cut_after_the_grace() -> None:
    old, other = free_port(), free_port()
    async with door(echo) as target, gate(DIRECT, on(old, target.address), on(other, target.address, "o")) as opened:
        with await opened.client() as removed, await opened.client(route=1) as kept:
            await greet(removed)
            await greet(kept)

            await reconfigured(opened, config(on(other, target.address, "o"), drain=Drain(settle_s=0, grace_s=0.05)))

            assert await removed.ending() is Ending.RST
            assert (await opened.ended_with(Code.DRAIN_CUT)).route == "db"
            await greet(kept)


async def test_a_route_that_comes_back_in_time_keeps_its_connections() -> None:
    port, other = free_port(), free_port()
    drain = Drain(settle_s=0, grace_s=0.3)
    async with door(echo) as target, gate(DIRECT, on(port, target.address), drain=drain) as opened:
        with await opened.client() as client:
            await greet(client)
            await reconfigured(opened, config(on(other, target.address, "other"), drain=drain))
            await reconfigured(opened, config(on(port, target.address), drain=drain))
            await asyncio.sleep(0.4)
            await greet(client)
            assert [(state.name, state.active) for state in opened.gateway.routes()] == [("db", 1)]


async def test_a_port_in_use_changes_nothing_at_all() -> None:
    port, free = free_port(), free_port()
    async with two_targets() as (first, second), gate(DIRECT, on(port, first)) as opened:
        with socket.create_server(("127.0.0.1", 0)) as taken, await opened.client() as client:
            await greet(client)
            opened.events.clear()
            before, states = open_descriptors(), opened.gateway.routes()
            taken_port = taken.getsockname()[1]
            limits = Limits(max_connections=1)

            refused = await opened.gateway.reconfigure(
                config(on(port, second), on(free, first, "free"), on(taken_port, first, "late"), limits=limits)
            )

            assert isinstance(refused, NotReconfigured)
            assert refused.error is not None
            assert (refused.error.route, refused.error.address.port) == ("late", taken_port)
            assert open_descriptors() == before
            assert opened.gateway.routes() == states
            assert opened.gateway.readiness().ready
            assert not opened.events
            with await opened.client() as again:
                await greet(again)
            with pytest.raises(ConnectionRefusedError):
                connect(HostPort(first.host, free))


async def test_bounds_time_outs_and_keepalive_are_for_those_who_come_later() -> None:
    port = free_port()
    async with door(echo) as target, gate(DIRECT, on(port, target.address)) as opened:
        with await opened.client() as first, await opened.client() as second:
            await greet(first)
            await greet(second)
            narrow = config(
                on(port, target.address),
                limits=Limits(max_connections=2),
                timeouts=Timeouts(idle_s=0.4),
                keepalive=Keepalive(idle_s=77),
            )
            assert (await reconfigured(opened, narrow)).unchanged == ("db",)
            with await opened.client() as third:
                assert await third.ending() is Ending.RST
            await opened.ended_with(Code.GATEWAY_FULL)
            first.close()
            await opened.ended(2)
            with await opened.client() as fourth:
                await greet(fourth)
                newest = list(opened.gateway._sessions)[-1]
                assert newest.client.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 77
                opened.clock.advance(0.1)
                await asyncio.sleep(0.15)
                opened.clock.advance(0.5)
                assert await fourth.ending() is Ending.FIN
            assert (await opened.ended(3))[-1].code is Code.IDLE
            await greet(second)


async def test_a_dial_that_is_under_way_is_answered_over_the_egress_it_began_with() -> None:
    port = free_port()
    release = asyncio.Event()

    async def wait(wire: Wire) -> None:
        await release.wait()
        await behind_socks5(echo)(wire)

    async with door(wait) as slow, door(behind_socks5(echo)) as quick:
        only = route(name="db", listen=Ports(host=None, first=port, last=port))
        async with gate(socks5(slow.address), only) as opened:
            with await opened.client() as before:
                await until(lambda: slow.accepted == 1)
                await reconfigured(opened, config(only, egress=socks5(quick.address)))
                with await opened.client() as after:
                    await greet(after)
                release.set()
                await greet(before)
            assert (slow.accepted, quick.accepted) == (1, 1)


async def test_a_former_egress_is_closed_once_nobody_needs_it(tmp_path: Any) -> None:
    port = free_port()
    only = route(name="db", listen=Ports(host=None, first=port, last=port))
    async with (
        door(Daemon(behind_localapi(echo)), tmp_path / "a"),
        door(Daemon(behind_localapi(echo)), tmp_path / "b"),
        gate(tailscaled(tmp_path / "a"), only) as opened,
    ):
        with await opened.client() as client:
            await greet(client)
            await reconfigured(opened, config(only, egress=tailscaled(tmp_path / "b")))
            assert [egress.name for egress in opened.gateway._former_egresses] == ["tailnet"]
            await greet(client)
        await opened.ended_in_time(1)
        await reconfigured(opened, config(only, egress=tailscaled(tmp_path / "b")))
        assert not opened.gateway._former_egresses
        with await opened.client() as after:
            await greet(after)


async def test_who_is_held_goes_on_waiting_and_is_still_counted() -> None:
    port = free_port()
    async with door(stay_silent) as first, door(stay_silent) as second, door(behind_socks5(echo)) as good:
        egresses = {"a": socks5(first.address), "b": socks5(second.address), "c": socks5(good.address)}
        held = route(
            name="db",
            listen=Ports(host=None, first=port, last=port),
            paths=(Path(egress="a"), Path(egress="b")),
            hold_s=60.0,
        )
        async with gate(DIRECT, held, egresses=egresses) as opened:
            with await opened.client() as client:

                def is_held() -> bool:
                    opened.clock.advance(0.1)
                    return opened.gateway.routes()[0].held == 1

                await until(is_held)
                better = held.model_copy(update={"paths": (Path(egress="c"), *held.paths)})
                await reconfigured(opened, config(better, egresses=egresses))
                assert opened.gateway.routes()[0].held == 1
                with await opened.client() as after:
                    await greet(after)
                client.reset()
            await opened.ended_in_time(2)


async def test_one_that_drains_is_left_alone() -> None:
    port = free_port()
    async with door(echo) as target, gate(DIRECT, on(port, target.address)) as opened:
        await opened.gateway.close()
        refused = await opened.gateway.reconfigure(config(on(free_port(), target.address)))
        assert isinstance(refused, NotReconfigured)
        assert "stopped" in refused.reason
        assert opened.gateway.routes()[0].listen.port == port
