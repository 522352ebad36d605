from ipaddress import ip_address
from pathlib import Path

import pytest

from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Status, parse_status

RUNNING = Path(__file__).with_name("fixtures") / "running.json"


def tailnet(**peers: dict[str, object]) -> Status:
    return parse_status({"Peer": {f"nodekey:{name}": {"HostName": name, **peer} for name, peer in peers.items()}})


def owner(status: Status, address: str) -> str | None:
    found = owner_of(status, ip_address(address))
    return None if found is None else found.host_name


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("172.16.20.88", "r1"),
        ("172.16.21.1", None),
        ("100.64.0.2", "r1"),
        ("100.64.0.1", None),
        ("fd7a:115c:a1e0::2", "r1"),
        ("fd7a:115c:a1e0:b1a:0:1:ac10:1458", "r1"),
        ("fd7a:115c:a1e0:b1a:0:2:ac10:1458", None),
        ("8.8.8.8", None),
    ],
)
def test_owner_in_a_running_tailnet(address: str, expected: str | None) -> None:
    assert owner(parse_status(RUNNING.read_bytes()), address) == expected


def test_the_longest_prefix_wins_in_any_order() -> None:
    wide: dict[str, object] = {"AllowedIPs": ["172.16.0.0/12", "fd00::/16"]}
    narrow: dict[str, object] = {"AllowedIPs": ["172.16.20.0/24", "fd00:1::/32"]}
    host: dict[str, object] = {"AllowedIPs": ["172.16.20.88/32"]}

    for status in (tailnet(wide=wide, narrow=narrow, host=host), tailnet(host=host, narrow=narrow, wide=wide)):
        assert owner(status, "172.16.20.88") == "host"
        assert owner(status, "172.16.20.87") == "narrow"
        assert owner(status, "172.17.0.1") == "wide"
        assert owner(status, "fd00:1::5") == "narrow"
        assert owner(status, "fd00:2::5") == "wide"


def test_an_expired_peer_owns_nothing() -> None:
    status = parse_status(RUNNING.read_bytes())

    assert status.peers[1].expired
    assert owner(status, "100.64.0.3") is None
    assert (
        owner(tailnet(a={"AllowedIPs": ["10.0.0.0/8"]}, b={"AllowedIPs": ["10.1.0.0/16"], "Expired": True}), "10.1.0.1")
        == "a"
    )


def test_a_default_route_counts_only_for_the_selected_exit_node() -> None:
    routes = ["0.0.0.0/0", "::/0"]
    offered = tailnet(exit={"AllowedIPs": routes, "ExitNode": False})
    selected = tailnet(exit={"AllowedIPs": routes, "ExitNode": True}, lan={"AllowedIPs": ["10.0.0.0/8"]})

    assert owner(offered, "8.8.8.8") is None
    assert owner(offered, "2001:db8::1") is None
    assert owner(selected, "8.8.8.8") == "exit"
    assert owner(selected, "2001:db8::1") == "exit"
    assert owner(selected, "10.0.0.1") == "lan"


def test_families_do_not_mix() -> None:
    assert owner(tailnet(a={"AllowedIPs": ["::/1"]}), "10.0.0.1") is None
    assert owner(tailnet(a={"AllowedIPs": ["0.0.0.0/1"]}), "::1") is None
