"""A bug of ours may cost a connection, never the port or the others."""

import asyncio

import pytest
from tests.unit.gateway.gates import DIRECT, direct, gate
from tests.unit.gateway.wires import Ending, door, echo

from farshore.core.outcome import Code
from farshore.gateway.pump import Pump
from farshore.gateway.session import Session

pytestmark = pytest.mark.anyio


async def test_a_mistake_while_carrying_ends_that_connection_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))
    async with door(echo) as target, gate(DIRECT, direct(target.address)) as opened:
        with await opened.client() as unlucky, await opened.client() as other:
            await unlucky.send(b"a")
            await other.send(b"b")
            assert await unlucky.receive(1) == b"a"
            assert await other.receive(1) == b"b"

            with monkeypatch.context() as patched:
                patched.setattr(Pump, "_finish", _raise)
                unlucky.finish()
                ending = await opened.ended_with(Code.INTERNAL)

            assert ending.detail == "MistakeError()"
            assert await unlucky.ending() is Ending.RST
            assert told == ["a bug"]
            await other.send(b"c")
            assert await other.receive(1) == b"c"


async def test_a_mistake_at_the_start_ends_that_connection_and_not_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))
    async with door(echo) as target, gate(DIRECT, direct(target.address)) as opened:
        with monkeypatch.context() as patched:
            patched.setattr(Session, "_dial", _raise)
            with await opened.client() as unlucky:
                await opened.ended_with(Code.INTERNAL)
                assert await unlucky.ending() is Ending.RST

        with await opened.client() as other:
            await other.send(b"c")
            assert await other.receive(1) == b"c"
        assert told == ["a bug"]


def _raise(*_: object) -> None:
    raise MistakeError


class MistakeError(Exception):
    def __str__(self) -> str:
        return "a bug"
