from ipaddress import ip_address

import pytest
from tests.unit.config.lines import only_problem, only_warning, problems, warnings

from farshore.config.rules.routes import why_not_a_target

SOCKET = "/run/tailscaled.sock"


def to(target: str, more: str = "", egress: str = "kind: tailscaled") -> str:
    return f"egresses:\n  out: {{{egress}}}\nroutes:\n- {{listen: 8082, target: '{target}'{more}}}\n"


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("127.0.0.1:1433", "127.0.0.1 is the host that dials"),
        ("127.9.9.9:1433", "127.9.9.9 is the host that dials"),
        ("[::1]:1433", "::1 is the host that dials"),
        ("[::ffff:127.0.0.1]:1433", "127.0.0.1 is the host that dials"),
        ("[fd7a:115c:a1e0:b1a:0:1:7f00:1]:1433", "127.0.0.1 is the host that dials"),
        ("0.0.0.0:1433", "is no host's address"),
        ("[::]:1433", "is no host's address"),
        ("255.255.255.255:1433", "is no host's address"),
        ("224.0.0.1:1433", "is a multicast group"),
        ("[ff02::1]:1433", "is a multicast group"),
        ("169.254.169.254:80", "is link-local"),
        ("[fe80::1]:1433", "is link-local"),
        ("240.0.0.1:1433", "is reserved"),
        ("localhost:1433", "the host that dials"),
        ("db.localhost:1433", "the host that dials"),
    ],
)
def test_what_cannot_stand_behind_the_tailnet_is_refused_with_the_reason(target: str, reason: str) -> None:
    line = only_problem(to(target))
    assert line.startswith("f:4:26 routes[0].target: expected the address of a host behind the tailnet, found ")
    assert reason in line


@pytest.mark.parametrize(
    "target", ["172.16.20.88:1", "10.0.0.1:1", "8.8.8.8:1", "100.64.0.7:1", "[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1"]
)
def test_hosts_are_targets(target: str) -> None:
    assert warnings(to(target)) == []


def test_a_4via6_address_is_looked_at_as_the_host_it_stands_for() -> None:
    assert why_not_a_target(ip_address("fd7a:115c:a1e0:b1a:0:1:a9fe:a9fe")) is not None
    assert why_not_a_target(ip_address("fd7a:115c:a1e0:b1a:0:1:ac10:1458")) is None


def test_a_name_needs_somebody_who_knows_it() -> None:
    line = only_problem(to("db.internal:5432"))
    assert "expected an address, or a name with resolve: beside it, found" in line
    assert "resolve: tailnet" in line
    assert "resolve: pod" in line


@pytest.mark.parametrize(
    ("resolve", "egress"),
    [
        ("pod", "kind: tailscaled"),
        ("tailnet", "kind: tailscaled"),
        ("pod", f"kind: direct, localapi: {SOCKET}"),
        ("pod", "kind: socks5, address: 127.0.0.1:1055"),
        ("tailnet", f"kind: socks5, address: 127.0.0.1:1055, localapi: {SOCKET}"),
    ],
)
def test_a_name_that_somebody_knows_is_taken(resolve: str, egress: str) -> None:
    assert warnings(to("db.internal:5432", f", resolve: {resolve}", egress)) == []


@pytest.mark.parametrize("egress", ["kind: socks5, address: 127.0.0.1:1055", f"kind: direct, localapi: {SOCKET}"])
def test_an_egress_that_cannot_ask_tailscaled_knows_no_names_of_the_tailnet(egress: str) -> None:
    line = only_problem(to("db:5432", ", resolve: tailnet", egress))
    assert "routes[0].resolve: expected resolve: pod, or an egress that can ask tailscaled for the name" in line
    assert ("kind: socks5 can with localapi:" in line) == ("socks5" in egress)


def test_resolving_an_address_is_a_warning() -> None:
    assert "172.16.0.1 is an address already" in only_warning(to("172.16.0.1:1", ", resolve: pod"))


def test_target_ports_are_as_many_as_listening_ports() -> None:
    text = "routes: [{listen: 21000-21010, target: '172.16.0.1:21000-21009'}]"
    assert "routes[0].target: expected 11 target ports, one for each listening port, found 10" in only_problem(text)
    assert "expected 1 target port, one for" in only_problem("routes: [{listen: 8082, target: '172.16.0.1:1-2'}]")


def test_a_target_that_the_gateway_itself_listens_on_is_refused() -> None:
    text = "routes:\n- {name: a, listen: 10.0.0.1:8082, target: 172.16.0.1:1}\n"
    text += "- {name: b, listen: 8083-8085, target: '10.0.0.1:8080-8082'}\n"
    line = only_problem(text)
    assert "found 10.0.0.1:8082, where route a of this gateway listens" in line
    assert "the other is on line 2" in line


def test_two_routes_of_one_name_are_refused() -> None:
    text = "routes:\n- {name: a, listen: 8082, target: 172.16.0.1:1}\n- {name: a, listen: 8083, target: 172.16.0.1:2}\n"
    line = only_problem(text)
    assert line.startswith("f:3:10 routes[1].name: expected a name of its own, found a, which another route has")


def test_two_nameless_routes_on_one_port_number_need_names() -> None:
    text = "routes:\n- {listen: 127.0.0.1:8082, target: 172.16.0.1:1}\n- {listen: 127.0.0.2:8082, target: 172.16.0.1:2}"
    assert "a route without a name is called by its port" in only_problem(text)


def test_an_unknown_egress_is_told_the_nearest() -> None:
    line = only_problem(to("172.16.0.1:1", ", egress: aut"))
    assert line.startswith("f:4:50 routes[0].egress: expected an egress under egresses:, found aut (did you mean out?)")


def test_where_there_are_several_egresses_a_route_says_which() -> None:
    text = to("172.16.0.1:1").replace("routes:", "  other: {kind: tailscaled}\nroutes:")
    assert "routes[0].egress: expected egress: one of out, other, found no such field" in problems(text)[0]


def test_a_direct_egress_needs_proof_or_permission() -> None:
    line = only_problem(to("172.16.0.1:1", "", "kind: direct"))
    assert "expected proof that the dial goes through the tailnet, found egress out of kind direct" in line
    assert "allow_direct: true" in line
    assert warnings(to("172.16.0.1:1", ", allow_direct: true", "kind: direct")) == []


@pytest.mark.parametrize("host", ["100.64.0.7", "[fd7a:115c:a1e0:b1a:0:1:ac10:1458]"])
def test_tailscales_own_ranges_need_an_egress_that_can_ask_for_the_owner(host: str) -> None:
    egress = "kind: socks5, address: 127.0.0.1:1055"
    line = only_problem(to(f"{host}:22", "", egress))
    assert "expected an egress that can ask tailscaled who owns this address" in line
    assert "without any tell" in line
    assert warnings(to(f"{host}:22", "", f"{egress}, localapi: {SOCKET}")) == []
    assert warnings(to("172.16.0.1:22", "", egress)) == []


def test_no_route_at_all_is_refused() -> None:
    assert only_problem("routes: []").startswith("f:1:9 routes: expected at least one route, found an empty list")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            ", refuse: protocol",
            "routes[0].refuse: expected a `protocol`, or `refuse_with`: plain tcp has no words of its own",
        ),
        (
            ", refuse: reset, refuse_with: sorry",
            "routes[0].refuse_with: expected nothing here: it is for plain `tcp` with `refuse: protocol`, found a text",
        ),
        (
            ", protocol: mysql, refuse_with: sorry",
            "routes[0].refuse_with: expected nothing here: it is for plain `tcp` with `refuse: protocol`, found a text",
        ),
    ],
)
def test_words_need_somebody_who_says_them(more: str, line: str) -> None:
    assert line in only_problem(to("172.16.20.88:1433", more))


@pytest.mark.parametrize(
    "more", [", refuse_with: sorry", ", refuse: protocol, refuse_with: sorry", ", protocol: mysql, refuse: close"]
)
def test_words_that_can_be_said_are_no_problem(more: str) -> None:
    assert not problems(to("172.16.20.88:1433", more))


def test_words_are_sent_at_once() -> None:
    line = only_problem(to("172.16.20.88:1433", f", refuse_with: {'x' * 4097}"))
    assert "expected at most 4096 characters, which are sent at once, found 4097" in line


def test_a_redirect_needs_somebody_who_rewrites_it() -> None:
    assert "routes[0].known_as: expected a route with `redirects: rewrite`" in only_warning(
        to("172.16.20.88:1521", ", protocol: oracle, known_as: ['db1.example:1521']")
    )
    rewriting = ", redirects: rewrite, data_ports: 50000-50009, data_address: 10.0.0.7, known_as: ['db1.example:1521']"
    assert warnings(to("172.16.20.88:1521", f", protocol: oracle{rewriting}")) == []


def test_a_listener_carries_no_data_connections() -> None:
    way = ", protocol: ftp, paths: [{via: r1, listener: '100.64.0.2:2121'}, {via: r1}]"
    line = only_warning(to("172.16.20.88:21", way))
    assert "routes[0].paths[0].listener: expected site: or the plain address on an `ftp` route, found a" in line
    assert "a fixed passive range" in line


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            ", data_ports: 50000-50009",
            "routes[0].data_ports: expected `protocol: ftp`, or `redirects: rewrite`: nothing else needs more",
        ),
        (", data_address: 10.0.0.1", "routes[0].data_address: expected `protocol: ftp`, or `redirects: rewrite`"),
        (", protocol: ftp, redirects: rewrite", "routes[0].redirects: expected rewrite only beside `protocol: oracle`"),
        (", protocol: ftp, data_address: fd00::1", "routes[0].data_address: expected an IPv4 address"),
        (", protocol: ftp, data_ports: 8000-8100", "routes[0].data_ports: expected ports on which no route listens"),
        (", protocol: ftp, data_ports: '10.0.0.1:50000'", "routes[0].data_ports: expected ports without an address"),
    ],
)
def test_data_connections_need_ports_of_their_own(more: str, line: str) -> None:
    assert line in only_problem(to("172.16.20.88:21", more))
