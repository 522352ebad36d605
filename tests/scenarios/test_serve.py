import json
import signal
import socket
import subprocess
from asyncio import to_thread
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.ports import free_port
from tests.scenarios.program import (
    PATIENCE_S,
    Settings,
    echo_target,
    farshore,
    ran,
    searching,
    serve_command,
    serving,
    started,
)

from farshore.app.exits import Exit
from farshore.core.address import LOOPBACK, HostPort
from farshore.core.clock import SystemClock
from farshore.core.events import ConnectionEnded
from farshore.core.outcome import MEANINGS, Code
from farshore.lab.faults import RouteWithdrawn
from farshore.lab.postgres_client import query_postgres
from farshore.lab.stage import DATABASES, LAN, POSTGRES, set_stage


@pytest.fixture
def settings() -> Iterator[Settings]:
    with echo_target() as target:
        yield Settings(target=target)


def get(port: int, path: str) -> httpx2.Response:
    return httpx2.get(f"http://127.0.0.1:{port}{path}", trust_env=False, timeout=PATIENCE_S)


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert done.stdout == ""
    assert done.stderr.startswith("farshore: ")
    assert done.stderr.endswith(".\n")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_it_carries_and_says_so_everywhere(settings: Settings, tmp_path: Path, loop: str) -> None:
    with serving(serve_command(settings.write(tmp_path), "--loop", loop)) as program:
        assert settings.echo(b"x" * 100_000) == b"x" * 100_000
        line = program.until("connection-ended")[-1]
        assert set(line) == {"at", "level", "event", "who", *ConnectionEnded.__struct_fields__}
        assert (line["route"], line["egress"], line["code"]) == ("echo", "out", "client.transfer.closed")
        assert (line["client_bytes"], line["upstream_bytes"]) == (100_000, 100_000)
        assert line["target"] == f"127.0.0.1:{settings.target}"

        exposition = text_string_to_metric_families(get(settings.health, "/metrics").text)
        samples = {
            (sample.name, *sorted(sample.labels.values())): sample.value for f in exposition for sample in f.samples
        }
        assert samples["farshore_connections_total", "client.transfer.closed", "echo", "out"] == 1
        assert samples["farshore_bytes_total", "echo", "from_client"] == 100_000
        assert samples["farshore_dial_seconds_count", "echo", "out"] == 1
        assert samples["farshore_connections_active", "echo"] == 0
        assert samples["farshore_ready",] == 1
        assert [value for name, *labels in samples if name == "farshore_build_info" for value in labels][-1] == loop

        with settings.connect() as client:
            client.sendall(b"hold")
            assert client.recv(4) == b"hold"
            shown = farshore("status", "--url", settings.status_url)
            asked = farshore("status", "--url", settings.status_url, "--format", "json")
        assert (shown.returncode, asked.returncode) == (Exit.OK, Exit.OK)
        assert "ready" in shown.stdout
        assert f"127.0.0.1:{settings.listen}" in shown.stdout
        snapshot = json.loads(asked.stdout)
        assert (snapshot["stats"]["active"], snapshot["stats"]["accepted"]) == (1, 2)
        assert snapshot["stats"]["ended"] == {"client.transfer.closed": 1}
        assert [connection["client_bytes"] for connection in snapshot["connections"]["connections"]] == [4]

        program.signal(signal.SIGTERM)
        assert program.ended() == Exit.OK
        assert program.said() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_drains(settings: Settings, tmp_path: Path, number: signal.Signals) -> None:
    with serving(serve_command(settings.write(tmp_path))) as program, settings.connect() as client:
        client.sendall(b"hold")
        assert client.recv(4) == b"hold"
        program.signal(number)
        assert [event["event"] for event in program.until("listener-closed")] == ["drain-started", "listener-closed"]
        ready = get(settings.health, "/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        with pytest.raises(ConnectionRefusedError):
            settings.connect()
        client.sendall(b"still")
        assert client.recv(5) == b"still"
        client.close()
        assert [event["event"] for event in program.events()] == ["connection-ended", "drain-ended"]
        assert program.ended() == Exit.OK


def test_while_it_settles_it_is_unready_and_still_carries(settings: Settings, tmp_path: Path) -> None:
    settings.settle = "60s"
    with serving(serve_command(settings.write(tmp_path))) as program:
        program.signal(signal.SIGTERM)
        program.until("drain-started")
        assert get(settings.health, "/readyz").status_code == 503
        assert settings.echo(b"late") == b"late"


def test_a_second_signal_cuts(settings: Settings, tmp_path: Path) -> None:
    with serving(serve_command(settings.write(tmp_path))) as program, settings.connect() as client:
        client.sendall(b"hold")
        assert client.recv(4) == b"hold"
        program.signal(signal.SIGINT)
        program.until("listener-closed")
        program.signal(signal.SIGINT)
        assert [event["code"] for event in program.events()] == ["gateway.transfer.drained"]
        assert program.ended() == Exit.INTERRUPTED
        with pytest.raises(ConnectionResetError):
            client.recv(1)


@pytest.mark.parametrize("taken", ["listen", "admin"])
def test_a_port_in_use_is_one_sentence(settings: Settings, tmp_path: Path, taken: str) -> None:
    config = settings.write(tmp_path)
    port = getattr(settings, taken)
    with socket.create_server(("127.0.0.1", port)):
        done = farshore("serve", "-c", str(config))
    assert done.returncode == Exit.NOT_BOUND
    sentence = one_sentence(done)
    assert f"cannot listen on 127.0.0.1:{port} because the address is in use" in sentence
    assert f"ss -ltnp 'sport = :{port}'" in sentence


def test_no_tailscaled_is_one_sentence_with_every_place_that_was_looked_at(tmp_path: Path) -> None:
    absent, closed = tmp_path / "tailscaled.sock", free_port()
    done = ran(searching([absent], [closed], "serve", "8082=172.16.20.88:1433"))
    assert done.returncode == Exit.NO_TAILSCALED
    sentence = one_sentence(done)
    assert f"{absent}: No such file or directory" in sentence
    assert f"127.0.0.1:{closed}: Connection refused" in sentence
    assert "farshore serve -c FILE" in sentence


def test_a_broken_configuration_is_one_sentence(tmp_path: Path) -> None:
    config = tmp_path / "farshore.yaml"
    config.write_text("routes: []\ncolour: red\n")
    done = farshore("serve", "-c", str(config))
    assert done.returncode == Exit.USAGE
    assert f"farshore check -c {config}" in one_sentence(done)


def test_a_target_that_is_none_is_one_sentence() -> None:
    done = farshore("serve", "8082=172.16.20.88")
    assert done.returncode == Exit.USAGE
    assert "172.16.20.88" in one_sentence(done)


def test_a_founding_file_runs_on_all_interfaces_and_the_setting_is_named(tmp_path: Path) -> None:
    founding = tmp_path / "config.json"
    with socket.socket(socket.AF_UNIX) as tailscaled, socket.create_server(("", 0)) as occupant:
        tailscaled.bind(str(tmp_path / "tailscaled.sock"))
        tailscaled.listen()
        port = occupant.getsockname()[1]
        founding.write_text(json.dumps({"portMappings": {str(port): "172.16.20.88:1433"}}))
        serve = ["serve", "-c", str(founding), "--log-format", "json"]
        done = ran(searching([tmp_path / "tailscaled.sock"], [], *serve))
    warnings = [json.loads(line) for line in done.stdout.splitlines()]
    assert any(line["level"] == "warning" and "listen_host" in line["message"] for line in warnings)
    assert "cannot listen on " in done.stderr


def test_a_log_that_nobody_reads_stops_nothing(settings: Settings, tmp_path: Path) -> None:
    with started(serve_command(settings.write(tmp_path))) as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline())["event"] != "ready":
            pass
        # A pipe holds 64 KiB, about 130 lines.
        for _ in range(400):
            assert settings.echo(b"x") == b"x"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == Exit.OK


def test_a_log_whose_reader_went_away_stops_nothing_and_is_counted(settings: Settings, tmp_path: Path) -> None:
    with started(serve_command(settings.write(tmp_path))) as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline())["event"] != "ready":
            pass
        process.stdout.close()
        dropped = 0.0
        while not dropped:
            assert settings.echo(b"x") == b"x"
            exposition = text_string_to_metric_families(get(settings.health, "/metrics").text)
            dropped = {family.name: family.samples for family in exposition}["farshore_log_lines_dropped"][0].value
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == Exit.OK


@pytest.mark.anyio
async def test_found_tailscaled_carries_and_a_leak_is_told_everywhere(tmp_path: Path) -> None:
    settings = Settings(target=0)
    config = tmp_path / "farshore.yaml"
    async with set_stage(SystemClock()) as stage:
        config.write_text(
            f"routes: [{{name: billing, listen: {settings.listen}, target: '{POSTGRES}'}}]\n"
            f"health: 127.0.0.1:{settings.health}\nadmin: 127.0.0.1:{settings.admin}\ndrain: {{settle: 0s}}\n"
        )
        serve = ["serve", "-c", str(config), "--log-format", "json"]
        with serving(searching([stage.daemon.socket], [], *serve)) as program:
            address = HostPort(LOOPBACK, settings.listen)
            assert await query_postgres(address, "select host") == f"Postgres on {DATABASES}"
            carried = await to_thread(program.until, "connection-ended")
            stage.daemon.inject(RouteWithdrawn(LAN))
            with pytest.raises(ConnectionResetError):
                await query_postgres(address, "select host")
            refused = await to_thread(program.until, "connection-ended")
            exposition = (await to_thread(get, settings.health, "/metrics")).text
            stats = (await to_thread(get, settings.admin, "/stats")).json()
    assert (carried[-1]["egress"], carried[-1]["level"]) == ("tailnet", "info")
    assert (refused[-1]["code"], refused[-1]["level"]) == (Code.LEAK, "warning")
    assert refused[-1]["remedy"] == MEANINGS[Code.LEAK].remedy
    assert 'farshore_leaks_total{connected="false",egress="tailnet",route="billing"} 1.0' in exposition
    assert stats["ended"][Code.LEAK] == 1
    assert (stage.impostor.accepted, stats["routes"][0]["egress_kind"]) == (0, "tailscaled")
