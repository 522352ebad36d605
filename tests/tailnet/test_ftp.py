"""Files from the LAN, over the router of their control connection; and when that router dies between the two."""

import ftplib
import hashlib
import io
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.interop.ftp_servers import FtpServer, ftp_server
from tests.interop.servers import namespace
from tests.tailnet.harness import faults, gateways
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.namespaces import in_namespace
from tests.tailnet.harness.tailnet import SITES, VIA_ONLY_TARGET, Tailnet
from tests.tailnet.harness.waiting import until

ROUTE = "files"
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]
CROWD = 200
PIECE = 20_000
BLOB = b"".join(hashlib.sha512(str(number).encode()).digest() for number in range(50_000))
PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def server(standing_tailnet: Tailnet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServer]:
    blob = Path(tmp_path_factory.mktemp("ftp")) / "blob"
    blob.write_bytes(BLOB)
    with ftp_server("vsftpd", blob, namespace(standing_tailnet.lan.name, VIA_ONLY_TARGET)) as running:
        yield running


@pytest.fixture
def gateway(tailnet: Tailnet, server: FtpServer) -> Iterator[Gateway]:
    routes = {ROUTE: ("tailscaled", f"{VIA_ONLY_TARGET}:{server.port}")}
    egresses = gateways.egresses(tailnet, ["tailscaled"])
    with gateways.serving(tailnet, egresses, routes, paths=PATHS, protocol="ftp") as opened:
        yield opened


def logged_in(gateway: Gateway) -> ftplib.FTP:
    client = ftplib.FTP(timeout=PATIENCE_S)  # noqa: S321 - plain FTP is what is carried
    client.connect("127.0.0.1", gateway.ports[ROUTE])
    client.login("anonymous", "somebody@example.com")
    return client


def in_pod(tailnet: Tailnet, gateway: Gateway) -> ftplib.FTP:
    return in_namespace(tailnet.gw.namespace.name, lambda: logged_in(gateway))


def reply(client: ftplib.FTP) -> str:
    try:
        return client.getresp()
    except ftplib.error_temp as broken_off:
        return str(broken_off)


def test_files_come_and_go_over_the_router_of_their_control_connection(
    tailnet: Tailnet, gateway: Gateway, server: FtpServer
) -> None:
    def carry() -> bytes:
        heard = io.BytesIO()
        with logged_in(gateway) as client:
            client.retrbinary("RETR blob", heard.write)
            client.storbinary("STOR up/blob", io.BytesIO(BLOB))
        return heard.getvalue()

    assert in_namespace(tailnet.gw.namespace.name, carry) == BLOB
    assert (server.files / "up" / "blob").read_bytes() == BLOB
    lines = gateway.endings(3, route=ROUTE)
    assert {line["path"] for line in lines} == {"r1"}
    assert {line["code"] for line in lines} <= {"client.transfer.closed", "upstream.transfer.closed"}


def test_what_clients_do_with_files_works_over_the_routers_as_well(tailnet: Tailnet, gateway: Gateway) -> None:
    def use() -> tuple[list[str], bytes, list[str], bytes]:
        rest = io.BytesIO()
        with logged_in(gateway) as client:
            names = client.nlst()
            with client.transfercmd("RETR blob") as data:
                assert data.recv(1)
                client.putline("ABOR")
            # That of the transfer, which may have been over, and that of the ABOR.
            replies = [reply(client), reply(client)]
            client.retrbinary("RETR blob", rest.write, rest=len(BLOB) - PIECE)
            with pytest.raises(ftplib.error_perm, match="502 farshore: active mode cannot be carried"):
                client.sendport("127.0.0.1", 20_000)
            assert client.pwd() == "/"
        return names, rest.getvalue(), replies, extended()

    def extended() -> bytes:
        heard = b""
        with logged_in(gateway) as client:
            client.voidcmd("TYPE I")
            _, port = ftplib.parse229(client.sendcmd("EPSV"), ("127.0.0.1", 0))  # noqa: S321 - as above
            with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as data:
                client.sendcmd(f"REST {len(BLOB) - PIECE}")
                client.sendcmd("RETR blob")
                while more := data.recv(65536):
                    heard += more
            client.voidresp()
        return heard

    names, rest, replies, by_epsv = in_namespace(tailnet.gw.namespace.name, use)
    assert {Path(name).name for name in names} >= {"blob", "up"}
    assert rest == by_epsv == BLOB[-PIECE:]
    assert [each[:3] in {"225", "226", "426"} for each in replies] == [True, True]


def test_two_hundred_transfers_at_once(tailnet: Tailnet, gateway: Gateway) -> None:
    # The server lets 32 wait to be accepted.
    door, all_are_open = threading.Semaphore(16), threading.Barrier(CROWD)

    def fetch() -> bytes:
        with door:
            client = logged_in(gateway)
        client.voidcmd("TYPE I")
        heard = b""
        with client, client.transfercmd("RETR blob", rest=len(BLOB) - PIECE) as data:
            all_are_open.wait(PATIENCE_S)
            while more := data.recv(65536):
                heard += more
            client.voidresp()
        return heard

    with ThreadPoolExecutor(CROWD) as crowd:
        fetched = list(crowd.map(lambda _: in_namespace(tailnet.gw.namespace.name, fetch), range(CROWD)))
    assert [each == BLOB[-PIECE:] for each in fetched] == [True] * CROWD
    gateway.endings(2 * CROWD, route=ROUTE)


def test_a_router_that_dies_between_the_two_fails_that_transfer_and_not_the_next(
    tailnet: Tailnet, gateway: Gateway
) -> None:
    def ask_for_a_port() -> tuple[ftplib.FTP, int]:
        client = logged_in(gateway)
        return client, client.makepasv()[1]

    def fetch() -> bytes:
        heard = io.BytesIO()
        with logged_in(gateway) as client:
            client.retrbinary("RETR blob", heard.write)
        return heard.getvalue()

    client, port = in_namespace(tailnet.gw.namespace.name, ask_for_a_port)
    with client, faults.zombie(tailnet, tailnet.r1):
        data = tailnet.gw.namespace.connect("127.0.0.1", port, timeout_s=PATIENCE_S)
        with data, pytest.raises(ConnectionResetError):
            data.recv(1)
        assert in_namespace(tailnet.gw.namespace.name, fetch) == BLOB
        (lost,) = gateway.lines("connection-ended", route=ROUTE, code="tailnet.dial.no-answer")
        assert lost["path"] == "r1"
        lines = until(lambda: gateway.lines("connection-ended", route=ROUTE, path="r2"), "the endings over r2")
        assert len(BLOB) in {line["upstream_bytes"] for line in lines}
        client.close()
