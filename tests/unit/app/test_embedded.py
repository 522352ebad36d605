import logging
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.ports import free_port
from tests.unit.gateway.gates import behind_socks5
from tests.unit.gateway.wires import Wire, door, echo, until

import farshore
from farshore.app.embedded import Address, Connected

pytestmark = pytest.mark.anyio
HERE: dict[str, Any] = {"egresses": {"here": {"kind": "direct"}}, "allow_direct": True}
FAILURE = "2026/03/04 05:50:34 socks5: client connection failed: connect tcp 10.9.8.7:1433: connection was refused\n"
FILE = """
egresses: {here: {kind: direct}}
routes:
  - {name: other, listen: 8081, target: "127.0.0.1:1", allow_direct: true}
  - {name: db, listen: 8082, target: "TARGET", allow_direct: true}
"""


def asked(address: Address) -> bytes:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"ping")
        return client.recv(4, socket.MSG_WAITALL)


async def asked_in_the_loop(address: Address) -> bytes:
    with Wire(socket.create_connection(address)) as client:
        await client.send(b"ping")
        return await client.receive(4)


def test_a_tunnel_without_a_loop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        with farshore.tunnel(f"127.0.0.1:{target.getsockname()[1]}", **HERE) as address:
            client = socket.create_connection(address, timeout=10)
            served, _ = target.accept()
            with client, served:
                client.sendall(b"ping")
                assert served.recv(4, socket.MSG_WAITALL) == b"ping"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
    assert str(address) == f"127.0.0.1:{address.port}"


async def test_a_tunnel_in_the_loop() -> None:
    async with door(echo) as target:
        async with farshore.tunnel(str(target.address), **HERE) as address:
            assert await asked_in_the_loop(address) == b"ping"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)


async def test_what_goes_wrong_in_the_block_comes_out_of_it_as_it_was() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with farshore.tunnel(f"127.0.0.1:{free_port()}", **HERE):
            raise KeyError("mine")  # noqa: EM101 - the test's own


async def test_a_route_of_a_file_by_its_name_or_its_target(tmp_path: Path) -> None:
    async with door(echo) as target:
        file = tmp_path / "gateway.yaml"
        file.write_text(FILE.replace("TARGET", str(target.address)))
        for what in ("db", str(target.address)):
            async with farshore.tunnel(what, config=file) as address:
                assert await asked_in_the_loop(address) == b"ping"
        with pytest.raises(farshore.ConfigurationError, match=r"gateway\.yaml: .* found dv; it has other, db"):
            await farshore.connect("dv", config=file)
        with pytest.raises(farshore.ConfigurationError, match="found hold as well"):
            farshore.tunnel("db", config=file, hold="5s")


async def test_why_a_client_of_a_tunnel_was_sent_away_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with caplog.at_level(logging.WARNING, "farshore"):
        async with farshore.tunnel(nobody, **HERE) as address:
            with Wire(socket.create_connection(address)) as client:
                await client.receive_all()
            await until(lambda: bool(caplog.messages))
    assert caplog.messages == [f"{nobody}: target.dial.refused: {nobody}: Connection refused (ECONNREFUSED)"]


async def test_a_socket_for_a_driver() -> None:
    async with door(echo) as target:
        connected = await farshore.connect(str(target.address), **HERE)
        assert connected.getblocking()
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        with Wire(connected) as wire:
            await wire.send(b"ping")
            assert await wire.receive(4) == b"ping"


async def test_no_way_is_told_with_its_outcome() -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with pytest.raises(farshore.Unreachable, match="Connection refused") as told:
        await farshore.connect(nobody, **HERE)
    assert told.value.code == "target.dial.refused"


async def test_what_cant_be_read_is_told_by_its_field() -> None:
    with pytest.raises(farshore.ConfigurationError, match=r"routes\[0\]\.protcol: .*did you mean protocol"):
        await farshore.connect("172.16.20.88:1433", protcol="sqlserver", **HERE)
    with pytest.raises(farshore.ConfigurationError, match="the port is missing"):
        farshore.tunnel("172.16.20.88", **HERE)


async def test_a_dial_that_would_leave_through_this_hosts_own_network_fails_closed() -> None:
    async with door(behind_socks5(echo, b"\x05\x00\x05\x00\x00\x01\x0a\x00\x00\x01\xc0\x01")) as egress:
        through = {"pod": {"kind": "socks5", "address": str(egress.address), "tailscale_ips": ["100.64.0.1"]}}
        with pytest.raises(farshore.Unreachable) as told:
            await farshore.connect("172.16.20.88:1433", egresses=through)
    assert told.value.code == "tailnet.dial.leak"


def test_options_of_tcp_are_ignored_on_a_unix_socket() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with other, Connected(fileno=one.detach()) as connected:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) >= 65536


def test_a_diagnosis(tmp_path: Path) -> None:
    log = tmp_path / "tailscaled.log"
    log.write_text(FAILURE)
    for given in (log, str(log), [log]):
        (verdict,) = farshore.diagnose(given).verdicts
        assert verdict.finding is not None
        assert verdict.finding.cause.code == "M05"
    with pytest.raises(FileNotFoundError):
        farshore.diagnose(tmp_path / "nowhere")


def test_there_is_nothing_else() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tunel'"):
        farshore.tunel  # noqa: B018
