"""A running `farshore serve` whose file changes."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.ports import free_port
from tests.scenarios.program import Program, Settings, echo_target, searching, serve_command, serving
from tests.scenarios.test_serve import get
from tests.unit.app.test_filewatch import config_map

from farshore.app.exits import Exit

CONNECTIONS = 200


@pytest.fixture
def settings() -> Iterator[Settings]:
    with echo_target() as target:
        yield Settings(target=target)


def written(settings: Settings, folder: Path, **changed: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(settings.write(folder).read_text())
    return document | changed


def another(settings: Settings, port: int, name: str = "second") -> dict[str, Any]:
    return {"name": name, "listen": f"127.0.0.1:{port}", "target": f"127.0.0.1:{settings.target}", "allow_direct": True}


def hung_up(program: Program, told: str) -> dict[str, Any]:
    """What is told of a hang-up. The file may have been looked at just before: then that is part of the answer."""
    program.signal(signal.SIGHUP)
    answer: dict[str, Any] = program.until(told)[-1]
    while answer.get("reason") == "file":
        after = program.until(told)[-1]
        answer = after | {key: [*answer[key], *after[key]] for key in ("added", "removed", "changed") if key in after}
    return answer


def say(client: socket.socket, said: bytes) -> None:
    client.sendall(said)
    assert client.recv(len(said), socket.MSG_WAITALL) == said


def metric(settings: Settings, series: str) -> float:
    lines = get(settings.health, "/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{series} ")).rpartition(" ")[2])


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_two_hundred_connections_never_notice(settings: Settings, tmp_path: Path, loop: str) -> None:
    config = tmp_path / "farshore.json"
    document = written(settings, tmp_path)
    port = free_port()
    with serving(serve_command(config, "--loop", loop)) as program, ExitStack() as stack:
        clients = [stack.enter_context(settings.connect()) for _ in range(CONNECTIONS)]
        for client in clients:
            say(client, b"before")

        # The route itself is changed, a second one comes.
        routes = [document["routes"][0] | {"max_connections": 300}, another(settings, port)]
        config.write_text(json.dumps(document | {"routes": routes}))
        applied = hung_up(program, "configuration-applied")
        assert (applied["reason"], applied["added"], applied["changed"]) == ("sighup", ["second"], ["echo"])
        with socket.create_connection(("127.0.0.1", port)) as late:
            say(late, b"late")

        # Now it is gone, and those who came by it go on.
        config.write_text(json.dumps(document | {"routes": [another(settings, port)]}))
        removed = hung_up(program, "configuration-applied")
        assert (removed["removed"], removed["unchanged"], removed["needs_restart"]) == (["echo"], 1, [])
        with pytest.raises(ConnectionRefusedError):
            settings.connect()
        for client in clients:
            say(client, b"after")
        assert metric(settings, 'farshore_connections_active{route="echo"}') == CONNECTIONS
        assert metric(settings, 'farshore_reloads_total{result="applied"}') >= 2
        assert get(settings.health, "/readyz").json() == {"ready": True, "reason": "all ports are open"}


def test_the_swap_of_a_config_map_is_enough(settings: Settings, tmp_path: Path) -> None:
    document, port = written(settings, tmp_path), free_port()
    config = config_map(tmp_path / "volume", "..2026_01_01", json.dumps(document))
    with serving(serve_command(config)) as program, settings.connect() as client:
        say(client, b"before")
        config_map(tmp_path / "volume", "..2026_01_02", json.dumps(document | {"routes": [another(settings, port)]}))
        applied = program.until("configuration-applied")[-1]
        assert (applied["reason"], applied["added"], applied["removed"]) == ("file", ["second"], ["echo"])
        with socket.create_connection(("127.0.0.1", port)) as late:
            say(late, b"late")
        say(client, b"after")


def test_an_invalid_file_is_refused_and_said_everywhere(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "farshore.json"
    document = written(settings, tmp_path)
    with serving(serve_command(config)) as program, settings.connect() as client:
        say(client, b"before")
        config.write_text(json.dumps(document | {"routes": [another(settings, 70_000)]}))
        refused = hung_up(program, "configuration-refused")
        assert refused["level"] == "error"
        assert "routes[0].listen" in refused["sentence"]
        ready = get(settings.health, "/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert refused["sentence"] in ready.json()["configuration"]
        assert metric(settings, 'farshore_reloads_total{result="refused"}') >= 1
        assert metric(settings, "farshore_configuration_current") == 0
        say(client, b"after")
        assert settings.echo(b"new") == b"new"

        config.write_text(json.dumps(document))
        assert hung_up(program, "configuration-applied")["unchanged"] == 1
        assert "configuration" not in get(settings.health, "/readyz").json()
        assert metric(settings, "farshore_configuration_current") == 1


def test_a_port_in_use_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "farshore.json"
    document, free = written(settings, tmp_path), free_port()
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        serving(serve_command(config)) as program,
        settings.connect() as client,
    ):
        say(client, b"before")
        port = taken.getsockname()[1]
        routes = [another(settings, free), another(settings, port, "late")]
        config.write_text(json.dumps(document | {"routes": routes}))
        refused = hung_up(program, "configuration-refused")
        assert f"route late: cannot listen on 127.0.0.1:{port}" in refused["sentence"]
        say(client, b"after")
        assert settings.echo(b"new") == b"new"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", free))


def test_what_needs_a_restart_is_named_and_the_rest_is_carried(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "farshore.json"
    port = free_port()
    document = written(settings, tmp_path, admin=None)
    with serving(serve_command(config)) as program:
        routes = [*document["routes"], another(settings, port)]
        at_once = {name: {"every": "0s"} for name in ("path_health", "observe")} | {"remedies": {"rebind": "off"}}
        config.write_text(json.dumps(document | at_once | {"redact": True, "routes": routes}))
        applied = hung_up(program, "configuration-applied")
        assert (applied["needs_restart"], applied["level"], applied["added"]) == (["admin"], "warning", ["second"])
        assert get(settings.health, "/readyz").json()["configuration"] == "needs a restart: admin"
        with socket.create_connection(("127.0.0.1", port)) as late:
            say(late, b"late")


def test_without_a_file_a_hang_up_changes_nothing_and_ends_nothing(tmp_path: Path) -> None:
    found = tmp_path / "tailscaled.sock"
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(found))
        daemon.listen()
        command = searching([found], [], "serve", f"{free_port()}=172.16.20.88:1433", "--log-format", "json")
        with serving(command) as program:
            assert "came from no file" in hung_up(program, "configuration")["message"]
            program.signal(signal.SIGTERM)
            program.until("drain-started")
            program.signal(signal.SIGTERM)
            assert program.ended() == Exit.INTERRUPTED


def test_fifty_reloads_leave_no_descriptor_behind(settings: Settings, tmp_path: Path) -> None:
    config = tmp_path / "farshore.json"
    document, port = written(settings, tmp_path), free_port()
    both = json.dumps(document | {"routes": [*document["routes"], another(settings, port)]})
    slower = json.dumps(document | {"timeouts": {"dial": "9s"}})
    with serving(serve_command(config)) as program, settings.connect() as client:
        say(client, b"before")

        def reload(count: int) -> int:
            for number in range(count):
                config.write_text(slower if number % 2 else both)
                hung_up(program, "configuration-applied")
            return descriptors(program)

        before = reload(2)
        assert reload(50) == before
        say(client, b"after")


def descriptors(program: Program) -> int:
    return sum(1 for _ in Path(f"/proc/{program.process.pid}/fd").iterdir())
