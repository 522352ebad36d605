"""When a search dials a path a second time, and when it leaves the time to others."""

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.searching import TARGET, TIMEOUTS, UNREACHABLE, End, Peer, overtake, ways
from tests.unit.gateway.tailnets import SWITCHED
from tests.unit.gateway.wires import until

from farshore.gateway.attempt import Surroundings
from farshore.gateway.breaker import BreakerState
from farshore.gateway.search import REDIAL_AFTER_S, Lead, Search

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_socket_stays_open")]


async def test_the_last_path_in_its_place_is_dialled_once_more_when_its_first_dial_hears_nothing(
    clock: HeldClock,
) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        await overtake(found, clock, 0.061)
        found.peers[1].reply = None
        search, end = found.start()
        await until(lambda: found.asked == [1, 2])
        search._hedge()
        assert found.asked == [1, 2]
        found.peers[1].reply = SWITCHED
        clock.advance(0.061)
        await end.succeeded()
        assert search.path is found.route.paths[1]
        await found.closed()
        assert found.asked == [1, 3]
        assert found.states == ["open", "closed"]


async def test_a_second_dial_is_taken_from_what_the_route_may_dial_again(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        await overtake(found, clock, 0.061)
        found.peers[1].reply = None
        retries = found.route.tally.retries
        for used_up in (False, True):
            while used_up and retries.take():
                pass
            taken, asked = retries.taken, found.asked[1]
            search, _ = found.start()
            await until(lambda before=asked: found.asked[1] == before + 1)  # type: ignore[misc]
            clock.advance(0.061)
            search._hedge()
            await until(lambda before=asked, more=not used_up: found.asked[1] == before + 1 + more)  # type: ignore[misc]
            assert retries.taken == taken + (not used_up)
            search.abort()
            assert retries.taken == taken
        await found.closed()
        assert found.asked == [1, 4]


async def test_a_second_dial_that_was_not_allowed_is_made_when_it_is(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        await overtake(found, clock, 0.061)
        found.peers[1].reply = None
        retries = found.route.tally.retries
        while retries.take():
            pass
        search, end = found.start()
        await until(lambda: found.asked == [1, 2])
        clock.advance(0.061)
        search._hedge()
        retries.give_back()
        found.peers[1].reply = SWITCHED
        search._hedge()
        assert retries.taken == retries.limit - 1
        clock.advance(REDIAL_AFTER_S)
        search._hedge()
        await end.succeeded()
        await found.closed()
        assert found.asked == [1, 3]


async def test_a_lost_dial_is_made_good_beside_a_path_that_is_only_tried_again(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer(reply=None)) as found:
        found.learn(0.03, 0.03)
        tried, _ = found.route.paths
        tried.breaker.trip(tried.breaker.begin(clock.now_s), clock.now_s)
        clock.advance(60)
        search, end = found.start()
        clock.advance(0.041)
        search._hedge()
        await until(lambda: found.asked == [1, 1])
        found.peers[1].reply = SWITCHED
        clock.advance(0.061)
        search._hedge()
        await end.succeeded()
        assert found.asked == [1, 2]


async def test_a_path_that_dies_under_a_crowd_makes_nobody_dial_the_other_one_twice(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer(reply=None)) as found:
        found.learn(0.03, 0.03)
        started = [found.start() for _ in range(3)]
        searches = [search for search, _ in started]
        await until(lambda: found.asked[0] == 3)
        clock.advance(0.061)
        for search in searches:
            search._hedge()
        await until(lambda: found.asked[1] == 3)
        found.doors[1].wires[0].sock.send(SWITCHED)
        await until(lambda: found.states == ["open", "closed"])
        (winner,) = [end for _, end in started if end.told]
        await winner.succeeded()
        clock.advance(0.061)
        for search in searches:
            search._hedge()
            search.abort()
        await found.closed()
        assert found.asked == [3, 3]


@pytest.mark.parametrize("are_answered", [False, True], ids=["others-silent", "others-answered"])
async def test_one_of_a_crowd_leaves_the_others_time_before_it_dials_twice_and_no_more_than_they_need(
    clock: HeldClock, *, are_answered: bool
) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        await overtake(found, clock, 0.061)
        found.peers[1].reply = None
        end = End(found.poller)
        shared = Surroundings(clock=clock, poller=found.poller, timeouts=TIMEOUTS, announce=found.told.append)
        led = found.route.paths[1]
        search = Search(found.route, TARGET, end, shared, Lead(path=led, patience_s=3.0))
        led.dials += 99
        search.start()
        await until(lambda: found.asked == [1, 2])
        clock.advance(0.4)
        search._hedge()
        assert found.route.tally.retries.taken == 0
        led.dials -= 99 if are_answered else 0
        clock.advance(0.01 if are_answered else 0.05)
        search._hedge()
        assert found.route.tally.retries.taken == 1
        await until(lambda: found.asked == [1, 3])
        led.dials -= 0 if are_answered else 99
        search.abort()
        await found.closed()


async def test_one_of_many_whose_dials_are_under_way_leaves_the_others_time_before_it_dials_twice(
    clock: HeldClock,
) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        await overtake(found, clock, 0.061)
        found.peers[1].reply = None
        searches = [found.start()[0] for _ in range(20)]
        await until(lambda: found.asked == [1, 21])
        clock.advance(0.061)
        searches[-1]._hedge()
        assert found.route.tally.retries.taken == 0
        for search in searches[:-1]:
            search.abort()
        searches[-1]._hedge()
        assert found.route.tally.retries.taken == 1
        await until(lambda: found.asked == [1, 22])
        searches[-1].abort()
        await found.closed()


async def test_a_path_out_of_its_place_is_dialled_once(clock: HeldClock) -> None:
    async with ways(clock, Peer(UNREACHABLE), Peer(reply=None)) as found:
        for path in found.route.paths:
            path.breaker.trip(path.breaker.begin(clock.now_s), clock.now_s)
        search, _ = found.start()
        await until(lambda: found.asked == [1, 1])
        clock.advance(3)
        search._hedge()
        search._hedge()
        search.abort()
        await found.closed()
        assert found.asked == [1, 1]


async def test_a_path_that_has_just_answered_somebody_is_dialled_once_more_though_it_has_to_answer_again_for_its_place(
    clock: HeldClock,
) -> None:
    async with ways(clock, Peer(reply=None), Peer()) as found:
        found.learn(0.03, 0.03)
        led = found.route.paths[0]
        for path in found.route.paths:
            path.breaker.trip(path.breaker.begin(clock.now_s), clock.now_s)
        led.breaker.succeed(led.breaker.begin(clock.now_s), clock.now_s)
        search, end = found.start(Lead(path=led, patience_s=1.0))
        await until(lambda: found.asked == [1, 0])
        assert led.breaker.state is BreakerState.HALF_OPEN
        found.peers[0].reply = SWITCHED
        clock.advance(0.061)
        search._hedge()
        await end.succeeded()
        await found.closed()
        assert found.asked == [2, 0]
        assert found.states == ["closed", "open"]


async def test_a_path_that_has_lost_its_place_since_it_answered_is_not_dialled_once_more(clock: HeldClock) -> None:
    async with ways(clock, Peer(reply=None), Peer(reply=None)) as found:
        found.learn(0.03, 0.03)
        led = found.route.paths[0]
        search, _ = found.start(Lead(path=led, patience_s=1.0))
        await until(lambda: found.asked == [1, 0])
        led.breaker.trip(led.breaker.begin(clock.now_s), clock.now_s)
        clock.advance(0.061)
        search._hedge()
        assert found.route.tally.retries.taken == 0
        search.abort()
        await found.closed()
