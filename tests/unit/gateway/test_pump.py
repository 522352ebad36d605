import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.gateway.polling import polling
from tests.unit.gateway.wires import Ending, Kind, Wire, noise, open_pipes, pair, until

from farshore.gateway.pipes import BUFFER_BYTES, PIPE_BYTES, Pipe, Pipes
from farshore.gateway.poller import Poller
from farshore.gateway.pump import SMALL_MOVE_BYTES, SMALL_MOVES_BEFORE_DEMOTION, Pump

pytestmark = pytest.mark.anyio

BULK = noise(4 << 20)
A_MEBIBYTE = 1 << 20
CUTS = (1, 17, 1000, SMALL_MOVE_BYTES, BUFFER_BYTES - 1, BUFFER_BYTES, 300_000)
kinds = pytest.mark.parametrize("kind", Kind)


class CountingPipes(Pipes):
    """Counts what is lent and given back empty."""

    def __init__(self) -> None:
        super().__init__()
        self.lent = 0
        self.returned = 0

    def lend(self) -> Pipe | None:
        self.lent += 1
        return super().lend()

    def take_back(self, pipe: Pipe) -> None:
        self.returned += 1
        super().take_back(pipe)


@dataclass
class Told:
    """Everything a pump has told its owner, in order."""

    calls: list[str] = field(default_factory=list)
    by: Pump | None = None
    error: OSError | None = None
    last_spoke: Pump | None = None

    def first_bytes_passed(self, pump: Pump, data: bytes | memoryview) -> None:
        self.calls.append("first-bytes")
        self.first = bytes(data)
        self.by = pump

    def source_finished(self, pump: Pump) -> None:
        self.calls.append("finished")
        self.by = pump
        pump.sink.shutdown(socket.SHUT_WR)

    def source_failed(self, pump: Pump, error: OSError) -> None:
        self.calls.append("source-failed")
        self.by = pump
        self.error = error

    def sink_failed(self, pump: Pump, error: OSError) -> None:
        self.calls.append("sink-failed")
        self.by = pump
        self.error = error


@dataclass
class Line:
    """What `near` says is carried to `far` by a pump."""

    near: Wire
    far: Wire
    pump: Pump
    told: Told
    pipes: CountingPipes
    poller: Poller


@asynccontextmanager
async def line(kind: Kind = Kind.TCP, already_read: bytes = b"") -> AsyncIterator[Line]:
    """A running pump, which leaves no pipe behind."""
    before = open_pipes()
    pipes = CountingPipes()
    with pair(kind) as (near, source), pair(kind) as (sink, far), polling() as poller:
        told = Told()
        pump = Pump(source.sock, sink.sock, told, pipes, poller)
        pump.start(already_read)
        try:
            yield Line(near, far, pump, told, pipes, poller)
        finally:
            pump.stop()
            pipes.close()
    assert open_pipes() == before


async def say(near: Wire, data: bytes) -> None:
    """Send all of it, and end."""
    await near.send(data)
    near.finish()


@kinds
async def test_bytes_arrive_in_order_and_then_the_end(kind: Kind) -> None:
    async with line(kind) as carried:
        async with asyncio.TaskGroup() as group:
            group.create_task(say(carried.near, BULK))
            heard, ending = await carried.far.receive_all()

        assert heard == BULK
        assert ending is Ending.FIN
        assert carried.pump.total_bytes == len(BULK)
        assert carried.told.calls == ["first-bytes", "finished"]
        assert carried.told.by is carried.told.last_spoke is carried.pump


async def test_what_was_read_before_goes_first_and_counts() -> None:
    async with line(already_read=b"before ") as carried:
        await say(carried.near, b"and after")

        assert await carried.far.receive_all() == (b"before and after", Ending.FIN)
        assert carried.pump.total_bytes == len(b"before and after")
        assert carried.told.calls == ["first-bytes", "finished"]


async def test_a_great_deal_that_was_read_before_waits_for_the_sink() -> None:
    async with line(already_read=BULK) as carried:
        assert carried.pump.is_held_back
        assert carried.told.last_spoke is carried.pump
        await say(carried.near, b"and after")

        heard, _ = await carried.far.receive_all()

        assert heard == BULK + b"and after"
        assert not carried.pump.is_held_back


@kinds
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.sampled_from(CUTS), max_size=25),
    reads=st.lists(st.integers(1, 200_000), max_size=4).map(lambda sizes: [*sizes, BUFFER_BYTES]),
    stalls=st.lists(st.integers(0, 6), min_size=1, max_size=5),
)
async def test_every_byte_arrives_whatever_the_cuts_and_stalls(
    kind: Kind, cuts: list[int], reads: list[int], stalls: list[int]
) -> None:
    data = noise(sum(cuts))
    heard = bytearray()

    async def speak(near: Wire) -> None:
        start = 0
        for cut in cuts:
            await near.send(data[start : start + cut])
            start += cut
            await asyncio.sleep(0)
        near.finish()

    async def hear(far: Wire) -> None:
        loop = asyncio.get_running_loop()
        turn = 0
        while more := await loop.sock_recv(far.sock, reads[turn % len(reads)]):
            heard.extend(more)
            for _ in range(stalls[turn % len(stalls)]):
                await asyncio.sleep(0)
            turn += 1

    async with line(kind) as carried:
        carried.near.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        carried.far.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(speak(carried.near))
            group.create_task(hear(carried.far))
        assert carried.told.calls == (["first-bytes"] if cuts else []) + ["finished"]

    assert heard == data


@kinds
async def test_a_reader_that_never_reads_stops_the_speaker_and_costs_little_memory(kind: Kind) -> None:
    offered = noise(A_MEBIBYTE) * 48
    async with line(kind) as carried:
        sent = await carried.near.fill(offered)
        assert carried.pump.is_held_back
        taken = carried.pump.total_bytes
        carried.pump.stop()
        carried.pump.sink.shutdown(socket.SHUT_WR)
        passed_on, _ = await carried.far.receive_all()

    assert sent < len(offered)
    assert 0 < taken - len(passed_on) <= max(PIPE_BYTES, BUFFER_BYTES) <= A_MEBIBYTE
    assert offered.startswith(passed_on)


@kinds
async def test_a_reader_that_reads_again_gets_everything(kind: Kind) -> None:
    offered = noise(A_MEBIBYTE) * 24
    async with line(kind) as carried:
        sent = await carried.near.fill(offered)
        assert carried.pump.is_held_back
        carried.near.finish()

        heard, ending = await carried.far.receive_all()

        assert len(heard) == sent
        assert offered.startswith(heard)
        assert ending is Ending.FIN
        assert carried.told.calls == ["first-bytes", "finished"]


@kinds
async def test_a_sink_that_is_full_already_is_waited_for(kind: Kind) -> None:
    async with line(kind) as carried:
        others = noise(A_MEBIBYTE) * 24
        full = await Wire(carried.pump.sink).fill(others)
        await carried.near.send(b"and mine")
        await until(lambda: carried.pump.is_held_back)

        assert await carried.far.receive(full + 8) == others[:full] + b"and mine"
        await exchange_small(carried, 3)


async def exchange_small(carried: Line, count: int) -> None:
    for number in range(count):
        message = number.to_bytes(4, "big") * 8
        await carried.near.send(message)
        assert await carried.far.receive(len(message)) == message


async def carry_bulk(carried: Line) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(carried.near.send(BULK))
        assert await carried.far.receive(len(BULK)) == BULK


@kinds
async def test_small_messages_never_need_a_pipe(kind: Kind) -> None:
    async with line(kind) as carried:
        await exchange_small(carried, 50)

        assert carried.pipes.lent == 0
        assert carried.told.last_spoke is carried.pump


@kinds
async def test_bulk_is_promoted_to_a_pipe_and_demoted_when_moves_become_small(kind: Kind) -> None:
    async with line(kind) as carried:
        await carry_bulk(carried)
        assert carried.pipes.lent == 1

        await exchange_small(carried, 2 * SMALL_MOVES_BEFORE_DEMOTION)
        assert carried.pipes.returned == 1

        await carry_bulk(carried)
        assert carried.pipes.lent == 2


async def test_an_idle_direction_can_be_demoted_and_goes_on() -> None:
    async with line() as carried:
        await carry_bulk(carried)

        carried.pump.demote()

        assert carried.pipes.returned == carried.pipes.lent == 1
        await exchange_small(carried, 3)


async def test_a_direction_that_holds_bytes_in_its_pipe_is_not_demoted() -> None:
    offered = noise(A_MEBIBYTE) * 24
    async with line() as carried:
        sent = await carried.near.fill(offered)
        assert carried.pipes.lent == 1

        carried.pump.demote()

        assert carried.pipes.returned == 0
        carried.near.finish()
        heard, _ = await carried.far.receive_all()
        assert heard == offered[:sent]


async def test_without_a_pipe_bulk_is_carried_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_flags: int) -> tuple[int, int]:
        raise OSError(errno.EMFILE, "Too many open files")

    async with line() as carried:
        monkeypatch.setattr(os, "pipe2", fail)
        await carry_bulk(carried)

        assert carried.pipes.lent > 0


@kinds
@pytest.mark.parametrize("spliced", [False, True], ids=["small", "spliced"])
async def test_a_source_that_is_reset_is_told_as_such(kind: Kind, spliced: bool) -> None:  # noqa: FBT001
    async with line(kind) as carried:
        await (carry_bulk(carried) if spliced else exchange_small(carried, 1))
        if kind is Kind.UNIX:
            carried.pump.source.send(b"left unread: closing now resets")
            carried.near.close()
        else:
            carried.near.reset()

        await until(lambda: carried.pump.stopped)

        assert carried.told.calls == ["first-bytes", "source-failed"]
        assert isinstance(carried.told.error, ConnectionResetError)


@kinds
@pytest.mark.parametrize("spliced", [False, True], ids=["small", "spliced"])
async def test_a_sink_that_takes_no_more_is_told_as_such(kind: Kind, spliced: bool) -> None:  # noqa: FBT001
    async with line(kind) as carried:
        await (carry_bulk(carried) if spliced else exchange_small(carried, 1))
        if kind is Kind.UNIX:
            carried.far.close()
        else:
            carried.far.reset()
        await carried.near.send(b"to nobody")

        await until(lambda: carried.pump.stopped)

        assert carried.told.calls == ["first-bytes", "sink-failed"]
        assert isinstance(carried.told.error, ConnectionError)


@kinds
async def test_a_sink_that_goes_away_while_bytes_wait_for_it_is_told(kind: Kind) -> None:
    async with line(kind) as carried:
        await carried.near.fill(noise(A_MEBIBYTE) * 24)
        assert carried.pump.is_held_back

        carried.far.close()
        await until(lambda: carried.pump.stopped)

        assert carried.told.calls == ["first-bytes", "sink-failed"]


async def test_a_sink_that_refuses_what_was_read_before_is_told_at_once(poller: Poller) -> None:
    with pair() as (_, source), pair(Kind.UNIX) as (sink, far):
        far.close()
        told = Told()
        pump = Pump(source.sock, sink.sock, told, Pipes(), poller)
        pump.start(b"early")

        assert pump.stopped
        assert told.calls == ["first-bytes", "sink-failed"]


@kinds
@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13, 21])
async def test_stopping_at_any_moment_leaves_no_pipe_and_no_callback(kind: Kind, turns: int) -> None:
    async with line(kind) as carried:
        sending = asyncio.get_running_loop().create_task(carried.near.fill(noise(A_MEBIBYTE) * 16))
        for _ in range(turns):
            await asyncio.sleep(0)
        carried.pump.stop()
        taken = carried.pump.total_bytes
        carried.pump.stop()
        await sending

        assert carried.pump.total_bytes == taken
        assert carried.told.calls in ([], ["first-bytes"])
        assert len(carried.poller) == 0


async def test_stopping_while_the_pipe_is_full_gives_no_dirty_pipe_to_the_next() -> None:
    async with line() as carried:
        await carried.near.fill(noise(A_MEBIBYTE) * 24)
        assert carried.pump.is_held_back
        assert carried.pipes.lent == 1

        carried.pump.stop()

        assert carried.pipes.returned == 0


async def test_both_directions_at_once_share_the_buffer_and_mix_nothing(poller: Poller) -> None:
    pipes = CountingPipes()
    there, back = noise(3 << 20, seed=1), noise(3 << 20, seed=2)
    with pair() as (client, inner), pair() as (outer, server):
        up = Pump(inner.sock, outer.sock, Told(), pipes, poller)
        down = Pump(outer.sock, inner.sock, Told(), pipes, poller)
        up.start(b"")
        down.start(b"")
        async with asyncio.TaskGroup() as group:
            group.create_task(client.send(there))
            group.create_task(server.send(back))
            at_server = group.create_task(server.receive(len(there)))
            at_client = group.create_task(client.receive(len(back)))
        up.stop()
        down.stop()

    assert at_server.result() == there
    assert at_client.result() == back
    pipes.close()
