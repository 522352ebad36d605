import re
import socket
from collections.abc import Iterator

import msgspec
import pytest
from tests.unit.app.admins import admin_listener

from farshore.app.cli import run
from farshore.app.exits import Exit
from farshore.app.status import Snapshot
from farshore.core.remedy import Remedy, RemedyResult
from farshore.surface.views import Connections, ConnectionView, PathView, RemediesView, RouteView, Stats
from farshore.watch.audit import AuditRow

ROUTE = RouteView(
    name="billing",
    listen="127.0.0.1:8082",
    target="172.16.20.88:1433",
    protocol="sqlserver",
    egress="tailnet",
    egress_kind="tailscaled",
    active=2,
    held=1,
    accepted=12,
    ended={"client.transfer.closed": 9, "tailnet.dial.leak": 1},
    paths=(
        PathView(
            name="r1",
            egress="tailnet",
            target="100.64.0.2:11433",
            state="open",
            patience_ms=40.0,
            connections=3,
            health="down",
            health_for_s=12.0,
            health_reason="no pong for 6 s",
        ),
        PathView(name="r2", egress="tailnet", target="100.64.0.3:11433", state="closed", patience_ms=250.0),
    ),
)
ALONE = PathView(name="plain", egress="tailnet", target="172.16.20.90:22", state="closed", patience_ms=250.0)
STATS = Stats(
    version="0.1.0",
    started_at_s=1_700_000_000.0,
    uptime_s=3725.0,
    ready=False,
    reason="shutting down",
    active=2,
    accepted=12,
    ended=ROUTE.ended,
    routes=[ROUTE, msgspec.structs.replace(ROUTE, name="files", ended={}, paths=(ALONE,))],
)
CONNECTIONS = Connections(
    total=2,
    limit=100,
    offset=0,
    connections=[
        ConnectionView(
            connection=7,
            route="billing",
            path="r1",
            client="10.1.2.3:50123",
            target="172.16.20.88:1433",
            phase="transfer",
            age_s=75.5,
            client_bytes=999,
            upstream_bytes=1_234_567,
        )
    ],
)

REMEDIES = RemediesView(
    remedies=[
        AuditRow(
            at_s=1_700_000_000.0,
            route="billing",
            remedy=Remedy.REBIND,
            subject="/run/s.sock",
            result=RemedyResult.SUGGESTED,
            why="no answer",
            command="tailscale debug rebind",
        )
    ]
)


@pytest.fixture
def documents() -> dict[str, bytes]:
    return {
        "/stats": msgspec.json.encode(STATS),
        "/api/v1/connections": msgspec.json.encode(CONNECTIONS),
        "/api/v1/remedies": msgspec.json.encode(REMEDIES),
    }


@pytest.fixture
def admin(documents: dict[str, bytes]) -> Iterator[str]:
    with admin_listener(documents) as url:
        yield url


def test_a_person_sees_routes_and_connections(admin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", admin]) is Exit.OK
    shown = capsys.readouterr().out
    assert "not ready: shutting down, up 1 h 2 min, 2 open, 12 accepted" in shown
    assert re.search(r"tailnet \(tailscaled\) +2 +1 +12", shown)
    assert re.search(r"billing +1 +tailnet.dial.leak", shown)
    assert re.search(r"billing +r1 +open +3 +down for 12.0 s +tailnet +100.64.0.2:11433 +40 ms +no pong for 6 s", shown)
    assert re.search(r"billing +r2 +closed +0 +unknown +tailnet", shown)
    assert "plain" not in shown
    assert re.search(r"7 +billing +r1 +10.1.2.3:50123 +transfer", shown)
    remedy = r"2023-11-14 22:13:20 +billing +rebind +/run/s.sock +suggested +no answer; tailscale debug rebind"
    assert re.search(remedy, shown)
    assert all(text in shown for text in ("1 min 15 s", "999 B", "1.23 MB", "and 1 more"))


def test_the_only_path_is_shown_once_its_health_is_known(
    admin: str, documents: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    dead = msgspec.structs.replace(ALONE, health="down", health_for_s=75.5)
    stats = msgspec.structs.replace(STATS, routes=[msgspec.structs.replace(ROUTE, name="files", paths=(dead,))])
    documents["/stats"] = msgspec.json.encode(stats)
    assert run(["status", "--url", admin]) is Exit.OK
    assert re.search(r"files +plain +closed +0 +down for 1 min 15 s", capsys.readouterr().out)


def test_a_program_gets_everything_as_json(admin: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", admin, "--format", "json"]) is Exit.OK
    snapshot = msgspec.json.decode(capsys.readouterr().out, type=Snapshot)
    assert snapshot == Snapshot(stats=STATS, connections=CONNECTIONS, remedies=REMEDIES)


def refused(url: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["status", "--url", url]) is Exit.NOT_REACHED
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert url in captured.err
    assert "farshore serve" in captured.err
    return captured.err


def test_nobody_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    assert "(Connection refused)" in refused(url, capsys)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>", "what answered is not a gateway's admin listener"),
        (b"{}", "what answered is not a gateway's admin listener"),
        (None, "it answered 404"),
    ],
)
def test_another_server_is_one_sentence(
    admin: str, documents: dict[str, bytes], body: bytes | None, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in tuple(documents):
        documents.pop(path)
        if body is not None:
            documents[path] = body
    assert f"({reason})" in refused(admin, capsys)


@pytest.mark.parametrize("url", ["127.0.0.1:9809", "ftp://127.0.0.1", "http://[::1", "", "http://\x1b"])
def test_what_is_no_url_is_one_sentence(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", url]) is Exit.NOT_REACHED
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "\x1b" not in error
