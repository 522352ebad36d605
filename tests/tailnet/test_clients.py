"""Real clients through the gateway, through the real tailnet, to real servers on the LAN behind the router."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.interop.blobs import digest
from tests.interop.clients import CLIENTS, Answer, Client, drive, sftp
from tests.interop.gate import NOBODY, ORDERLY, REFUSED, Gate, gate
from tests.interop.servers import Servers, namespace, servers_at
from tests.interop.service import ANSWER, BLOB_BYTES, WELL_KNOWN_PORTS, Service
from tests.tailnet.harness.nodes import SOCKS_PORT
from tests.tailnet.harness.tailnet import TARGET, Tailnet

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

PORT = f"127.0.0.1:{SOCKS_PORT}"
NOBODYS_PORT = 9
FRESH = "fresh"
CROWD = 200
GREETINGS = 500
BULK_BYTES = {"tailscaled": BLOB_BYTES, "socks5": BLOB_BYTES // 10, "connect": BLOB_BYTES // 10}
SFTP_BYTES = BLOB_BYTES // 10
TOLD = [client for client in CLIENTS if client.name in {"psql", "mariadb", "tsql", "ftplib"}]


def fresh_port(tailnet: Tailnet, port: int) -> int:
    """A port of the target that nobody has dialled before, and that leads to `port`.

    A router that forwards with netstack keeps each connection that the target ended first for 60 s, and answers no
    dial from the same source port meanwhile: after 200 such connections one dial in about 250 is lost. Dials to
    another port of the target are not touched.
    """
    fresh = tailnet.free_port()
    chain = f"chain to {{ type nat hook prerouting priority -100; tcp dport {fresh} redirect to :{port}; }}"
    tailnet.lan.nft(f"table ip fresh{fresh} {{\n{chain}\n}}\n")
    return fresh


@pytest.fixture(scope="module")
def servers(standing_tailnet: Tailnet) -> Iterator[Servers]:
    with servers_at(namespace(standing_tailnet.lan.name, TARGET)) as started:
        yield started


@pytest.fixture(scope="module", params=["tailscaled", "socks5", "connect"])
def way(request: pytest.FixtureRequest, standing_tailnet: Tailnet) -> Iterator[Gate]:
    """A gateway in the pod with a route to every server on the LAN, and one to a port where nobody listens."""
    socket = str(standing_tailnet.gw.socket)
    egresses: dict[str, dict[str, Any]] = {
        "tailscaled": {"kind": "tailscaled", "socket": socket},
        "socks5": {"kind": "socks5", "address": PORT, "localapi": socket},
        "connect": {"kind": "connect", "address": PORT, "localapi": socket},
    }
    targets = {service.value: f"{TARGET}:{port}" for service, port in WELL_KNOWN_PORTS.items()}
    targets[NOBODY] = f"{TARGET}:{NOBODYS_PORT}"
    targets[FRESH] = f"{TARGET}:{fresh_port(standing_tailnet, WELL_KNOWN_PORTS[Service.POSTGRES])}"
    with gate(
        egress=egresses[request.param], targets=targets, prefix=standing_tailnet.gw.namespace.command()
    ) as opened:
        yield opened


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_reads_the_right_answer_from_the_lan(client: Client, way: Gate, servers: Servers) -> None:
    server = servers.get(client.service)

    answer = client.ask(way.host, way.ports[client.service], server.folder, prefix=way.prefix)

    codes = way.codes()
    assert answer == Answer(value=client.expected)
    assert len(codes) == 1
    assert set(codes) <= ORDERLY


@pytest.mark.parametrize("client", TOLD, ids=lambda client: client.name)
def test_a_client_is_told_that_nobody_listens_on_the_lan(client: Client, way: Gate, servers: Servers) -> None:
    server = servers.get(client.service)

    answer = client.ask(way.host, way.ports[NOBODY], server.folder, prefix=way.prefix)

    codes = way.codes()
    print(f"{client.name}: {answer.error}")
    assert answer.value is None
    assert answer.error
    assert set(codes) == {REFUSED[way.kind]}


@pytest.mark.parametrize("kind", ["tailscaled", "socks5"])
def test_a_python_program_reaches_the_lan_without_a_gateway(
    kind: str, standing_tailnet: Tailnet, servers: Servers
) -> None:
    for service in (Service.POSTGRES, Service.MARIADB, Service.SSH):
        servers.get(service)
    prefix = standing_tailnet.gw.namespace.command()
    program = [sys.executable, "-m", "tests.interop.embedding"]
    words = [kind, str(standing_tailnet.gw.socket), TARGET, str(servers.get(Service.SQLSERVER).folder)]

    done = subprocess.run([*prefix, *program, *words], capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    read = dict.fromkeys(("psycopg", "psycopg, asyncio", "pymysql", "pytds"), ANSWER)
    assert json.loads(done.stdout) == {**read, "ssh": "SSH-2.0-", "nobody": REFUSED[kind]}


def test_200_connections_at_once_all_get_their_answer(way: Gate, servers: Servers) -> None:
    servers.get(Service.POSTGRES)

    seen = drive("crowd", way.host, way.ports[FRESH], CROWD, prefix=way.prefix)

    ended = way.endings()
    disorderly = [line for line in ended if line["code"] not in ORDERLY]
    assert disorderly == []
    assert seen == {"answers": {ANSWER: CROWD}, "errors": {}}
    assert len(ended) == CROWD


@pytest.mark.parametrize("service", [Service.MARIADB, Service.FTP, Service.SSH])
def test_500_greetings_in_a_row_arrive_whole(service: Service, way: Gate, servers: Servers) -> None:
    server = servers.get(service)
    (greeting,) = drive("greetings", service, server.host, server.port, 1, prefix=servers.place.prefix)["greetings"]

    seen = drive("greetings", service, way.host, way.ports[service], GREETINGS, prefix=way.prefix)

    codes = Counter(way.codes())
    assert seen == {"greetings": {greeting: GREETINGS}}
    assert codes == {"client.transfer.closed": GREETINGS}


@pytest.mark.slow
def test_bulk_comes_down_unchanged(way: Gate, servers: Servers) -> None:
    blob, size = servers.get(Service.BLOB).folder / "blob", BULK_BYTES[way.kind]

    seen = drive("download", way.host, way.ports[Service.BLOB], size, prefix=way.prefix)

    (ended,) = way.endings()
    assert seen == {"bytes": size, "sha256": digest(blob, size)}
    assert ended["upstream_bytes"] == size
    assert ended["code"] == "upstream.transfer.closed"


@pytest.mark.slow
def test_bulk_goes_up_unchanged(way: Gate, servers: Servers) -> None:
    blob, size = servers.get(Service.BLOB).folder / "blob", BULK_BYTES[way.kind]

    seen = drive("upload", way.host, way.ports[Service.BLOB], size, blob, prefix=way.prefix)

    (ended,) = way.endings()
    assert seen == {"sha256": digest(blob, size)}
    assert ended["client_bytes"] == size + len(f"PUT {size}\n")
    assert ended["code"] in ORDERLY


@pytest.mark.slow
def test_a_file_through_sftp_comes_back_unchanged(way: Gate, servers: Servers, tmp_path: Path) -> None:
    blob, ssh = servers.get(Service.BLOB).folder / "blob", servers.get(Service.SSH)
    source = tmp_path / "source"
    with blob.open("rb") as whole:
        source.write_bytes(whole.read(SFTP_BYTES))

    answer = sftp(way.host, way.ports[Service.SSH], source, ssh.folder / "client_key", tmp_path, prefix=way.prefix)

    codes = way.codes()
    assert answer == Answer(value=digest(blob, SFTP_BYTES))
    assert len(codes) == 1
    assert set(codes) <= ORDERLY
