"""The daemon as a whole: how connections end, what faults of the daemon look like, restarts."""

import asyncio
from pathlib import Path

import pytest
from tests.unit.lab.parts import (
    SOCKS_GREETING,
    TARGET,
    Lab,
    StartLab,
    connect_request,
    dial_request,
    http_reply,
    socks_request,
)

from farshore.core.address import HostPort
from farshore.lab.backend import Pace
from farshore.lab.faults import Disturbed, Garbage, HangsUp, Hung
from farshore.lab.stream import Stream, connect
from farshore.lab.tailnet import Door
from farshore.lab.toxics import LimitData, Reset

pytestmark = pytest.mark.anyio

DOORS = pytest.mark.parametrize("door", Door)


def _where(lab: Lab, door: Door) -> HostPort | Path:
    if door is Door.LOCALAPI:
        return lab.daemon.socket
    return lab.daemon.socks5 if door is Door.SOCKS5 else lab.daemon.connect


async def _dial(lab: Lab, door: Door) -> Stream:
    """A connection to the target through that door, up to its first byte."""
    requests = {
        Door.LOCALAPI: dial_request(TARGET),
        Door.SOCKS5: SOCKS_GREETING + socks_request(TARGET),
        Door.CONNECT: connect_request(TARGET),
    }
    stream = await lab.open(_where(lab, door), requests[door])
    if door is Door.SOCKS5:
        await stream.read_exactly(12)
    else:
        await http_reply(stream)
    return stream


@DOORS
async def test_a_half_closed_client_gets_no_answer(start_lab: StartLab, door: Door) -> None:
    ended = asyncio.Event()

    async def answer_at_the_end(stream: Stream) -> None:
        while await stream.read():
            pass
        ended.set()
        await stream.write(b"answer")

    async with start_lab(answer_at_the_end) as lab:
        stream = await _dial(lab, door)
        await stream.write(b"question")
        stream.end_writing()
        assert await stream.read() == b""
        await ended.wait()
        stream.close()


@DOORS
async def test_a_reset_by_the_target_arrives_as_an_end(start_lab: StartLab, door: Door) -> None:
    async def reset(stream: Stream) -> None:
        await stream.read()
        stream.reset()

    async with start_lab(reset) as lab:
        stream = await _dial(lab, door)
        await stream.write(b"x")
        assert await stream.read() == b""
        stream.close()


@DOORS
async def test_a_reset_by_the_client_arrives_as_an_end(start_lab: StartLab, door: Door) -> None:
    heard, ended = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def watch(stream: Stream) -> None:
        await stream.read()
        heard.set()
        try:
            ended.set_result(await stream.read())
        except OSError as error:
            ended.set_result(error)

    async with start_lab(watch) as lab:
        stream = await _dial(lab, door)
        await stream.write(b"x")
        await heard.wait()
        stream.reset()
        assert await ended == b""


@DOORS
async def test_a_killed_daemon_ends_connections_and_leaves_its_socket_behind(start_lab: StartLab, door: Door) -> None:
    async with start_lab() as lab:
        where = _where(lab, door)
        stream = await _dial(lab, door)
        assert await stream.read_exactly(6) == b"hello\n"
        await lab.daemon.kill()
        assert await stream.read() == b""
        stream.close()
        with pytest.raises(ConnectionRefusedError):
            await connect(where)
        lab.daemon.open()
        assert _where(lab, door) == where
        stream = await _dial(lab, door)
        assert await stream.read_exactly(6) == b"hello\n"
        stream.close()


@DOORS
async def test_faults_of_the_daemon_and_their_healing(start_lab: StartLab, door: Door) -> None:
    async with start_lab() as lab:
        for fault, expected in ((Garbage(), b"220 ready\r\n"), (HangsUp(), b"")):
            lab.daemon.inject(fault)
            stream = await lab.open(_where(lab, door), b"x")
            assert await stream.read() == expected
            stream.close()
            lab.daemon.heal(fault)
        lab.daemon.inject(Hung())
        stream = await lab.open(_where(lab, door), b"x")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await stream.read()
        stream.close()
        lab.daemon.heal(Hung())
        stream = await _dial(lab, door)
        assert await stream.read_exactly(6) == b"hello\n"
        stream.close()


async def test_a_fault_of_one_door_leaves_the_others_alone(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        lab.daemon.inject(Hung(doors=(Door.LOCALAPI,)))
        stream = await _dial(lab, Door.SOCKS5)
        assert await stream.read_exactly(6) == b"hello\n"
        stream.close()


async def test_bytes_are_disturbed_on_their_way(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        lab.daemon.inject(Disturbed(from_target=(LimitData(3),)))
        stream = await _dial(lab, Door.LOCALAPI)
        assert await stream.read_exactly(3) == b"hel"
        assert await stream.read() == b""
        stream.close()
        lab.daemon.heal(Disturbed(from_target=(LimitData(3),)))
        lab.daemon.inject(Disturbed(from_target=(Reset(3),)))
        stream = await _dial(lab, Door.SOCKS5)
        with pytest.raises(ConnectionResetError):
            await stream.read_exactly(4)
        stream.close()


async def test_a_target_that_does_not_listen_any_more_refuses(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        await lab.target.close()
        stream = await lab.open(lab.daemon.socket, dial_request(TARGET))
        assert (await http_reply(stream))[2] == f"dial failure: connect tcp {TARGET}: connection was refused\n"
        stream.close()


async def test_many_dials_at_once_leave_no_task_behind(start_lab: StartLab) -> None:
    before = len(asyncio.all_tasks())
    async with start_lab(pace=Pace()) as lab:
        streams = await asyncio.gather(*(_dial(lab, door) for door in Door for _ in range(50)))
        for stream in streams:
            assert await stream.read_exactly(6) == b"hello\n"
            stream.close()
        assert lab.target.accepted == 150
    assert len(asyncio.all_tasks()) == before
