"""What the lab plays, before programs that pip does not bring."""

import asyncio
import subprocess
from subprocess import CompletedProcess

import pytest
from tests.interop.parts import program

from farshore.lab.postgres_peer import PostgresPeer
from farshore.lab.stream import Listener
from farshore.lab.tds_peer import TdsPeer

pytestmark = [pytest.mark.interop, pytest.mark.anyio]

BOUND_S = 30.0


async def _run(command: list[str], typed: str = "") -> CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, command, input=typed, capture_output=True, text=True, timeout=BOUND_S
    )


async def test_tsql_gets_rows() -> None:
    async with Listener(TdsPeer("the answer").serve).open() as listener:
        place = f"-H 127.0.0.1 -p {listener.address.port} -U u -P p -o fhq"
        done = await _run([program("tsql", "freetds-bin"), *place.split()], "select 5\ngo\nexit\n")
        assert (done.returncode, done.stdout.split()) == (0, ["5"])


async def test_psql_gets_rows() -> None:
    async with Listener(PostgresPeer("the answer").serve).open() as listener:
        place = f"-XAt -h 127.0.0.1 -p {listener.address.port} -U u -d d -c begin -c"
        done = await _run([program("psql", "postgresql-client"), *place.split(), "select 5"])
        assert (done.returncode, done.stdout, done.stderr) == (0, "BEGIN\n5\n", "")
        assert listener.mistakes == []
