import os
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from farshore.app import discovery
from farshore.app.discovery import complete
from farshore.app.exits import Exit, Refusal
from farshore.config.egresses import ConnectEgress, DirectEgress, Egress, Socks5Egress, TailscaledEgress
from farshore.config.fields import Ports
from farshore.config.model import Config, Route
from farshore.core.address import HostPort
from farshore.tailnet.discover import Discovery

SOCKET = Path("/run/found.sock")
PORT = HostPort(IPv4Address("127.0.0.1"), 1055)
PROXY = HostPort(IPv4Address("127.0.0.1"), 8080)
NOTHING = Discovery(socket=None, socks5=None, tried=("/run/a.sock: No such file or directory", "127.0.0.1:1055: x"))


def config_with(egress: Egress) -> Config:
    route = Route(
        listen=Ports(host=None, first=8082, last=8082),
        target=Ports(host=IPv4Address("172.16.20.88"), first=1433, last=1433),
    )
    return Config(routes=(route,), egresses={"tailnet": egress})


def completed(egress: Egress, found: Discovery | None, monkeypatch: pytest.MonkeyPatch) -> Egress | Refusal:
    def answer() -> Discovery:
        assert found is not None, "nothing had to be looked for"
        return found

    monkeypatch.setattr(discovery, "discover", answer)
    config = complete(config_with(egress))
    return config if isinstance(config, Refusal) else config.egresses["tailnet"]


def found(socket: Path | None = None, socks5: HostPort | None = None) -> Discovery:
    return Discovery(socket=socket, socks5=socks5, tried=())


def test_the_socket_is_preferred_and_the_port_kept_for_old_daemons(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Path("/var/log/tailscaled.log")
    egress = completed(TailscaledEgress(log=log), found(SOCKET, PORT), monkeypatch)
    assert egress == TailscaledEgress(socket=SOCKET, socks5=PORT, log=log)


def test_the_port_serves_where_there_is_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    egress = completed(TailscaledEgress(), found(None, PORT), monkeypatch)
    assert egress == Socks5Egress(kind="socks5", address=PORT)


@pytest.mark.parametrize(
    "egress", [TailscaledEgress(), ConnectEgress(kind="connect", address=PROXY)], ids=["tailscaled", "connect"]
)
def test_nothing_found_is_refused_with_every_place_that_was_looked_at(
    egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = completed(egress, NOTHING, monkeypatch)
    assert isinstance(refusal, Refusal)
    assert refusal.exit is Exit.NO_TAILSCALED
    assert all(place in refusal.sentence for place in ("egress tailnet", *NOTHING.tried))


def test_a_socket_that_may_not_be_opened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = ("/run/a.sock: Permission denied", "127.0.0.1:1055: Connection refused")
    refusal = completed(TailscaledEgress(), Discovery(socket=None, socks5=None, tried=tried), monkeypatch)
    assert isinstance(refusal, Refusal)
    assert refusal.exit is Exit.NOT_PERMITTED
    assert "socket /run/a.sock cannot be opened" in refusal.sentence


@pytest.mark.parametrize(
    "egress",
    [
        TailscaledEgress(socket=Path("/nowhere/tailscaled.sock")),
        Socks5Egress(kind="socks5", address=PORT, tailscale_ips=(IPv4Address("100.64.0.1"),)),
        DirectEgress(kind="direct"),
    ],
    ids=["tailscaled", "socks5", "direct"],
)
def test_what_is_named_is_taken_as_it_is_even_if_it_is_not_there_yet(
    egress: Egress, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert completed(egress, None, monkeypatch) == egress


@pytest.mark.parametrize(
    "egress",
    [Socks5Egress(kind="socks5", address=PORT), ConnectEgress(kind="connect", address=PROXY)],
    ids=["socks5", "connect"],
)
def test_the_localapi_that_proves_a_dial_is_found(
    egress: Socks5Egress | ConnectEgress, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert completed(egress, found(SOCKET), monkeypatch) == egress.model_copy(update={"localapi": SOCKET})


def test_a_socks5_egress_needs_no_localapi(monkeypatch: pytest.MonkeyPatch) -> None:
    egress = Socks5Egress(kind="socks5", address=PORT)
    assert completed(egress, NOTHING, monkeypatch) == egress


@pytest.fixture
def forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "tailscaled.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        # Tests may run as root, who may open everything.
        monkeypatch.setattr(os, "access", lambda *_: False)
        yield path


def test_a_named_socket_that_may_not_be_opened_is_refused(forbidden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for egress in (TailscaledEgress(socket=forbidden), DirectEgress(kind="direct", localapi=forbidden)):
        refusal = completed(egress, None, monkeypatch)
        assert isinstance(refusal, Refusal)
        assert refusal.exit is Exit.NOT_PERMITTED
        assert f"`ls -ld {forbidden}`" in refusal.sentence
