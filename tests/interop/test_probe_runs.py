"""A health check of a real Postgres, whose greeting it hears, and of what is left when nobody listens there."""

import json
import socket
from pathlib import Path

import pytest
from tests.interop.servers import Servers
from tests.interop.service import PASSWORD, USER, Service

from farshore.app.cli import run
from farshore.app.exits import Exit

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


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
        ("nobody-here", "SELECT 1", "target.login.refused"),
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
    assert told["layers"].get("query", {"count": 0})["count"] == (10 if code != "target.login.refused" else 0)
