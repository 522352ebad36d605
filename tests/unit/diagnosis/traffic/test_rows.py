import pytest

from farshore.diagnosis.facts.flows import Section
from farshore.diagnosis.traffic.rows import Ends, SeenFrom, ends_of, is_tailscale, split_port


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("10.9.8.7:1433", ("10.9.8.7", 1433)),
        ("[fd7a:115c:a1e0::1]:22", ("fd7a:115c:a1e0::1", 22)),
        ("fe80::1", ("fe80::1", 0)),
        ("10.9.8.7", ("10.9.8.7", 0)),
        ("apps/orders-1:8082", ("apps/orders-1", 8082)),
        ("host:http", ("host:http", 0)),
        ("10.9.8.7:" + "9" * 400, ("10.9.8.7:" + "9" * 400, 0)),
        ("", ("", 0)),
    ],
)
def test_a_port_is_told_from_its_host(text: str, parts: tuple[str, int]) -> None:
    assert split_port(text) == parts


def test_a_subnet_flow_has_the_same_ends_from_both_of_its_reporters() -> None:
    client = ends_of(Section.SUBNET, "100.64.0.11:40001", "10.9.8.7:1433")
    router = ends_of(Section.SUBNET, "10.9.8.7:1433", "100.64.0.11:40001")
    assert client == Ends("100.64.0.11", "10.9.8.7", 1433, SeenFrom.CLIENT)
    assert router == Ends("100.64.0.11", "10.9.8.7", 1433, SeenFrom.ROUTER)


def test_the_port_behind_the_relay_address_is_its_region_and_any_other_is_nothing() -> None:
    assert ends_of(Section.PHYSICAL, "100.64.0.21:0", "127.3.3.40:9").port == 9
    assert ends_of(Section.PHYSICAL, "100.64.0.21:0", "192.0.2.4:41641").port == 0


def test_between_nodes_the_lower_port_is_the_service() -> None:
    assert ends_of(Section.VIRTUAL, "100.64.0.11:22", "100.64.0.12:58544") == Ends("100.64.0.11", "100.64.0.12", 22)
    assert ends_of(Section.VIRTUAL, "100.64.0.11:0", "100.64.0.12:0").port == 0


def test_only_what_tailscale_gives_out_is_a_tailscale_address() -> None:
    assert is_tailscale("100.64.0.1")
    assert is_tailscale("fd7a:115c:a1e0:b1a::7:a09:807")
    assert not is_tailscale("100.128.0.1")
    assert not is_tailscale("gate")
