"""Real clients, each a command that connects, asks `QUESTION` and ends: what it read, or its own error text.

`prefix` puts a client into another network namespace.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.blobs import digest
from tests.interop.parts import ROOT, jar, program
from tests.interop.service import ANSWER, PASSWORD, QUESTION, USER, Service

CLIENT_S = 90.0
TRANSFER_S = 240.0
QUERY_JAVA = Path(__file__).parent / "java" / "Query.java"
Command = Callable[[str, int, Path], Sequence[str]]
ENVIRONMENT = {**os.environ, "PGPASSWORD": PASSWORD, "MYSQL_PWD": PASSWORD, "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a client made of its connection; exactly one of the two is there."""

    value: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One real client: the server it is for, its command line, what it reads when all is well."""

    name: str
    service: Service
    command: Command
    read: Callable[[subprocess.CompletedProcess[str]], Answer]
    script: str = ""
    expected: str = ANSWER

    def ask(self, host: str, port: int, folder: Path, *, prefix: Sequence[str] = ()) -> Answer:
        """Run it once against `host:port`, with what the server's folder holds for its clients.

        Skips the test, by name, where its program or driver is missing.
        """
        return self.read(_run([*prefix, *self.command(host, port, folder)], CLIENT_S, self.script))


def drive(*words: object, prefix: Sequence[str] = ()) -> dict[str, Any]:
    """Run a command of `drivers.py` and return its one JSON line."""
    done = _run([*prefix, sys.executable, "-m", "tests.interop.drivers", *map(str, words)], TRANSFER_S)
    if done.returncode != 0:
        msg = f"{words[0]}: {done.stderr[-2000:]}"
        raise RuntimeError(msg)
    return dict(json.loads(done.stdout))


def sftp(host: str, port: int, source: Path, key: Path, folder: Path, *, prefix: Sequence[str] = ()) -> Answer:
    """Put a file with OpenSSH's sftp and get it back: the SHA-256 of what came back, or the client's error text."""
    there, back = folder / "there", folder / "back"
    for path in (there, back):
        path.unlink(missing_ok=True)
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "LogLevel=ERROR"]
    flags = [word for option in options for word in ("-o", option)]
    command = [program("sftp", "openssh-client"), "-F", "none", "-q", "-b", "-", *flags]
    command += ["-i", str(key), "-P", str(port), host]
    done = _run([*prefix, *command], TRANSFER_S, f"put {source} {there}\nget {there} {back}\n")
    if done.returncode != 0:
        return Answer(error=_complaint(done))
    return Answer(value=digest(back, back.stat().st_size))


def _run(command: Sequence[str], timeout_s: float, script: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=script,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
        cwd=ROOT,
        env=ENVIRONMENT,
        errors="replace",
    )


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}, no text")[-2000:]


def _plain(done: subprocess.CompletedProcess[str]) -> Answer:
    return Answer(value=done.stdout.strip()) if done.returncode == 0 else Answer(error=_complaint(done))


def _json_line(done: subprocess.CompletedProcess[str]) -> Answer:
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return Answer(**json.loads(lines[-1])) if lines else Answer(error=_complaint(done))


def _tsql_rows(done: subprocess.CompletedProcess[str]) -> Answer:
    noise = ("locale is ", "locale charset is ", "using default charset ")
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip() and not line.startswith(noise)]
    return Answer(value=lines[-1]) if done.returncode == 0 and lines else Answer(error=_complaint(done))


def _psql(host: str, port: int, _folder: Path) -> Sequence[str]:
    conninfo = f"host={host} port={port} user={USER} dbname=postgres connect_timeout=30"
    return [program("psql", "postgresql-client"), conninfo, "-XAtq", "-c", QUESTION]


def _mariadb(host: str, port: int, _folder: Path) -> Sequence[str]:
    binary = program("mariadb", "mariadb-client")
    return [
        binary,
        "--no-defaults",
        "-h",
        host,
        "-P",
        str(port),
        "--protocol=tcp",
        "-u",
        USER,
        "-NB",
        "shore",
        "-e",
        QUESTION,
    ]


def _tsql(host: str, port: int, _folder: Path) -> Sequence[str]:
    return [program("tsql", "freetds-bin"), "-H", host, "-p", str(port), "-U", USER, "-P", PASSWORD, "-o", "fhq"]


def _python(driver: str) -> Command:
    def command(host: str, port: int, folder: Path) -> Sequence[str]:
        return [sys.executable, "-m", "tests.interop.drivers", "query", driver, host, str(port), str(folder)]

    return command


def jdbc(artifact: str, url: str) -> Command:
    """A query through a JDBC driver; `url` has a place for host and port, and may have one for the `folder`."""

    def command(host: str, port: int, folder: Path) -> Sequence[str]:
        java = [program("java", "default-jdk-headless"), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        return [
            *java,
            "-cp",
            jar(artifact),
            str(QUERY_JAVA),
            url.format(host, port, folder=folder),
            USER,
            PASSWORD,
            QUESTION,
        ]

    return command


def _python_client(driver: str, service: Service, expected: str = ANSWER) -> Client:
    return Client(name=driver, service=service, command=_python(driver), read=_json_line, expected=expected)


def _jdbc_client(name: str, service: Service, artifact: str, url: str) -> Client:
    return Client(name=name, service=service, command=jdbc(artifact, url), read=_json_line)


_MSSQL_URL = "jdbc:sqlserver://{}:{};loginTimeout=30;"

CLIENTS = (
    Client(name="psql", service=Service.POSTGRES, command=_psql, read=_plain),
    _python_client("psycopg", Service.POSTGRES),
    _jdbc_client("pgjdbc", Service.POSTGRES, "postgresql", "jdbc:postgresql://{}:{}/postgres"),
    Client(name="mariadb", service=Service.MARIADB, command=_mariadb, read=_plain),
    _python_client("pymysql", Service.MARIADB),
    _jdbc_client("mariadb-jdbc", Service.MARIADB, "mariadb-java-client", "jdbc:mariadb://{}:{}/shore"),
    Client(name="tsql", service=Service.SQLSERVER, command=_tsql, read=_tsql_rows, script=f"{QUESTION}\ngo\nexit\n"),
    _python_client("pymssql", Service.SQLSERVER),
    _python_client("pytds", Service.SQLSERVER),
    _jdbc_client(
        "mssql-jdbc-encrypted",
        Service.SQLSERVER,
        "mssql-jdbc",
        f"{_MSSQL_URL}encrypt=true;trustServerCertificate=true",
    ),
    _jdbc_client("mssql-jdbc-plain", Service.SQLSERVER, "mssql-jdbc", f"{_MSSQL_URL}encrypt=false"),
    _python_client("ftplib", Service.FTP, "/ 221"),
)
