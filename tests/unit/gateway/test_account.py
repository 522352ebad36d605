import pytest
from tests.unit.gateway.gates import direct, gate
from tests.unit.gateway.wires import door, echo

from farshore.core.outcome import ClientEnd, Code

pytestmark = pytest.mark.anyio


async def test_the_account_is_the_sessions_own() -> None:
    async with door(echo) as far, gate(routes=(direct(far.address),)) as opened:
        with await opened.client(said=b"SELECT 1") as client:
            assert await client.receive(8) == b"SELECT 1"
            client.finish()
            (told,) = await opened.ended_in_time()
            assert (told.client, told.target) == (client.name, str(far.address))
    assert (told.code, told.client_end, told.leaked_dial) == (Code.CLIENT_CLOSED, ClientEnd.FIN, False)
    assert (told.client_bytes, told.upstream_bytes) == (8, 8)
    assert told.first_byte_ms is not None
