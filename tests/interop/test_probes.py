"""Probes of real servers, over this host's own network and through each door of the lab's tailscaled."""

import asyncio
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.interop.conftest import DOORS, LAB_HOST
from tests.interop.ftp_servers import FtpServer, ftp_server
from tests.interop.servers import Server, Servers
from tests.interop.service import PASSWORD, QUESTION, USER, WELL_KNOWN_PORTS, Service

from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.core.outcome import Code
from farshore.gateway.gateway import Gateway
from farshore.gateway.resolve import Resolver
from farshore.watch.probes.asking import Asking, session_of
from farshore.watch.probes.kind import kind_of
from farshore.watch.probes.login import Login
from farshore.watch.probes.result import Layer, ProbeResult
from farshore.watch.probes.run import ProbeOrder, probe_path
from farshore.watch.probes.sessions.ftp import FtpSession

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

PROTOCOLS = {
    Service.POSTGRES: "postgres",
    Service.MARIADB: "mysql",
    Service.SQLSERVER: "sqlserver",
    Service.SSH: "sftp",
    Service.FTP: "ftp",
}
SERVERS = {
    Service.POSTGRES: r"PostgreSQL, (no )?GSSAPI encryption",
    Service.MARIADB: r"MariaDB \d+\.\d+\.\d+",
    Service.SQLSERVER: r"SQL Server( \d+)? \(\d+\.\d+\.\d+\), .*encryption.*",
    Service.SSH: r"OpenSSH_\d.*",
    Service.FTP: r"\(vsFTPd [\d.]+\); EPRT, EPSV.*",
}
# What a login learns more.
LOGGED_IN = SERVERS | {
    Service.POSTGRES: r"PostgreSQL \d+\.\d+.*",
    Service.SQLSERVER: r"SQL Server \d+\.\d+\.\d+",
}
LOGINS = {
    Service.POSTGRES: Login(user=USER, password=PASSWORD, query=QUESTION),
    Service.MARIADB: Login(user=USER, password=PASSWORD, database="shore", query=QUESTION),
    Service.SQLSERVER: Login(user=USER, password=PASSWORD, query=QUESTION),
}


async def probed(egress: Mapping[str, Any], target: str, protocol: str, asking: Asking | None = None) -> ProbeResult:
    route = {"listen": 8082, "target": target, "protocol": protocol, "allow_direct": egress["kind"] == "direct"}
    config = Config.model_validate({"egresses": {"way": egress}, "routes": [route]})
    gateway = Gateway(config, announce=lambda _: None, clock=SystemClock())
    resolver = Resolver()
    await gateway.open()
    try:
        (chosen,) = gateway.live_routes()
        order = ProbeOrder(kind=kind_of(protocol), asking=asking)
        return await probe_path(chosen, chosen.paths[0], gateway.surroundings, resolver, order)
    finally:
        await resolver.close()
        await gateway.close()


def probe(
    request: pytest.FixtureRequest, servers: Servers, door: str, service: Service, login: Login | None = None
) -> tuple[ProbeResult, Server]:
    server = servers.get(service)
    asking = None
    if login is not None:
        session = session_of(PROTOCOLS[service])
        assert session is not None
        if service is Service.SQLSERVER:
            login = replace(login, ca_file=server.folder / "certificate.pem")
        asking = Asking(session=session, login=login, login_s=30.0, query_s=30.0)
    if door == "direct":
        egress, target = {"kind": "direct"}, f"{server.host}:{server.port}"
    else:
        egress, target = request.getfixturevalue("lab")[door], f"{LAB_HOST}:{WELL_KNOWN_PORTS[service]}"
    return asyncio.run(probed(egress, target, PROTOCOLS[service], asking)), server


def layers(result: ProbeResult) -> list[Layer]:
    return [passed.layer for passed in result.layers if passed.layer is not Layer.EGRESS]


def before(door: str) -> list[Layer]:
    return [Layer.TCP] if door == "direct" else [Layer.LOCAL, Layer.TCP]


@pytest.mark.parametrize("service", PROTOCOLS)
@pytest.mark.parametrize("door", ["direct", *DOORS])
def test_a_real_server_greets(door: str, service: Service, servers: Servers, request: pytest.FixtureRequest) -> None:
    result, _ = probe(request, servers, door, service)

    assert (result.code, result.detail) == (None, "")
    assert re.fullmatch(SERVERS[service], result.server), result.server
    assert layers(result) == [*before(door), Layer.PROTOCOL]


@pytest.mark.parametrize("service", LOGINS)
@pytest.mark.parametrize("door", ["direct", *DOORS])
def test_a_real_server_answers_a_query(
    door: str, service: Service, servers: Servers, request: pytest.FixtureRequest
) -> None:
    result, _ = probe(request, servers, door, service, LOGINS[service])

    assert (result.code, result.detail) == (None, "")
    assert re.fullmatch(LOGGED_IN[service], result.server), result.server
    assert layers(result) == [*before(door), Layer.LOGIN, Layer.QUERY]


@pytest.mark.parametrize("service", [Service.POSTGRES, Service.MARIADB, Service.SQLSERVER])
def test_a_wrong_password_is_denied_and_not_shown(
    service: Service, servers: Servers, request: pytest.FixtureRequest
) -> None:
    result, _ = probe(request, servers, "direct", service, replace(LOGINS[service], password="Wrong-123!"))

    assert result.code == Code.LOGIN_DENIED.value, result.detail
    assert "Wrong-123!" not in result.detail
    assert layers(result) == [Layer.TCP, Layer.LOGIN]


@pytest.mark.parametrize("service", [Service.POSTGRES, Service.MARIADB, Service.SQLSERVER])
def test_a_query_that_fails_is_the_servers_own_words(
    service: Service, servers: Servers, request: pytest.FixtureRequest
) -> None:
    result, _ = probe(request, servers, "direct", service, replace(LOGINS[service], query="SELECT * FROM nowhere"))

    assert result.code == Code.QUERY_REFUSED.value, result.detail
    assert "nowhere" in result.detail
    assert layers(result) == [Layer.TCP, Layer.LOGIN, Layer.QUERY]


FTP_SERVERS = {"vsftpd": r"\(vsFTPd [\d.]+\)", "proftpd": "ProFTPD.*"}


@pytest.fixture(params=FTP_SERVERS)
def ftp(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FtpServer]:
    blob = tmp_path / "blob"
    blob.write_bytes(b"x")
    with ftp_server(request.param, blob) as server:
        yield server


def probe_ftp(server: FtpServer, login: Login | None) -> ProbeResult:
    asking = None if login is None else Asking(session=FtpSession(), login=login)
    return asyncio.run(probed({"kind": "direct"}, f"127.0.0.1:{server.port}", "ftp", asking))


def test_an_ftp_server_greets_and_tells_what_it_can(ftp: FtpServer) -> None:
    result = probe_ftp(ftp, None)

    assert (result.code, result.detail) == (None, "")
    assert re.match(FTP_SERVERS[ftp.name], result.server), result.server
    assert "EPSV" in result.server


@pytest.mark.parametrize("folder", [None, "up"])
def test_an_ftp_server_lists_a_folder(ftp: FtpServer, folder: str | None) -> None:
    result = probe_ftp(ftp, Login(user="anonymous", password="probe@example.com", query=folder))

    assert (result.code, result.detail) == (None, "")
    assert layers(result) == [Layer.TCP, Layer.LOGIN, Layer.QUERY]


def test_an_ftp_server_denies_a_login(ftp: FtpServer) -> None:
    result = probe_ftp(ftp, Login(user="nobody-of-ours", password="Wrong-123!"))

    assert result.code == Code.LOGIN_DENIED.value
    assert "530" in result.detail
    assert layers(result) == [Layer.TCP, Layer.LOGIN]


def test_a_web_server_greets() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            result = asyncio.run(probed({"kind": "direct"}, f"127.0.0.1:{server.server_port}", "http"))
        finally:
            server.shutdown()
            serving.join()

    assert (result.code, result.detail) == (None, "")
    assert re.match(r"(HTTP/1.0 )?200.*SimpleHTTP", result.server), result.server
    assert layers(result) == [Layer.TCP, Layer.PROTOCOL]


def test_a_probe_leaves_no_error_in_the_logs_of_postgres_and_openssh(
    servers: Servers, request: pytest.FixtureRequest
) -> None:
    for service in (Service.POSTGRES, Service.SSH):
        log = servers.get(service).folder / "log"
        known = log.read_text().count("\n")
        probe(request, servers, "direct", service)
        new = log.read_text().splitlines()[known:]
        assert not [line for line in new if re.search(r"(?i)error|fatal|kex_exchange", line)]
