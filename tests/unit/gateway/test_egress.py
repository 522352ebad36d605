import asyncio
import errno
import socket
from ipaddress import ip_address
from pathlib import Path

import pytest
from tests.ports import free_port
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.wires import door, open_descriptors, stay_silent

from farshore.config.egresses import ConnectEgress, DirectEgress, Egress, Socks5Egress, TailscaledEgress
from farshore.config.model import Keepalive, Timeouts
from farshore.core.address import HostPort, parse_host, parse_host_port
from farshore.gateway.dial import Port
from farshore.gateway.egress import DEFAULT_SOCKET, Speech, Way, build_egress, direct_way
from farshore.gateway.egress import Egress as ReadyEgress
from farshore.wire.connect import ConnectHandshake, LocalApiDialHandshake
from farshore.wire.socks5 import Socks5Handshake

pytestmark = pytest.mark.anyio

TARGET = parse_host_port("172.16.20.88:1433")
SOCKS = parse_host_port("127.0.0.1:1055")
TIMEOUTS = Timeouts(connect_s=0.25, dial_s=7.0)
KEEPALIVE = Keepalive(idle_s=31, interval_s=11, probes=4)


def build(settings: Egress) -> ReadyEgress:
    return build_egress("tailnet", settings, TIMEOUTS, HeldClock())


def egress_at(address: HostPort | Path) -> ReadyEgress:
    if isinstance(address, Path):
        return build(TailscaledEgress(socket=address))
    return build(Socks5Egress(kind="socks5", address=address))


async def test_tailscaleds_socket_is_dialled_and_asked() -> None:
    egress = build(TailscaledEgress(socket=Path("/s"), socks5=SOCKS))

    assert egress.kind == "tailscaled"
    assert egress.way.speech is Speech.LOCALAPI
    assert egress.way.port == Port(family=socket.AF_UNIX, address="/s", label="/s", connect_s=0.25, reply_s=7.0)
    assert egress.fallback is not None
    assert egress.fallback.speech is Speech.SOCKS5
    assert egress.fallback.port is not None
    assert egress.fallback.port.address == ("127.0.0.1", 1055)
    assert egress.ownership is not None
    assert not egress.half_closes


async def test_the_usual_socket_is_used_where_none_is_named() -> None:
    egress = build(TailscaledEgress())

    assert egress.way.port is not None
    assert egress.way.port.address == str(DEFAULT_SOCKET)
    assert egress.fallback is None


async def test_socks5_greets_and_may_know_its_own_addresses() -> None:
    egress = build(Socks5Egress(kind="socks5", address=SOCKS, tailscale_ips=(parse_host("100.64.0.1"),)))

    assert egress.way == Way(
        speech=Speech.SOCKS5,
        port=Port(
            family=socket.AF_INET,
            address=("127.0.0.1", 1055),
            label="127.0.0.1:1055",
            connect_s=0.25,
            reply_s=7.0,
            greets=True,
        ),
    )
    assert egress.own_ips == {ip_address("100.64.0.1")}
    assert egress.ownership is None
    assert build(Socks5Egress(kind="socks5", address=SOCKS, localapi=Path("/s"))).ownership is not None


async def test_connect_always_asks() -> None:
    egress = build(ConnectEgress(kind="connect", address=SOCKS))

    assert egress.way.speech is Speech.CONNECT
    assert egress.way.port is not None
    assert not egress.way.port.greets
    assert egress.ownership is not None


async def test_direct_half_closes_and_dials_the_target_itself() -> None:
    egress = build(DirectEgress(kind="direct"))

    assert egress.way == Way(speech=Speech.NOTHING, port=None)
    assert egress.half_closes
    assert egress.ownership is None
    assert build(DirectEgress(kind="direct", localapi=Path("/s"))).ownership is not None


@pytest.mark.parametrize(
    ("target", "family"), [("172.16.20.88:1433", socket.AF_INET), ("[fd00::88]:1433", socket.AF_INET6)]
)
def test_the_direct_way(target: str, family: socket.AddressFamily) -> None:
    written = parse_host_port(target)

    assert direct_way(TIMEOUTS, KEEPALIVE, written).port == Port(
        family=family,
        address=(str(written.host), 1433),
        label=target,
        connect_s=7.0,
        reply_s=7.0,
        is_target=True,
        keepalive=KEEPALIVE,
    )


async def test_an_ipv6_egress() -> None:
    port = build(Socks5Egress(kind="socks5", address=parse_host_port("[::1]:1055"))).way.port

    assert port is not None
    assert port.family is socket.AF_INET6


@pytest.mark.parametrize(
    ("speech", "kind"),
    [
        (Speech.LOCALAPI, LocalApiDialHandshake),
        (Speech.SOCKS5, Socks5Handshake),
        (Speech.CONNECT, ConnectHandshake),
        (Speech.NOTHING, type(None)),
    ],
)
def test_what_each_way_speaks(speech: Speech, kind: type) -> None:
    handshake = Way(speech=speech, port=None).handshake(TARGET)

    assert isinstance(handshake, kind)
    if handshake is not None:
        assert handshake is not Way(speech=speech, port=None).handshake(TARGET)


@pytest.mark.parametrize(
    ("speech", "proves"),
    [(Speech.LOCALAPI, True), (Speech.SOCKS5, True), (Speech.CONNECT, False), (Speech.NOTHING, False)],
)
def test_which_successes_prove_themselves(speech: Speech, proves: bool) -> None:  # noqa: FBT001
    way = Way(speech=speech, port=None)

    assert way.proves_itself(ip_address("172.16.20.88")) is proves
    for own in ("100.64.0.9", "fd7a:115c:a1e0:b1a:0:1:ac10:1458", "::ffff:100.64.0.9"):
        assert not way.proves_itself(ip_address(own))


async def test_an_egress_whose_port_is_open_is_alive(tmp_path: Path) -> None:
    async with door(stay_silent) as tcp, door(stay_silent, tmp_path / "s"):
        before = open_descriptors()

        assert egress_at(tcp.address).is_alive()
        assert egress_at(tmp_path / "s").is_alive()
        assert build(DirectEgress(kind="direct")).is_alive()

        await asyncio.sleep(0)
        assert len(open_descriptors()) <= len(before) + 2  # the other ends, which the doors have accepted


async def test_an_egress_whose_port_is_closed_is_dead(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as abandoned:
        abandoned.bind(str(tmp_path / "abandoned"))

    assert not egress_at(HostPort(parse_host("127.0.0.1"), free_port())).is_alive()
    assert not egress_at(tmp_path / "abandoned").is_alive()
    assert not egress_at(tmp_path / "missing").is_alive()


async def test_a_busy_egress_is_alive(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as first:
        listening.bind(str(tmp_path / "s"))
        listening.listen(0)
        first.connect(str(tmp_path / "s"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as second:
            assert second.connect_ex(str(tmp_path / "s")) == errno.EAGAIN

        assert egress_at(tmp_path / "s").is_alive()


async def test_without_a_descriptor_to_find_out_with_nobody_is_declared_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    egress = egress_at(HostPort(parse_host("127.0.0.1"), free_port()))

    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "socket", fail)
    alive = egress.is_alive()
    monkeypatch.undo()

    assert alive
