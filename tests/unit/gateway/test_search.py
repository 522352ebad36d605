"""A search for a way: which path is dialled when, and what is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.gates import Gate, behind_socks5, gate, granted, route, socks5
from tests.unit.gateway.searching import (
    PROBE_AFTER_S,
    REFUSED,
    TARGET,
    TIMEOUTS,
    UNREACHABLE,
    End,
    Peer,
    overtake,
    ways,
)
from tests.unit.gateway.tailnets import DIAL_SELF, SWITCHED
from tests.unit.gateway.wires import Wire, door, echo, open_descriptors, stay_silent, until

from farshore.core.clock import SystemClock
from farshore.core.events import AttemptFailed, Health, LeakRefused
from farshore.core.outcome import Code
from farshore.gateway.attempt import Surroundings
from farshore.gateway.breaker import BreakerState
from farshore.gateway.plan import PROBE_DELAY_S
from farshore.gateway.search import Lead, Search

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_socket_stays_open")]


async def test_the_preferred_path_alone_is_dialled_while_it_answers(clock: HeldClock) -> None:
    async with ways(clock, Peer(), Peer()) as found:
        for _ in range(3):
            search, end = found.start()
            await end.succeeded()
            assert search.path is found.route.paths[0]
        await found.closed()
        assert found.asked == [3, 0]
        assert found.states == ["closed", "closed"]


async def test_a_path_that_hangs_is_overtaken_after_the_learned_delay_closed_without_a_byte_and_tripped(
    clock: HeldClock,
) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        search, end = found.start()
        await until(lambda: found.peers[0].asked == 1)
        clock.advance(0.059)
        search._hedge()
        assert search._running.keys() == {0}
        clock.advance(0.002)
        await end.succeeded()
        assert search.path is found.route.paths[1]
        await found.closed()
        assert found.states == ["open", "closed"]

        _, end = found.start()
        await end.succeeded()
        await found.closed()
        assert found.asked == [1, 2]


async def test_a_dial_that_fails_or_is_overtaken_is_told_though_the_client_is_carried(clock: HeldClock) -> None:
    async with ways(clock, Peer(UNREACHABLE), Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03, 0.03)
        _, end = found.start()
        await until(lambda: found.asked == [1, 1, 0])
        clock.advance(0.061)
        await end.succeeded()
        failed = [event for event in found.told if isinstance(event, AttemptFailed)]
        assert [(event.path, event.egress, event.code) for event in failed] == [
            ("r1", "r1", Code.TARGET_UNREACHABLE),
            ("r2", "r2", Code.NO_ANSWER),
        ]
        assert [(event.target, event.took_ms) for event in failed] == [(str(TARGET), 0.0), (str(TARGET), 61.0)]


async def test_a_suspect_path_that_is_tried_again_is_overtaken_and_not_tried_by_the_next_client(
    clock: HeldClock,
) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        tried, _ = found.route.paths
        tried.breaker.trip(tried.breaker.begin(clock.now_s), clock.now_s)
        tried.health = Health.SUSPECT
        clock.advance(60)
        for _ in range(3):
            search, end = found.start()
            await until(lambda: found.asked[0] == 1)
            if not end.told:
                clock.advance(0.041)
                search._hedge()
            await end.succeeded()
        assert found.states == ["open", "closed"]
        assert found.asked[0] == 1


async def test_an_answer_that_is_there_when_the_delay_is_over_comes_before_the_hedge(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        search, end = found.start()
        await until(lambda: found.peers[0].asked == 1)
        found.doors[0].wires[0].sock.send(SWITCHED)
        clock.advance(1)
        search._hedge()
        assert end.told == 1
        await end.succeeded()
        await found.closed()
        assert found.asked == [1, 0]
        assert found.states == ["closed", "closed"]


@pytest.mark.parametrize("reply", [REFUSED, UNREACHABLE, DIAL_SELF])
async def test_a_path_that_fails_starts_the_next_one_at_once(clock: HeldClock, reply: bytes) -> None:
    async with ways(clock, Peer(reply), Peer()) as found:
        search, end = found.start()
        await end.succeeded()
        assert search.path is found.route.paths[1]
        await found.closed()
        assert found.asked == [1, 1]


@pytest.mark.parametrize("reply", [REFUSED, UNREACHABLE])
async def test_failures_while_another_path_connects_are_held_against_the_path(clock: HeldClock, reply: bytes) -> None:
    async with ways(clock, Peer(reply), Peer()) as found:
        for dials in range(1, 6):
            assert found.states == ["closed", "closed"]
            _, end = found.start()
            await end.succeeded()
            assert found.asked == [dials, dials]
        assert found.states == ["open", "closed"]
        await found.closed()


async def test_a_missing_route_is_not_held_against_the_path(clock: HeldClock) -> None:
    async with ways(clock, Peer(DIAL_SELF), Peer()) as found:
        for _ in range(6):
            _, end = found.start()
            await end.succeeded()
        assert found.states == ["closed", "closed"]
        await found.closed()


async def test_a_target_that_refuses_on_all_paths_is_asked_once_on_each_and_no_breaker_opens(clock: HeldClock) -> None:
    async with ways(clock, Peer(REFUSED), Peer(REFUSED), Peer(REFUSED)) as found:
        for _ in range(7):
            _, end = found.start()
            failure = await end.failed()
            assert failure.code is Code.TARGET_REFUSED
        await found.closed()
        assert found.asked == [7, 7, 7]
        assert found.states == ["closed"] * 3


async def test_where_nobody_answers_every_path_is_named_and_counts(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer(reply=None)) as found:
        for _ in range(5):
            search, end = found.start()
            await until(lambda: sum(found.asked) % 2 == 1)
            clock.advance(1)
            await until(lambda: sum(found.asked) % 2 == 0)
            clock.advance(TIMEOUTS.dial_s)
            search.check_deadline(clock.now_s)
            failure = await end.failed()
            assert failure.code is Code.NO_ANSWER
            assert failure.detail.count("nobody answered for") == 2
            assert failure.detail.startswith("r1: ")
            assert "; r2: " in failure.detail
        await found.closed()
        assert found.states == ["open", "open"]


async def test_of_different_failures_the_most_telling_is_the_answer(clock: HeldClock) -> None:
    async with ways(clock, Peer(UNREACHABLE), Peer(REFUSED)) as found:
        _, end = found.start()
        failure = await end.failed()
        assert failure.code is Code.TARGET_REFUSED
        assert failure.detail.startswith("r1: ")
        await found.closed()


async def test_a_port_on_which_nobody_listens_is_left_for_the_next(clock: HeldClock) -> None:
    async with ways(clock, Peer(), Peer()) as found:
        found.doors[0].close_port()
        _, end = found.start()
        await end.succeeded()
        await found.closed()
        assert found.asked == [0, 1]


async def test_a_search_that_is_given_up_closes_everything_and_says_nothing(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer(reply=None)) as found:
        search, end = found.start()
        await until(lambda: found.peers[0].asked == 1)
        clock.advance(1)
        await until(lambda: found.asked == [1, 1])
        search.abort()
        search.abort()
        await found.closed()
        search._hedge()
        assert end.told == 0
        assert found.asked == [1, 1]
        assert found.states == ["closed", "closed"]


async def test_a_path_that_is_back_is_probed_by_one_client_at_a_time_and_takes_its_place_again(
    clock: HeldClock,
) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        await overtake(found, clock, 0.061)
        clock.advance(PROBE_AFTER_S)

        probe, end = found.start()
        await until(lambda: found.peers[0].asked == 2)
        _, beside = found.start()
        await beside.succeeded()
        assert found.asked == [2, 2]
        found.doors[0].wires[-1].sock.send(SWITCHED)
        await end.succeeded()
        assert probe.path is found.route.paths[0]
        assert found.states == ["half-open", "closed"]

        found.peers[0].reply = SWITCHED
        _, end = found.start()
        await end.succeeded()
        assert found.states == ["closed", "closed"]
        await found.closed()


async def test_a_probe_that_fails_sends_no_second_client_there_until_its_own_has_found_a_way(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        await overtake(found, clock, 0.25)
        clock.advance(PROBE_AFTER_S)
        found.peers[0].reply, found.peers[1].reply = UNREACHABLE, None

        _, end = found.start()
        await until(lambda: found.asked == [2, 2])
        second, beside = found.start()
        await until(lambda: found.asked == [2, 3])
        second.abort()
        found.doors[1].wires[1].sock.send(SWITCHED)
        await end.succeeded()
        assert found.states == ["open", "closed"]
        assert beside.told == 0
        await found.closed()


async def test_a_client_that_leaves_after_its_probe_has_failed_lets_the_next_one_probe(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        await overtake(found, clock, 0.25)
        clock.advance(PROBE_AFTER_S)
        found.peers[0].reply, found.peers[1].reply = UNREACHABLE, None
        search, _ = found.start()
        await until(lambda: found.asked == [2, 2])
        search.abort()
        await found.closed()
        assert found.route.paths[0].breaker.admits(clock.now_s)


async def test_a_path_out_of_order_is_the_last_resort_and_none_waits_for_it_long(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        await overtake(found, clock, 0.25)
        found.peers[0].reply, found.peers[1].reply = SWITCHED, REFUSED
        _, end = found.start()
        await end.succeeded()
        assert found.asked == [2, 2]

        found.route.paths[0].breaker.trip(found.route.paths[0].breaker.begin(clock.now_s), clock.now_s)
        await found.closed()


async def test_where_every_path_is_out_of_order_the_first_that_is_back_is_found_by_hedging(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        for path in found.route.paths:
            path.breaker.trip(path.breaker.begin(clock.now_s), clock.now_s)
        _, end = found.start()
        await until(lambda: found.peers[0].asked == 1)
        clock.advance(PROBE_DELAY_S)
        await end.succeeded()
        await found.closed()
        assert found.asked == [1, 1]
        assert found.states == ["open", "half-open"]


async def test_two_hundred_clients_of_healthy_paths_open_hardly_more_connections_than_they_are() -> None:
    async with ways(SystemClock(), Peer(), Peer()) as found:
        for _ in range(20):
            ends = [found.start()[1] for _ in range(10)]
            for end in ends:
                await end.succeeded()
        await found.closed()
        assert sum(peer.granted for peer in found.peers) <= 220


async def test_a_client_that_leaves_while_two_paths_are_dialled_leaves_nothing_behind(clock: HeldClock) -> None:
    async with door(stay_silent) as first, door(stay_silent) as second:
        before = len(open_descriptors())
        egresses = {"one": socks5(first.address), "two": socks5(second.address)}
        paths = ({"via": "r1", "egress": "one"}, {"via": "r2", "egress": "two"})
        async with gate(egresses["one"], route(egress="one", paths=paths), clock=clock, egresses=egresses) as opened:
            listening = len(open_descriptors())
            client = await opened.client()
            await until(lambda: first.accepted == 1)
            clock.advance(1)
            await until(lambda: second.accepted == 1)
            client.close()
            ending = await opened.ended_with(Code.CLIENT_GONE_EARLY)
            for wire in (first.wires[0], second.wires[0]):
                assert (await wire.receive_all())[0] == b"\x05\x01\x00\x05\x01\x00\x01" + bytes(
                    [172, 16, 20, 88, 5, 153]
                )
            assert (ending.path, ending.upstream_bytes) == ("r1", 0)
            (shown,) = opened.gateway.routes()
            assert [(path.name, path.egress, path.state) for path in shown.paths] == [
                ("r1", "one", BreakerState.CLOSED),
                ("r2", "two", BreakerState.CLOSED),
            ]
            # Of each dial the peer's own end is left, which the test holds.
            assert len(open_descriptors()) == listening + 2
        assert len(open_descriptors()) == before + 2


async def test_a_leak_on_one_path_is_told_of_its_own_egress_though_another_carries() -> None:
    async with door(behind_socks5(echo, granted("10.0.0.9"))) as leaky, door(behind_socks5(echo)) as good:
        egresses = {"one": socks5(leaky.address), "two": socks5(good.address)}
        paths = ({"via": "r1", "egress": "one"}, {"via": "r2", "egress": "two"})
        async with gate(egresses["two"], route(egress="two", paths=paths), egresses=egresses) as opened:
            with await opened.client() as client:
                await greet(client)
            (leak,) = opened.told(LeakRefused)
            assert (leak.egress, leak.connected) == ("one", True)
            (ending,) = await opened.ended_in_time()
            assert (ending.code, ending.path) == (Code.CLIENT_CLOSED, "r2")


async def test_a_path_that_has_just_answered_is_dialled_first_and_waited_for(clock: HeldClock) -> None:
    async with ways(clock, Peer(), Peer(reply=None)) as found:
        found.learn(0.01, 0.01)
        end = End(found.poller)
        shared = Surroundings(clock=clock, poller=found.poller, timeouts=TIMEOUTS)
        search = Search(found.route, TARGET, end, shared, Lead(path=found.route.paths[1], patience_s=2.0))
        search.start()
        await until(lambda: found.asked == [0, 1])
        clock.advance(1.9)
        search._hedge()
        await until(lambda: found.asked == [0, 2])
        search._hedge()
        await asyncio.sleep(0.1)
        assert found.asked == [0, 2]
        search.abort()
        await found.closed()


@asynccontextmanager
async def shared_out(balance: str) -> AsyncIterator[Gate]:
    """A gateway whose route has a path to each of two targets that echo."""
    async with door(behind_socks5(echo)) as first, door(behind_socks5(echo)) as second:
        egresses = {"one": socks5(first.address), "two": socks5(second.address)}
        paths = ({"via": "r1", "egress": "one"}, {"via": "r2", "egress": "two"})
        written = route(egress="one", paths=paths, balance=balance)
        async with gate(egresses["one"], written, egresses=egresses) as opened:
            yield opened


def carried(opened: Gate) -> list[int]:
    return [path.connections for path in opened.gateway.routes()[0].paths]


async def greet(client: Wire) -> None:
    await client.send(b"hello")
    assert await client.receive(5) == b"hello"


@pytest.mark.parametrize(("balance", "expected"), [("order", [4, 0]), ("round-robin", [2, 2])])
async def test_connections_are_shared_out_as_it_is_written(balance: str, expected: list[int]) -> None:
    async with shared_out(balance) as opened:
        with ExitStack() as clients:
            for _ in range(4):
                await greet(clients.enter_context(await opened.client()))
            assert carried(opened) == expected
        await opened.ended_in_time(4)
        assert carried(opened) == [0, 0]


async def test_the_path_that_carries_the_fewest_gets_the_next_connection() -> None:
    async with shared_out("least-connections") as opened:
        first, *others = [await opened.client() for _ in range(4)]
        for client in (first, *others):
            await greet(client)
        assert carried(opened) == [2, 2]
        first.close()
        (ending,) = await opened.ended_in_time()
        lighter = 0 if ending.path == "r1" else 1
        assert carried(opened)[lighter] == 1
        with await opened.client() as another:
            await greet(another)
            assert carried(opened) == [2, 2]
        for client in others:
            client.close()
        await opened.ended_in_time(5)
