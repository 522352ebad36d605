import pytest
from tests.unit.config.lines import ROUTE, only_problem, only_warning, warnings


def child(more: str, top: str = "") -> str:
    return f"routes: [{ROUTE}]\ntailscaled: {{{more}}}\n{top}"


def test_a_child_with_every_default_is_fine() -> None:
    assert warnings(child("")) == []


@pytest.mark.parametrize("address", ["0.0.0.0:1055", "10.1.2.3:1055", '"[::]:1055"', "proxy:1055"])
def test_its_socks5_port_is_for_this_host_alone(address: str) -> None:
    line = only_problem(child(f"socks5: {address}"))
    assert "tailscaled.socks5: expected a loopback address, such as 127.0.0.1:1055" in line
    assert "whoever reaches it is in the tailnet" in line


@pytest.mark.parametrize("address", ["127.0.0.1:1055", "127.0.0.9:1055", '"[::1]:1055"', "null"])
def test_any_loopback_address_or_none_will_do(address: str) -> None:
    assert warnings(child(f"socks5: {address}")) == []


def test_its_socks5_port_is_nobody_elses() -> None:
    line = only_problem(child("socks5: 127.0.0.1:8082"))
    assert (
        "expected a port that nobody else has, found 127.0.0.1:8082, where route 8082 of this gateway listens" in line
    )


def test_a_child_that_nobody_dials_through_is_a_warning() -> None:
    egresses = "egresses: {other: {kind: tailscaled, socket: /run/other.sock}}"
    assert "tailscaled: expected an egress that dials through it" in only_warning(child("", egresses))
    assert warnings(child("socket: /run/other.sock", egresses)) == []
    assert warnings(child("", "egresses: {other: {kind: tailscaled}}")) == []
