"""The TDS-speaking peer, before the real FreeTDS (by pymssql) and python-tds."""

import asyncio
import struct

import pymssql
import pytds
import pytest

from farshore.lab.stream import Listener, connect
from farshore.lab.tds import VERSION_7_4, Kind, Token, packets, read_message
from farshore.lab.tds_peer import TdsPeer

pytestmark = pytest.mark.anyio

PEER = TdsPeer("the answer")


def _ask_with_pymssql(port: int, version: str) -> list[object]:
    with pymssql.connect(server="127.0.0.1", port=str(port), user="u", password="p", tds_version=version) as connection:
        cursor = connection.cursor()
        cursor.execute("select 1")
        seen: list[object] = [cursor.fetchall()]
        cursor.execute("select name from there")
        seen.append(cursor.fetchall())
        connection.commit()
    return seen


def _ask_with_pytds(port: int) -> list[object]:
    seen: list[object] = []
    with pytds.connect("127.0.0.1", port=port, user="u", password="p") as connection:
        cursor = connection.cursor()
        for statement, parameters in (("select 1", ()), ("select name from there where x = %s", ("x",))):
            cursor.execute(statement, parameters)
            seen.append(cursor.fetchall())
        connection.commit()
        cursor.execute("select 3")
        seen.append(cursor.fetchall())
        connection.rollback()
    return seen


@pytest.mark.parametrize("version", ["7.1", "7.2", "7.3", "7.4"])
async def test_freetds_gets_rows(version: str) -> None:
    async with Listener(PEER.serve).open() as listener:
        seen = await asyncio.to_thread(_ask_with_pymssql, listener.address.port, version)
        assert seen == [[(1,)], [("the answer",)]]
        assert listener.mistakes == []


async def test_python_tds_gets_rows_with_transactions_and_parameters() -> None:
    async with Listener(PEER.serve).open() as listener:
        seen = await asyncio.to_thread(_ask_with_pytds, listener.address.port)
        assert seen == [[(1,)], [("the answer",)], [(3,)]]
        assert listener.mistakes == []


async def test_what_is_not_tds_is_hung_up_on() -> None:
    async with Listener(PEER.serve).open() as listener:
        stream = await connect(listener.address)
        await stream.write(b"\x01\x01\x00\x09\x00\x00\x01\x00x")
        assert await stream.read() == b""
        stream.close()


@pytest.mark.parametrize(("flags", "changes"), [(0, [9]), (1, [9, 8])])
async def test_a_commit_may_begin_the_next_transaction_at_once(flags: int, changes: list[int]) -> None:
    async with Listener(PEER.serve).open() as listener:
        stream = await connect(listener.address)
        await stream.write(packets(Kind.LOGIN7, b"\x24\x00\x00\x00" + struct.pack("<I", VERSION_7_4) + bytes(28)))
        await read_message(stream)
        commit = struct.pack("<IHBB", 4, 7, 0, flags)
        await stream.write(packets(Kind.TRANSACTION, commit))
        body = (await read_message(stream)).body
        seen, at = [], 0
        while body[at] == Token.ENVCHANGE:
            seen.append(body[at + 3])
            at += 3 + int.from_bytes(body[at + 1 : at + 3], "little")
        assert (seen, body[at]) == (changes, Token.DONE)
        stream.close()
