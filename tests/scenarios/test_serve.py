import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.scenarios.program import PATIENCE_S, Settings, echo_target, free_port, ran, serving, started

from farshore.app.exits import Exit
from farshore.core.events import ConnectionEnded


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
    with serving(settings.write(tmp_path), "--loop", loop) as program:
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
            shown = ran("status", "--url", settings.status_url)
            asked = ran("status", "--url", settings.status_url, "--format", "json")
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
    with serving(settings.write(tmp_path)) as program, settings.connect() as client:
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
    with serving(settings.write(tmp_path)) as program:
        program.signal(signal.SIGTERM)
        program.until("drain-started")
        assert get(settings.health, "/readyz").status_code == 503
        assert settings.echo(b"late") == b"late"


def test_a_second_signal_cuts(settings: Settings, tmp_path: Path) -> None:
    with serving(settings.write(tmp_path)) as program, settings.connect() as client:
        client.sendall(b"hold")
        assert client.recv(4) == b"hold"
        program.signal(signal.SIGINT)
        program.until("listener-closed")
        program.signal(signal.SIGINT)
        assert [event["code"] for event in program.events()] == ["gateway.transfer.drained"]
        assert program.ended() == Exit.INTERRUPTED
        with pytest.raises(ConnectionResetError):
            client.recv(1)


@pytest.mark.parametrize("taken", ["listen", "health", "admin"])
def test_a_port_in_use_is_one_sentence(settings: Settings, tmp_path: Path, taken: str) -> None:
    config = settings.write(tmp_path)
    port = getattr(settings, taken)
    with socket.create_server(("127.0.0.1", port)):
        done = ran("serve", "-c", str(config))
    assert done.returncode == Exit.NOT_BOUND
    sentence = one_sentence(done)
    assert f"cannot listen on 127.0.0.1:{port} because the address is in use" in sentence
    assert f"ss -ltnp 'sport = :{port}'" in sentence


def test_no_tailscaled_is_one_sentence_with_every_place_that_was_looked_at(tmp_path: Path) -> None:
    absent, closed = tmp_path / "tailscaled.sock", free_port()
    # This machine may well have a tailscaled: the same search, in places where there is none.
    program = (
        "import sys; from functools import partial; from ipaddress import ip_address; from pathlib import Path\n"
        "from farshore.app import cli, discovery; from farshore.core.address import HostPort\n"
        f"places = {{'sockets': (Path({str(absent)!r}),), 'ports': (HostPort(ip_address('127.0.0.1'), {closed}),)}}\n"
        "discovery.discover = partial(discovery.discover, **places)\n"
        "sys.exit(cli.run(['serve', '8082=172.16.20.88:1433']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == Exit.NO_TAILSCALED
    sentence = one_sentence(done)
    assert f"{absent}: No such file or directory" in sentence
    assert f"127.0.0.1:{closed}: Connection refused" in sentence
    assert "farshore serve -c FILE" in sentence


@pytest.mark.parametrize("text", ["routes: [", "routes: []\ncolour: red\n", "\x00", ""])
def test_a_broken_configuration_is_one_sentence(tmp_path: Path, text: str) -> None:
    config = tmp_path / "farshore.yaml"
    config.write_text(text)
    done = ran("serve", "-c", str(config))
    assert done.returncode == Exit.USAGE
    assert f"farshore check -c {config}" in one_sentence(done)


def test_a_target_that_is_none_is_one_sentence() -> None:
    done = ran("serve", "8082=172.16.20.88")
    assert done.returncode == Exit.USAGE
    assert "172.16.20.88" in one_sentence(done)


def test_a_founding_file_runs_and_the_setting_is_named(tmp_path: Path) -> None:
    founding = tmp_path / "config.json"
    with socket.socket(socket.AF_UNIX) as tailscaled, socket.create_server(("0.0.0.0", 0)) as occupant:  # noqa: S104 - the founding system's own
        tailscaled.bind(str(tmp_path / "tailscaled.sock"))
        port = occupant.getsockname()[1]
        founding.write_text(json.dumps({"portMappings": {str(port): "172.16.20.88:1433"}}))
        program = (
            "import sys; from pathlib import Path; from farshore.app import cli, discovery\n"
            "from farshore.tailnet.discover import Discovery\n"
            f"found = Discovery(socket=Path({str(tmp_path / 'tailscaled.sock')!r}), socks5=None, tried=())\n"
            "discovery.discover = lambda: found\n"
            f"sys.exit(cli.run(['serve', '-c', {str(founding)!r}, '--log-format', 'json']))\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    warnings = [json.loads(line) for line in done.stdout.splitlines()]
    assert any(line["level"] == "warning" and "listen_host" in line["message"] for line in warnings)
    assert f"cannot listen on 0.0.0.0:{port}" in done.stderr


def test_a_log_that_nobody_reads_stops_nothing(settings: Settings, tmp_path: Path) -> None:
    with started(settings.write(tmp_path)) as process:
        assert process.stdout is not None
        while json.loads(process.stdout.readline())["event"] != "ready":
            pass
        # A pipe holds 64 KiB, about 130 lines.
        for _ in range(400):
            assert settings.echo(b"x") == b"x"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == Exit.OK


def test_a_log_whose_reader_went_away_stops_nothing_and_is_counted(settings: Settings, tmp_path: Path) -> None:
    with started(settings.write(tmp_path)) as process:
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
