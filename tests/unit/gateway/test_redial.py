import asyncio

import pytest
from tests.unit.gateway.gates import DIRECT, Gate, direct, gate, granted, socks5
from tests.unit.gateway.wires import Wire, door, echo, stay_silent, until

from farshore.core.outcome import Code, Phase
from farshore.gateway.redial import FIRST_MAY_ANSWER_S, REDIAL_S

pytestmark = pytest.mark.anyio

GREETING = b"\x05\x00"
REFUSED = b"\x05\x00\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00"


class Tailscaled:
    """Answers each dial with the next of its answers, None being silence after the greeting."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.closed = 0

    async def __call__(self, wire: Wire) -> None:
        await wire.receive(13)
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        await wire.send(GREETING if answer is None else answer)
        if answer == granted():
            await echo(wire)
        else:
            assert (await wire.receive_all())[0] == b""
        self.closed += 1


async def silence_of(opened: Gate, seconds: float) -> None:
    """Let time pass in steps that the sweep sees."""
    until_s = opened.clock.now_s + seconds

    def is_over() -> bool:
        opened.clock.advance(0.05)
        return opened.clock.now_s >= until_s

    await until(is_over)


async def test_a_dial_that_hears_nothing_is_made_once_more_and_the_first_is_closed_without_a_byte() -> None:
    peer = Tailscaled(None, granted())
    async with door(peer) as socks, gate(socks5(socks.address)) as opened:
        with await opened.client() as client:
            await client.send(b"hello")
            await until(lambda: peer.asked == 1)
            opened.clock.advance(REDIAL_S)

            assert await client.receive(5) == b"hello"
            await until(lambda: peer.closed == 1)
            assert peer.asked == 2


async def test_two_dials_are_all_and_the_first_ones_time_is_the_bound() -> None:
    late = Tailscaled(None, None)
    async with door(late) as socks, gate(socks5(socks.address)) as opened:
        with await opened.client():
            await until(lambda: late.asked == 1)
            opened.clock.advance(REDIAL_S)
            await until(lambda: late.asked == 2)
            await silence_of(opened, 7.0)

            ending = await opened.ended_with(Code.NO_ANSWER)
            assert str(ending.detail).startswith("nobody answered for ")
            await until(lambda: late.closed == 2)
            assert late.asked == 2


async def test_what_the_second_hears_is_the_answer_when_the_first_hears_nothing_more() -> None:
    peer = Tailscaled(None, REFUSED)
    async with door(peer) as socks, gate(socks5(socks.address)) as opened:
        with await opened.client():
            await until(lambda: peer.asked == 1)
            opened.clock.advance(REDIAL_S)
            await until(lambda: peer.asked == 2)
            await silence_of(opened, 2 * FIRST_MAY_ANSWER_S)

            await opened.ended_with(Code.DIAL_FAILED)
            await until(lambda: peer.closed == 2)


async def test_of_two_failures_the_first_ones_time_is_told() -> None:
    """A router gives up on a missing host after 3 s, on both dials at once: 1.5 s would look like a closed port."""
    both_asked = asyncio.Event()

    async def tailscaled(wire: Wire) -> None:
        await wire.receive(13)
        await wire.send(GREETING)
        if socks.accepted == 2:
            both_asked.set()
        else:
            await both_asked.wait()
            await asyncio.sleep(0.05)
        await wire.send(REFUSED[2:])
        await wire.receive_all()

    async with door(tailscaled) as socks, gate(socks5(socks.address)) as opened:
        with await opened.client():
            await until(lambda: [one.phase for one in opened.gateway.connections()] == [Phase.DIAL])
            opened.clock.advance(REDIAL_S)

            ending = await opened.ended_with(Code.DIAL_FAILED)
            assert "after 1.5" in str(ending.detail)


async def test_an_answer_in_time_is_not_asked_for_twice() -> None:
    peer = Tailscaled(granted())
    async with door(peer) as socks, gate(socks5(socks.address)) as opened:
        with await opened.client() as client:
            await client.send(b"hello")
            assert await client.receive(5) == b"hello"
            await silence_of(opened, 2 * REDIAL_S)
        assert peer.asked == 1


async def test_a_client_that_leaves_takes_both_dials_with_it() -> None:
    peer = Tailscaled(None)
    async with door(peer) as socks, gate(socks5(socks.address)) as opened:
        client = await opened.client()
        await until(lambda: peer.asked == 1)
        opened.clock.advance(REDIAL_S)
        await until(lambda: peer.asked == 2)
        client.close()

        await opened.ended_with(Code.CLIENT_GONE_EARLY)
        await until(lambda: peer.closed == 2)


async def test_this_hosts_own_network_is_not_dialled_twice() -> None:
    async with door(stay_silent) as target, gate(DIRECT, direct(target.address)) as opened:
        with await opened.client() as client:
            await client.send(b"x")
            await silence_of(opened, 2 * REDIAL_S)
        assert target.accepted == 1
