import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.wires import Ending, Wire, noise, pair, until

from farshore.core.outcome import ClientEnd
from farshore.gateway.closing import LINGER_S, Closings, finish_sending, reset
from farshore.gateway.poller import Poller
from farshore.gateway.sweep import Sweep

pytestmark = pytest.mark.anyio


@contextmanager
def closings(poller: Poller, clock: HeldClock) -> Iterator[Closings]:
    sweep = Sweep(clock, asyncio.get_running_loop())
    opened = Closings(sweep, clock, poller)
    try:
        yield opened
    finally:
        opened.close()
        sweep.close()


async def test_a_reset_is_seen_as_one_even_where_nothing_was_left_unread() -> None:
    with pair() as (near, far):
        reset(near.sock)

        assert await far.ending() is Ending.RST


async def test_a_reset_of_a_connection_that_is_gone_is_harmless() -> None:
    with pair() as (near, far):
        far.reset()
        await asyncio.sleep(0)
        reset(near.sock)

        assert near.sock.fileno() == -1


async def test_what_the_peer_says_after_a_fin_is_still_read() -> None:
    with pair() as (near, far):
        finish_sending(near.sock)
        assert await far.ending() is Ending.FIN

        await far.send(b"the rest")
        assert await near.receive(8) == b"the rest"


async def test_a_fin_on_a_connection_that_is_gone_is_harmless() -> None:
    with pair() as (near, _):
        near.sock.close()
        finish_sending(near.sock)

        assert near.sock.fileno() == -1


async def test_an_end_destroys_nothing_that_is_on_its_way(poller: Poller, clock: HeldClock) -> None:
    data = noise(1_000_000)
    with pair() as (near, far), closings(poller, clock) as ends:
        async with asyncio.TaskGroup() as group:
            group.create_task(near.send(data))
            assert await far.receive(500_000) == data[:500_000]
        # What the client says now is never read by anybody, and must not turn the end into a reset.
        await far.send(b"are you still there?")
        ends.finish(near.sock)
        await far.send(b"hello?")

        assert await far.receive_all() == (data[500_000:], Ending.FIN)
        assert len(ends) == 1
        far.close()
        await until(lambda: len(ends) == 0)


async def test_a_peer_that_has_finished_already_is_done_with_at_once(poller: Poller, clock: HeldClock) -> None:
    with pair() as (near, far), closings(poller, clock) as ends:
        far.finish()
        await asyncio.sleep(0.01)
        ends.finish(near.sock)

        assert len(ends) == 0
        assert near.sock.fileno() == -1
        assert await far.ending() is Ending.FIN


async def test_a_peer_that_resets_is_done_with(poller: Poller, clock: HeldClock) -> None:
    with pair() as (near, far), closings(poller, clock) as ends:
        ends.finish(near.sock)
        far.reset()

        await until(lambda: len(ends) == 0)


async def test_a_peer_that_never_finishes_has_its_time(poller: Poller, clock: HeldClock) -> None:
    with pair() as (near, far), closings(poller, clock) as ends:
        ends.finish(near.sock)
        clock.advance(LINGER_S - 0.01)
        await asyncio.sleep(0.12)
        assert len(ends) == 1

        clock.advance(0.02)
        await until(lambda: len(ends) == 0)

        assert near.sock.fileno() == -1
        assert await far.ending() is Ending.FIN


async def test_a_peer_that_never_stops_talking_has_no_more(poller: Poller, clock: HeldClock) -> None:
    with pair() as (near, far), closings(poller, clock) as ends:
        ends.finish(near.sock)

        async def talk(wire: Wire) -> None:
            while True:
                await wire.send(bytes(65536))

        talking = asyncio.get_running_loop().create_task(talk(far))
        await asyncio.sleep(0.12)
        assert len(ends) == 1
        clock.advance(LINGER_S)

        with pytest.raises(ConnectionError):
            await talking
        assert len(ends) == 0


async def test_a_connection_that_is_broken_already_is_closed_at_once(poller: Poller, clock: HeldClock) -> None:
    with pair() as (near, far), closings(poller, clock) as ends:
        far.reset()
        await asyncio.sleep(0.01)
        ends.finish(near.sock)
        await until(lambda: len(ends) == 0)

        assert near.sock.fileno() == -1


async def test_closing_closes_all(poller: Poller, clock: HeldClock) -> None:
    with pair() as (near, far), pair() as (other, third), closings(poller, clock) as ends:
        ends.finish(near.sock)
        ends.finish(other.sock)
        assert len(ends) == 2

        ends.close()
        ends.close()

        assert len(ends) == len(poller) == 0
        assert near.sock.fileno() == other.sock.fileno() == -1
        assert await far.ending() is Ending.FIN
        assert await third.ending() is Ending.FIN


@pytest.mark.parametrize(
    ("how", "has_finished", "seen", "waits"),
    [
        (ClientEnd.RST, False, Ending.RST, 0),
        (ClientEnd.FIN, False, Ending.FIN, 1),
        (ClientEnd.FIN, True, Ending.FIN, 0),
        (ClientEnd.NONE, False, Ending.FIN, 0),
    ],
)
async def test_a_connection_is_ended_as_is_said(
    poller: Poller,
    clock: HeldClock,
    how: ClientEnd,
    has_finished: bool,  # noqa: FBT001
    seen: Ending,
    waits: int,
) -> None:
    with closings(poller, clock) as ending, pair() as (near, far):
        ending.end(near.sock, how, has_finished=has_finished)
        assert len(ending) == waits
        assert await far.ending() is seen
        far.close()
        await until(lambda: len(ending) == 0)
