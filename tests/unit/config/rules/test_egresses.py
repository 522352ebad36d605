import pytest
from tests.unit.config.lines import ROUTE, loaded, only_problem, only_warning, warnings

from farshore.config.egresses import ConnectEgress, DirectEgress, Socks5Egress, TailscaledEgress
from farshore.config.rules.egresses import MAX_EGRESSES, egress_of, has_localapi

SOCKET = "/run/tailscaled.sock"


def one(egress: str, route: str = ROUTE) -> str:
    return f"egresses:\n  out: {{{egress}}}\nroutes: [{route}]\n"


@pytest.mark.parametrize(
    "egress",
    [
        "kind: tailscaled",
        f"kind: tailscaled, socket: {SOCKET}, socks5: 127.0.0.1:1055",
        "kind: socks5, address: 127.0.0.1:1055",
        "kind: socks5, address: '[::1]:1055'",
        f"kind: socks5, address: 10.0.0.1:1055, localapi: {SOCKET}",
        "kind: socks5, address: 10.0.0.1:1055, tailscale_ips: [100.64.0.1]",
        f"kind: connect, address: 127.0.0.1:1055, localapi: {SOCKET}",
        f"kind: direct, localapi: {SOCKET}",
    ],
)
def test_an_egress_that_can_tell_a_leak_is_taken(egress: str) -> None:
    assert warnings(one(egress)) == []


@pytest.mark.parametrize("kind", ["socks5", "connect"])
def test_the_word_for_this_host_is_refused_with_the_remedy(kind: str) -> None:
    line = only_problem(one(f"kind: {kind}, localapi: {SOCKET}, address: localhost:1055"))
    assert "egresses.out.address: expected the address where it listens" in line
    assert "found localhost:1055 (write 127.0.0.1; the word may mean ::1, where tailscaled does not listen)" in line


def test_a_name_is_no_address_of_an_egress() -> None:
    line = only_problem(one("kind: tailscaled, socks5: proxy.internal:1055"))
    assert line.startswith("f:2:35 egresses.out.socks5: expected the address where it listens")


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "224.0.0.1"])  # noqa: S104 - what is refused
def test_one_does_not_dial_where_only_a_server_can_listen(host: str) -> None:
    line = only_problem(one(f"kind: socks5, address: '{host}:1055', tailscale_ips: [100.64.0.1]"))
    assert "write 127.0.0.1:1055" in line


def test_an_http_proxy_without_a_socket_is_refused_with_the_reason() -> None:
    line = only_problem(one("kind: connect, address: 127.0.0.1:1055"))
    assert line.startswith("f:2:8 egresses.out.localapi: expected localapi: tailscaled's unix socket")
    assert "reports success even when it dialled the wrong network" in line


def test_a_socks_server_elsewhere_has_to_be_known() -> None:
    line = only_problem(one("kind: socks5, address: 10.0.0.1:1055"))
    assert "expected localapi: or tailscale_ips:, found neither" in line


def test_an_own_address_outside_the_ranges_is_refused() -> None:
    line = only_problem(one("kind: socks5, address: 127.0.0.1:1055, tailscale_ips: [100.64.0.1, 10.0.0.1]"))
    assert "egresses.out.tailscale_ips[1]: expected an address inside 100.64.0.0/10" in line


def test_an_egress_on_the_gateways_own_port_is_refused() -> None:
    line = only_problem(one("kind: socks5, address: 127.0.0.1:8082"))
    assert "found 127.0.0.1:8082, where route 8082 of this gateway listens (it would dial itself" in line


def test_no_egress_at_all_is_refused() -> None:
    line = only_problem(f"egresses: {{}}\nroutes: [{ROUTE}]")
    assert line.startswith("f:1:11 egresses: expected at least one egress, found an empty mapping")


def test_an_egress_that_no_route_uses_is_a_warning() -> None:
    text = "egresses: {a: {kind: tailscaled}, b: {kind: tailscaled}}\n"
    text += "routes: [{listen: 8082, target: 172.16.0.1:1, egress: a}]"
    assert "egresses.b: expected an egress that a route uses, found no route with egress: b" in only_warning(text)


def test_a_route_with_a_misread_egress_may_have_meant_the_unused_one() -> None:
    text = "egresses: {a: {kind: tailscaled}, b: {kind: tailscaled}}\n"
    text += (
        "routes: [{listen: 8082, target: 172.16.0.1:1, egress: a}, {listen: 8083, target: 172.16.0.1:1, egress: [b]}]"
    )
    assert loaded(text).warnings == ()


def test_the_number_of_egresses_is_bounded() -> None:
    many = ", ".join(f"e{n}: {{kind: tailscaled}}" for n in range(MAX_EGRESSES + 1))
    assert f"at most {MAX_EGRESSES} egresses" in only_problem(f"egresses: {{{many}}}\nroutes: [{ROUTE}]")
    enough = many.rpartition(", ")[0]
    route = "{listen: 8082, target: 172.16.0.1:1, egress: e0}"
    assert len(warnings(f"egresses: {{{enough}}}\nroutes: [{route}]")) == MAX_EGRESSES - 1


def test_the_egress_of_a_route_is_the_named_one_or_the_only_one() -> None:
    config = loaded(f"routes: [{ROUTE}]").config
    assert config is not None
    route = config.routes[0]
    assert egress_of(config, route) == ("tailnet", TailscaledEgress())
    assert egress_of(config, route.model_copy(update={"egress": "other"})) is None
    two = config.model_copy(update={"egresses": {"a": TailscaledEgress(), "b": DirectEgress(kind="direct")}})
    assert egress_of(two, route) is None
    assert egress_of(two, route.model_copy(update={"egress": "b"})) == ("b", two.egresses["b"])


def test_which_egresses_can_ask_for_the_owner() -> None:
    address, socket = "127.0.0.1:1", SOCKET
    assert has_localapi(TailscaledEgress())
    assert not has_localapi(Socks5Egress.model_validate({"kind": "socks5", "address": address}))
    assert has_localapi(ConnectEgress.model_validate({"kind": "connect", "address": address, "localapi": socket}))
    assert not has_localapi(DirectEgress.model_validate({"kind": "direct"}))
