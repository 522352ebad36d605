"""The state behind the doors."""

import asyncio

import pytest
from tests.unit.lab.parts import CLOSED, HOST, TARGET, StartLab, dial_request, http_reply

from farshore.core.address import HostPort, via_address
from farshore.lab.backend import DialFailed, Dialled
from farshore.lab.faults import RouterDead
from farshore.lab.tailnet import Door

pytestmark = pytest.mark.anyio


async def test_remembers_which_router_carried_what(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        backend = lab.daemon.backend
        for site in (2, 1):
            answer = await backend.dial(HostPort(via_address(site, HOST), TARGET.port), Door.LOCALAPI)
            assert isinstance(answer, Dialled)
            answer.target.close()
        assert [way.router.name for way in backend.carried if way.router] == ["r2", "r1"]
        assert isinstance(await backend.dial(CLOSED, Door.LOCALAPI), DialFailed)
        assert len(backend.carried) == 2


async def test_accounts_for_bytes_and_handshakes(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        backend = lab.daemon.backend
        stream = await lab.open(lab.daemon.socket, dial_request(TARGET))
        assert (await http_reply(stream))[0] == 101
        assert await stream.read_exactly(6) == b"hello\n"
        stream.close()
        account = backend.account(backend.tailnet.router("r1"))
        assert (account.tx_bytes, account.rx_bytes) == (156, 92 + 6)
        assert account.last_handshake_s > 0
        lab.daemon.inject(RouterDead("r2"))
        stream = await lab.open(lab.daemon.socket, dial_request(HostPort(via_address(2, HOST), TARGET.port)))
        stream.end_writing()
        assert await stream.read() == b""
        stream.close()
        silent = backend.account(backend.tailnet.router("r2"))
        assert (silent.tx_bytes, silent.rx_bytes, silent.last_handshake_s) == (156, 0, 0)


async def test_a_dial_given_up_leaves_no_task(start_lab: StartLab) -> None:
    async with start_lab() as lab:
        lab.daemon.inject(RouterDead("r1"))
        streams = [await lab.open(lab.daemon.socket, dial_request(TARGET)) for _ in range(10)]
        for stream in streams:
            stream.end_writing()
            assert await stream.read() == b""
            stream.close()
        left = [task for task in asyncio.all_tasks() if "dial" in repr(task.get_coro())]
        assert left == []
