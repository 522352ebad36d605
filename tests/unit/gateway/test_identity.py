from dataclasses import replace

import pytest
from tests.unit.gateway.gates import direct, gate
from tests.unit.gateway.test_succession import House
from tests.unit.gateway.wires import Wire, door

from farshore.core.outcome import Code
from farshore.gateway.identity import mistaken_for

(ROUTE,) = House().routes
HTTP = b"HTTP/1.1 400 Bad Request\r\n\r\n"
GREETING = b"J\x00\x00\x00\x0a8.0.36\x00"


@pytest.mark.parametrize(
    ("protocol", "data", "words"),
    [
        ("postgres", HTTP, "the target speaks http, and the route's protocol is postgres"),
        ("sqlserver", GREETING, "the target speaks mysql, and the route's protocol is sqlserver"),
        ("sftp", b"220 welcome\r\n", "the target speaks ftp, and the route's protocol is sftp"),
        ("mysql", GREETING, ""),
        ("postgres", b"S", ""),
        ("postgres", b"R\x00\x00\x00\x08\x00\x00\x00\x00", ""),
        ("mysql", b"\x10\x00\x00\x01\xff\x10\x04too many", ""),
        ("tcp", HTTP, ""),
        ("postgres", b"", ""),
    ],
)
def test_only_what_is_certain_is_a_mistake(protocol: str, data: bytes, words: str) -> None:
    assert mistaken_for(replace(ROUTE, protocol=protocol), memoryview(data)) == words


async def greets(wire: Wire) -> None:
    await wire.send(GREETING)
    await wire.receive_all()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("protocol", "code"), [("mysql", Code.CLIENT_RESET), ("postgres", Code.TARGET_MISTAKEN), ("tcp", Code.CLIENT_RESET)]
)
async def test_a_connection_to_a_server_of_another_kind_is_told_so(protocol: str, code: Code) -> None:
    async with door(greets) as far, gate(routes=(direct(far.address, protocol=protocol),)) as opened:
        with await opened.client() as client:
            assert await client.receive(len(GREETING)) == GREETING
            client.reset()
            ending = await opened.ended_with(code)
    assert (ending.detail == "the target speaks mysql, and the route's protocol is postgres") is (
        protocol == "postgres"
    )
