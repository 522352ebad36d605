"""Clients written in Python, run as a program so that they can be put into another network: one JSON line as answer.

ready SERVICE HOST PORT SECONDS PID      until the server answers, its process has ended, or time is up
query DRIVER HOST PORT FOLDER            {"value": ...} or {"error": the driver's own text}
crowd HOST PORT COUNT                    that many Postgres connections, all open before the first one asks
greetings SERVICE HOST PORT COUNT        that many connections in a row to a server that speaks first
download HOST PORT BYTES                 {"bytes": ..., "sha256": ...} of what the blob server sent
upload HOST PORT BYTES FILE              {"sha256": ...}, the blob server's sum over what reached it
"""

# ruff: noqa: PLC0415 - a driver is loaded only where it is asked for
import asyncio
import ftplib
import hashlib
import json
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from tests.interop.service import PASSWORD, QUESTION, USER, Service

CONNECT_S = 30
CHUNK_BYTES = 1 << 18
MYSQL_HEADER_BYTES = 4
ENOUGH_LOST = 3
PYTDS_LOGIN_S = 10  # it tries again until then, whatever it is told
NO_FOLDER = Path()


def psycopg_query(host: str, port: int, _folder: Path) -> str:
    """psycopg 3."""
    import psycopg

    with psycopg.connect(_conninfo(host, port)) as connection:
        return str(connection.execute(QUESTION).fetchall()[0][0])


def pymysql_query(host: str, port: int, _folder: Path) -> str:
    """PyMySQL."""
    import pymysql

    connection = pymysql.connect(
        host=host, port=port, user=USER, password=PASSWORD, database="shore", connect_timeout=CONNECT_S
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(QUESTION)
        return str(cursor.fetchall()[0][0])


def pymssql_query(host: str, port: int, _folder: Path) -> str:
    """pymssql, which is FreeTDS inside."""
    import pymssql

    with (
        pymssql.connect(
            server=host, port=str(port), user=USER, password=PASSWORD, login_timeout=CONNECT_S
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(QUESTION)
        return str(cursor.fetchall()[0][0])


def pymssql_tls_query(host: str, port: int, _folder: Path) -> str:
    """pymssql that insists on encryption."""
    import pymssql

    connection = pymssql.connect(
        server=host, port=str(port), user=USER, password=PASSWORD, login_timeout=CONNECT_S, encryption="require"
    )
    connection.close()
    return "connected"


def pytds_query(host: str, port: int, folder: Path) -> str:
    """python-tds, without its own reconnecting; it encrypts, and knows the server's certificate."""
    import pytds

    with (
        pytds.connect(
            server=host,
            port=port,
            user=USER,
            password=PASSWORD,
            login_timeout=PYTDS_LOGIN_S,
            disable_connect_retry=True,
            cafile=str(folder / "certificate.pem"),
            validate_host=False,
            autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(QUESTION)
        return str(cursor.fetchall()[0][0])


def pytds_plain_query(host: str, port: int, _folder: Path) -> str:
    """python-tds as it is without settings: no encryption of its own wish."""
    import pytds

    with (
        pytds.connect(
            server=host, port=port, user=USER, password=PASSWORD, login_timeout=PYTDS_LOGIN_S, autocommit=True
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(QUESTION)
        return str(cursor.fetchall()[0][0])


def oracledb_query(host: str, port: int, _folder: Path) -> str:
    """python-oracledb, thin."""
    import oracledb

    with (
        oracledb.connect(
            user=USER, password=PASSWORD, dsn=f"{host}:{port}/shore", tcp_connect_timeout=CONNECT_S
        ) as connection,
        connection.cursor() as cursor,
    ):
        return str(cursor.execute(QUESTION).fetchall()[0][0])


def paramiko_query(host: str, port: int, _folder: Path) -> str:
    """paramiko, where am I. Its own log goes to standard error."""
    import logging

    import paramiko

    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        client.connect(
            host,
            port,
            USER,
            PASSWORD,
            timeout=CONNECT_S,
            banner_timeout=CONNECT_S,
            allow_agent=False,
            look_for_keys=False,
        )
        return str(client.open_sftp().normalize("."))


def ftplib_query(host: str, port: int, _folder: Path) -> str:
    """The control connection only: login, where am I, good-bye."""
    with ftplib.FTP() as control:  # noqa: S321 - FTP is what is tested
        control.connect(host, port, timeout=CONNECT_S)
        control.login()
        where = control.pwd()
        return f"{where} {control.quit()[:3]}"


QUERIES: dict[str, Callable[[str, int, Path], str]] = {
    "psycopg": psycopg_query,
    "pymysql": pymysql_query,
    "pymssql": pymssql_query,
    "pymssql-tls": pymssql_tls_query,
    "pytds": pytds_query,
    "pytds-plain": pytds_plain_query,
    "oracledb": oracledb_query,
    "paramiko": paramiko_query,
    "ftplib": ftplib_query,
}


def query(driver: str, host: str, port: int, folder: Path) -> dict[str, Any]:
    """What the driver read, or what it says about why it could not."""
    try:
        return {"value": QUERIES[driver](host, port, folder)}
    except Exception as error:  # noqa: BLE001 - each driver has its own, and their text is the result
        return {"error": "\n".join(_chain(error))}


def _chain(error: BaseException | None) -> Iterator[str]:
    """Each error, and after it the one that it was raised from, as a traceback has them; none says the same twice."""
    said: set[str] = set()
    while error is not None:
        if str(error) not in said:
            yield f"{type(error).__name__}: {error}"
        said.add(str(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def ready(service: Service, host: str, port: int, wait_s: float, pid: int) -> dict[str, Any]:
    """Ask until there is an answer.

    Raises:
        TimeoutError: there was none in time, or the server's process has ended.
    """
    until = time.monotonic() + wait_s
    while True:
        try:
            _ask(service, host, port)
        except Exception as error:
            if time.monotonic() > until or not _runs(pid):
                raise TimeoutError(str(error)) from error
            time.sleep(0.1)
        else:
            return {"ready": service}


def crowd(host: str, port: int, count: int) -> dict[str, Any]:
    """Open `count` connections, then let all of them ask at once: {"answers": how many of each, "errors": the same}."""
    return asyncio.run(_crowd(host, port, count))


def greetings(service: Service, host: str, port: int, count: int) -> dict[str, Any]:
    """Read the first message of `count` connections, one after the other: {"greetings": how many of each}.

    A message that is cut short or begins with anything else shows as what it is; after three that failed it stops.
    """
    seen: Counter[str] = Counter()
    lost = 0
    for _ in range(count):
        with socket.create_connection((host, port), CONNECT_S) as connection:
            try:
                seen[_greeting(service, connection)] += 1
            except OSError as error:
                seen[f"{type(error).__name__}: {error}"] += 1
                lost += 1
        if lost == ENOUGH_LOST:
            break
    return {"greetings": dict(seen)}


def download(host: str, port: int, size: int) -> dict[str, Any]:
    """Fetch the first `size` bytes of the blob and count what came until the end."""
    sha, received = hashlib.sha256(), 0
    with socket.create_connection((host, port), CONNECT_S) as connection:
        connection.sendall(b"GET %d\n" % size)
        while chunk := connection.recv(CHUNK_BYTES):
            sha.update(chunk)
            received += len(chunk)
    return {"bytes": received, "sha256": sha.hexdigest()}


def upload(host: str, port: int, size: int, path: str) -> dict[str, Any]:
    """Send the first `size` bytes of a file and return the sum that the server took."""
    with socket.create_connection((host, port), CONNECT_S) as connection, Path(path).open("rb") as source:
        connection.sendall(b"PUT %d\n" % size)
        connection.sendfile(source, 0, size)
        with connection.makefile("rb") as replies:
            return {"sha256": replies.readline().decode().strip()}


def _conninfo(host: str, port: int) -> str:
    return f"host={host} port={port} user={USER} password={PASSWORD} dbname=postgres connect_timeout={CONNECT_S}"


def _ask(service: Service, host: str, port: int) -> None:
    match service:
        case Service.POSTGRES:
            psycopg_query(host, port, NO_FOLDER)
        case Service.MARIADB:
            pymysql_query(host, port, NO_FOLDER)
        case Service.SQLSERVER:
            pymssql_query(host, port, NO_FOLDER)
        case Service.SSH | Service.FTP:
            with socket.create_connection((host, port), CONNECT_S) as connection:
                _greeting(service, connection)
        case Service.BLOB:
            download(host, port, 1)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


async def _crowd(host: str, port: int, count: int) -> dict[str, Any]:
    import psycopg

    answers: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    opened = asyncio.Barrier(count)

    async def one() -> None:
        try:
            async with await psycopg.AsyncConnection.connect(_conninfo(host, port)) as connection:
                await opened.wait()
                cursor = await connection.execute(QUESTION)
                answers[str((await cursor.fetchall())[0][0])] += 1
        except psycopg.Error as error:
            errors[f"{type(error).__name__}: {error}"] += 1
            await opened.abort()
        except asyncio.BrokenBarrierError:
            errors["another one failed"] += 1

    asks: list[Coroutine[Any, Any, None]] = [one() for _ in range(count)]
    await asyncio.gather(*asks)
    return {"answers": dict(answers), "errors": dict(errors)}


def _greeting(service: Service, connection: socket.socket) -> str:
    if service is not Service.MARIADB:
        with connection.makefile("rb") as lines:
            return lines.readline(512).decode("ascii", "backslashreplace")
    header = _exactly(connection, MYSQL_HEADER_BYTES)
    payload = _exactly(connection, int.from_bytes(header[:3], "little"))
    version = payload[1:].split(b"\0")[0].decode("ascii", "backslashreplace")
    return f"sequence {header[3]} protocol {payload[0]} version {version} end {payload[-22:].decode('latin-1')!r}"


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        if not (chunk := connection.recv(size - len(data))):
            msg = f"the end after {len(data)} of {size} bytes: {bytes(data)!r}"
            raise ConnectionError(msg)
        data += chunk
    return bytes(data)


def main(command: str, *words: str) -> dict[str, Any]:
    """Run one command of the module's docstring."""
    match command, words:
        case "ready", (service, host, port, wait_s, pid):
            return ready(Service(service), host, int(port), float(wait_s), int(pid))
        case "query", (driver, host, port, folder):
            return query(driver, host, int(port), Path(folder))
        case "crowd", (host, port, count):
            return crowd(host, int(port), int(count))
        case "greetings", (service, host, port, count):
            return greetings(Service(service), host, int(port), int(count))
        case "download", (host, port, size):
            return download(host, int(port), int(size))
        case "upload", (host, port, size, path):
            return upload(host, int(port), int(size), path)
        case _:
            msg = f"no such command: {command} {' '.join(words)}"
            raise SystemExit(msg)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
