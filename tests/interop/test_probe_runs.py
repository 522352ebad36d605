"""A health check of a real Postgres, whose greeting it hears, and of what is left when nobody listens there."""

import contextlib
import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from tests.interop.servers import Servers
from tests.interop.service import PASSWORD, USER, Service
from tests.tailnet.harness.waiting import until

from farshore.app.cli import run
from farshore.app.exits import Exit
from farshore.watch.health_check.denials import MOST_DENIED

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

ENOUGH = 10
PATIENCE_S = 60.0


def configured(host: str, port: int, folder: Path, **more: object) -> str:
    route = {"name": "db", "listen": 9, "target": f"{host}:{port}", "protocol": "postgres", "allow_direct": True} | more
    file = folder / "farshore.json"
    file.write_text(
        json.dumps(
            {
                "egresses": {"out": {"kind": "direct"}},
                "routes": [route],
                "journal": {"path": str(folder / "journal.db")},
                "health": None,
                "admin": None,
            }
        )
    )
    return str(file)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_check_hears_postgres_and_misses_it(
    is_there: bool,  # noqa: FBT001 - a table of cases
    servers: Servers,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if is_there:
        server = servers.get(Service.POSTGRES)
        host, port = server.host, server.port
    else:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            host, port = gone.getsockname()[:2]
    file = configured(host, port, tmp_path)

    ended = run(["probe", "db", "--for", "1s", "--every", "20ms", "--format", "json", "-c", file])

    told = json.loads(capsys.readouterr().out)
    assert (ended, told["kind"]) == (Exit.OK if is_there else Exit.FAILED, "postgres")
    assert told["codes"] == ({} if is_there else {"target.dial.refused": 50})
    assert told["layers"].get("first-byte", {"count": 0})["count"] == (50 if is_there else 0)


@pytest.mark.parametrize(
    ("user", "query", "code"),
    [
        (USER, "SELECT count(*) FROM people", None),
        (USER, "SELECT nothing FROM nowhere", "target.query.refused"),
    ],
)
def test_a_check_asks_postgres(
    user: str, query: str, code: str | None, servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = servers.get(Service.POSTGRES)
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    file = configured(server.host, server.port, tmp_path, probe_login={"user": user, "password": {"file": str(secret)}})

    ended = run(["probe", "db", "--for", "1s", "--every", "100ms", "--query", query, "--format", "json", "-c", file])

    told = json.loads(capsys.readouterr().out)
    assert (ended, told["codes"]) == (Exit.OK if code is None else Exit.FAILED, {} if code is None else {code: 10})
    assert told["layers"].get("query", {"count": 0})["count"] == 10


WRONG = "Wrong-123!"
# What each server writes of a login that it denies.
DENIALS = {
    Service.POSTGRES: ("postgres", "password authentication failed for user"),
    Service.MARIADB: ("mysql", "Access denied for user"),
    Service.SQLSERVER: ("sqlserver", "Login failed for user"),
}


@pytest.mark.parametrize("service", DENIALS)
def test_a_wrong_password_is_tried_once_and_shown_nowhere(
    service: Service, servers: Servers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = servers.get(service)
    protocol, words = DENIALS[service]
    (tmp_path / "password").write_text(WRONG)
    login: dict[str, object] = {"user": USER, "password": {"file": str(tmp_path / "password")}}
    if service is Service.SQLSERVER:
        login["ca_file"] = str(server.folder / "certificate.pem")
    file = configured(server.host, server.port, tmp_path, protocol=protocol, probe_login=login)
    before = (server.folder / "log").read_text(errors="replace").count(words)

    ended = run(["probe", "db", "--for", "1s", "--every", "20ms", "-c", file])

    told = capsys.readouterr()
    assert (ended, told.out) == (Exit.USAGE, "")
    assert f"the target of db denies the login as {USER}: " in told.err
    assert words in told.err
    if service is not Service.SQLSERVER:  # it keeps no log
        assert (server.folder / "log").read_text(errors="replace").count(words) == before + 1
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("journal.db*"))
    assert WRONG not in told.err
    assert WRONG.encode() not in kept


def test_a_password_that_is_changed_in_the_middle_is_tried_three_times_more(servers: Servers, tmp_path: Path) -> None:
    server = servers.get(Service.POSTGRES)
    owner = f"host={server.host} port={server.port} user={USER} password={PASSWORD} dbname=postgres"
    secret = tmp_path / "password"
    secret.write_text("First-123!")
    login = {"user": "changing", "password": {"file": str(secret)}}
    file = configured(server.host, server.port, tmp_path, probe_login=login)
    fixed = ["--for", "20h", "--every", "20ms", "--concurrency", "1", "--format", "json", "-c", file]
    command = [sys.executable, "-m", "farshore", "probe", "db", *fixed]
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE ROLE changing LOGIN PASSWORD 'First-123!'")
        try:
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as check:
                until(
                    lambda: good(tmp_path) >= ENOUGH or check.poll() is not None,
                    "probes that went well",
                    deadline_s=PATIENCE_S,
                )
                connection.execute("ALTER ROLE changing PASSWORD 'Second-123!'")
                out, err = check.communicate(timeout=PATIENCE_S)
            before = good(tmp_path)
            secret.write_text("Second-123!")
            with subprocess.Popen([*command, "--resume"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as resumed:
                until(
                    lambda: good(tmp_path) >= before + ENOUGH or resumed.poll() is not None,
                    "probes after that",
                    deadline_s=PATIENCE_S,
                )
                resumed.terminate()
                again, _ = resumed.communicate(timeout=PATIENCE_S)
        finally:
            connection.execute("DROP ROLE changing")
    assert (check.returncode, resumed.returncode) == (Exit.FAILED, Exit.INTERRUPTED), (err, again)
    assert json.loads(out)["codes"]["target.login.denied"] == MOST_DENIED
    assert b"3 logins in a row were denied" in err
    log = (server.folder / "log").read_text(errors="replace")
    assert log.count('password authentication failed for user "changing"') == MOST_DENIED
    assert json.loads(again)["codes"]["target.login.denied"] == MOST_DENIED
    assert b"First-123!" not in out + err


def good(folder: Path) -> int:
    """How many probes have gone well so far."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{folder}/journal.db?mode=ro", uri=True)) as connection:
            count: int = connection.execute("SELECT count(*) FROM probe_results WHERE code IS NULL").fetchone()[0]
    except sqlite3.OperationalError:  # it is being made
        return 0
    return count
