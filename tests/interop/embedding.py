"""A Python program that reaches its servers without a gateway beside it: `embedding.py KIND SOCKET HOST FOLDER`.

One JSON line: what each driver read, over a tunnel or over a socket that it was given.
"""

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytds
from tests.interop.drivers import PYTDS_LOGIN_S, QUERIES
from tests.interop.service import PASSWORD, QUESTION, USER, WELL_KNOWN_PORTS, Service

import farshore

NOBODYS_PORT = 9
SOCKS_PORT = 1055
SSH_BANNER = b"SSH-2.0-"


class Program:
    """What such a program does, one method for each way."""

    def __init__(self, kind: str, local_api: str, host: str, folder: str) -> None:
        self._host = host
        self._folder = Path(folder)
        self._egress = {
            "tailscaled": {"kind": "tailscaled", "socket": local_api},
            "socks5": {"kind": "socks5", "address": f"127.0.0.1:{SOCKS_PORT}", "localapi": local_api},
        }[kind]

    def tunnelled(self) -> str:
        """A driver that takes an address."""
        with farshore.tunnel(self._target(Service.POSTGRES), protocol="postgres", **self._how) as address:
            return QUERIES["psycopg"](*address, self._folder)

    async def awaited(self) -> str:
        """The same in a loop."""
        async with farshore.tunnel(self._target(Service.POSTGRES), **self._how) as (host, port):
            there = f"host={host} port={port} user={USER} password={PASSWORD} dbname=postgres"
            async with await psycopg.AsyncConnection.connect(there) as connection:
                return str((await (await connection.execute(QUESTION)).fetchall())[0][0])

    def mysql(self) -> str:
        """A driver that takes a socket, of a server that speaks first."""
        connection = pymysql.connect(user=USER, password=PASSWORD, database="shore", defer_connect=True)
        connection.connect(self._given(Service.MARIADB))
        with connection, connection.cursor() as cursor:
            cursor.execute(QUESTION)
            return str(cursor.fetchall()[0][0])

    def sqlserver(self) -> str:
        """One that sets options of TCP on it, and encrypts."""
        with (
            pytds.connect(
                server=self._host,
                sock=self._given(Service.SQLSERVER),
                user=USER,
                password=PASSWORD,
                login_timeout=PYTDS_LOGIN_S,
                disable_connect_retry=True,
                cafile=str(self._folder / "certificate.pem"),
                validate_host=False,
                autocommit=True,
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(QUESTION)
            return str(cursor.fetchall()[0][0])

    async def banner(self) -> str:
        """A program in a loop, and a server that speaks first."""
        given = await farshore.connect(self._target(Service.SSH), **self._how)
        reader, writer = await asyncio.open_connection(sock=given)
        said = await reader.readexactly(len(SSH_BANNER))
        writer.close()
        return said.decode()

    async def nobody(self) -> str:
        """A port where nobody listens."""
        try:
            await farshore.connect(f"{self._host}:{NOBODYS_PORT}", **self._how)
        except farshore.Unreachable as unreachable:
            return unreachable.code
        return "connected"

    @property
    def _how(self) -> dict[str, Any]:
        return {"egresses": {"pod": self._egress}}

    def _target(self, service: Service) -> str:
        return f"{self._host}:{WELL_KNOWN_PORTS[service]}"

    def _given(self, service: Service) -> socket.socket:
        return asyncio.run(farshore.connect(self._target(service), **self._how))


def main(*words: str) -> dict[str, str]:
    """Every way there is, one after the other."""
    program = Program(*words)
    return {
        "psycopg": program.tunnelled(),
        "psycopg, asyncio": asyncio.run(program.awaited()),
        "pymysql": program.mysql(),
        "pytds": program.sqlserver(),
        "ssh": asyncio.run(program.banner()),
        "nobody": asyncio.run(program.nobody()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
