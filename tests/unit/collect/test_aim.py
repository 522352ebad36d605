from ipaddress import IPv4Address
from pathlib import Path

from farshore.collect.aim import Aim, aims_of, plain_aim
from farshore.config.load import parse
from farshore.config.model import Protocol
from farshore.core.address import parse_host_port

TARGET = parse_host_port("172.16.20.88:1433")
SOCKET = Path("/run/t.sock")


def aims(text: str) -> list[Aim]:
    loaded = parse(text.encode(), "c.yaml")
    assert loaded.config is not None, loaded.problems
    return list(aims_of(loaded.config))


def test_a_route_has_the_doors_of_its_egress_first_and_then_those_of_the_same_daemon() -> None:
    (aim,) = aims(
        """
egresses:
  web: {kind: connect, address: 127.0.0.1:1055, localapi: /run/t.sock}
  tn: {kind: tailscaled, socket: /run/t.sock, socks5: 127.0.0.1:1055}
  other: {kind: tailscaled, socket: /run/u.sock}
routes:
  - {name: db, listen: 8082, target: "172.16.20.88:1433", protocol: sqlserver, egress: tn}
"""
    )
    (leg,) = aim.legs
    assert [str(door) for door in leg.doors] == [
        "localapi /run/t.sock",
        "socks5 127.0.0.1:1055",
        "connect 127.0.0.1:1055",
    ]
    assert (aim.route, aim.listen, aim.protocol) == ("db", "127.0.0.1:8082", Protocol.SQLSERVER)
    assert (leg.socket, leg.guarded) == (SOCKET, True)


def test_each_path_is_a_leg_with_the_address_that_it_dials() -> None:
    (aim,) = aims(
        """
egresses: {tn: {kind: tailscaled, socket: /run/t.sock}}
routes:
  - listen: 8082
    target: "172.16.20.88:1433"
    paths: [{via: a, site: 1}, {via: b, listener: "100.64.0.3:1433"}]
"""
    )
    assert [(leg.name, str(leg.address)) for leg in aim.legs] == [
        ("a", "[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433"),
        ("b", "100.64.0.3:1433"),
    ]


def test_a_socks_port_alone_brings_its_own_addresses_and_direct_has_no_door() -> None:
    socks, direct = aims(
        """
egresses:
  s: {kind: socks5, address: 127.0.0.1:1055, tailscale_ips: [100.64.0.1]}
  d: {kind: direct}
routes:
  - {listen: 8082, target: "172.16.20.88:1433", egress: s}
  - {listen: 8083, target: "192.0.2.7:1433", egress: d, allow_direct: true}
"""
    )
    assert socks.legs[0].own_ips == {IPv4Address("100.64.0.1")}
    assert socks.legs[0].socket is None
    assert [str(door) for door in direct.legs[0].doors] == ["this host's own network"]
    assert not direct.legs[0].guarded


def test_a_target_alone_goes_through_what_was_found() -> None:
    aim = plain_aim(TARGET, SOCKET, parse_host_port("127.0.0.1:1055"))
    assert [door.kind for door in aim.legs[0].doors] == ["localapi", "socks5"]
    assert (aim.protocol, aim.reserve) == (Protocol.SQLSERVER, "")


def test_a_4via6_address_that_nobody_configured_is_reserved() -> None:
    aim = plain_aim(parse_host_port("[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433"), SOCKET, None)
    assert "black hole" in aim.reserve
    assert not aim.named("db", "127.0.0.1:8082", "postgres", [aim.target]).reserve


def test_a_gateways_route_has_the_addresses_of_its_paths() -> None:
    aim = plain_aim(TARGET, SOCKET, None).named("db", "127.0.0.1:1", "postgres", [TARGET, TARGET])
    assert (len(aim.legs), aim.protocol, aim.route) == (1, Protocol.POSTGRES, "db")
