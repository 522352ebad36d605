"""The whole lab, as the demo sets it up."""

from pathlib import Path

import pytest

from farshore.core.address import HostPort
from farshore.core.clock import SystemClock
from farshore.lab.backend import Dialled
from farshore.lab.faults import RouteWithdrawn
from farshore.lab.postgres_client import ask_postgres
from farshore.lab.stage import LAN, POSTGRES, SQL_SERVER, set_stage
from farshore.lab.stream import connect
from farshore.lab.tailnet import Door
from farshore.lab.tds_client import query_tds

pytestmark = pytest.mark.anyio


async def test_both_databases_answer_behind_the_routers_and_the_impostor_in_the_pod() -> None:
    async with set_stage(SystemClock()) as stage:
        backend = stage.daemon.backend
        for fault, answer in ((None, "Postgres on 172.16.20.88"), (RouteWithdrawn(LAN), "the impostor")):
            if fault is not None:
                stage.daemon.inject(fault)
            dialled = await backend.dial(POSTGRES, Door.SOCKS5)
            assert isinstance(dialled, Dialled)
            assert await ask_postgres(dialled.target, "select host") == answer
            dialled.target.close()
        assert await query_tds(stage.sql_server.address, "select host") == f"SQL Server on {SQL_SERVER.host}"


async def test_everything_is_gone_afterwards() -> None:
    async with set_stage(SystemClock()) as stage:
        folder, port = stage.daemon.socket.parent, stage.postgres.address
        assert stage.daemon.socket.exists()
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        await connect(port)


async def test_a_long_temporary_folder_leaves_room_for_the_socket(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    async with set_stage(SystemClock()) as stage:
        assert len(str(stage.daemon.socket)) < 100
        stream = await connect(stage.daemon.socket)
        stream.close()
        assert isinstance(stage.daemon.socks5, HostPort)
