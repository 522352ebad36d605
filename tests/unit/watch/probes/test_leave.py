"""A good-bye that is said, discussed, or not waited for."""

import asyncio

import pytest
from tests.unit.gateway.wires import pair

from farshore.watch.probes import leave as module
from farshore.watch.probes.leave import leave
from farshore.wire.openings.mysql import MysqlGoodbye
from farshore.wire.openings.opening import LastWords

pytestmark = pytest.mark.anyio

LET_IN = b"\x07\0\0\x02\0\0\0\x02\0\0\0"
QUITS = b"\x01\0\0\0\x01"


async def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    with pair() as (near, far):
        await leave(near.sock, None)
        near.finish()
        assert (await far.receive_all())[0] == b""


async def test_a_server_that_answers_is_answered() -> None:
    goodbye = MysqlGoodbye()
    with pair() as (near, far):
        leaving = asyncio.get_running_loop().create_task(leave(near.sock, goodbye))
        login = MysqlGoodbye().begin()
        assert await far.receive(len(login)) == login
        await far.send(LET_IN)
        assert await far.receive(len(QUITS)) == QUITS
        far.finish()
        await leaving


async def test_a_server_that_does_not_hang_up_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOODBYE_S", 0.05)
    with pair() as (near, far):
        await leave(near.sock, LastWords(data=b"QUIT\r\n"))
        near.finish()
        assert (await far.receive_all())[0] == b"QUIT\r\n"


async def test_a_server_that_talks_on_is_heard_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOODBYE_S", 60.0)
    with pair() as (near, far):

        async def pours() -> None:
            while True:
                await far.send(bytes(4096))

        pouring = asyncio.get_running_loop().create_task(pours())
        await leave(near.sock, LastWords(data=b"QUIT\r\n"))
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
        assert near.sock.fileno() >= 0


async def test_a_server_that_has_gone_is_no_mistake() -> None:
    with pair() as (near, far):
        far.reset()
        await leave(near.sock, LastWords(data=b"QUIT\r\n"))
        assert near.sock.fileno() >= 0
