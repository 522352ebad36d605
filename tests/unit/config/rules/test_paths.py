import re
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from tests.unit.config.lines import only_problem, only_warning, problems, warnings

from farshore.config.load import parse
from farshore.config.model import Forwarding, Router
from farshore.config.rules.paths import only_by_via

SOCKET = "/run/tailscaled.sock"
BARE = "{kind: socks5, address: 127.0.0.1:1055}"


def over(*paths: str, target: str = "172.16.20.88:1433", listen: str = "8082", more: str = "") -> str:
    """A route over these paths: the first one is on line 4, and its braces begin in column 5."""
    written = ",\n".join(f"    {{{path}}}" for path in paths)
    return f"routes:\n- {{listen: {listen}, target: '{target}', paths:\n  [\n{written}]}}\n{more}\n"


@pytest.mark.parametrize(
    "paths",
    [
        ("via: r1, site: 1", "via: r2, site: 2"),
        ("via: r1, listener: '100.64.0.2:11433'", "via: r2, listener: '[fd7a:115c:a1e0::3]:11433'"),
        ("via: r1, listener: '100.64.0.2:11433'", ""),
        ("listener: '100.64.0.2:11433'", "via: r1, site: 0"),
        ("via: plain",),
    ],
)
def test_whole_paths_that_differ_are_taken(paths: tuple[str, ...]) -> None:
    assert warnings(over(*paths)) == []


def test_a_site_needs_the_name_of_its_router() -> None:
    line = only_problem(over("site: 1"))
    assert line.startswith(
        "f:4:12 routes[0].paths[0].site: expected via: the router's name beside site:, found no via:"
    )


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("[fd00::88]:1433", "found target fd00::88 (the router's 4via6 address is computed from the target's IPv4"),
        ("[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433", "(it is a 4via6 address already)"),
        ("100.64.0.7:1433", "found target 100.64.0.7 (tailscaled from 1.102.3 on refuses"),
    ],
)
def test_a_site_needs_a_target_that_4via6_can_stand_for(target: str, reason: str) -> None:
    line = only_problem(over("via: r1, site: 1", target=target))
    assert line.startswith("f:4:21 routes[0].paths[0].site: expected site: only beside a target")
    assert reason in line


def test_a_site_needs_an_address_and_not_a_name() -> None:
    text = over("via: r1, site: 1", target="db:1433").replace("paths:", "resolve: tailnet, paths:")
    line = only_problem(text)
    assert "expected site: only beside a target given as an IPv4 address, found target db (the router's" in line


def test_a_path_has_a_site_or_a_listener() -> None:
    line = only_problem(over("via: r1, site: 1, listener: '100.64.0.2:11433'"))
    assert line.startswith("f:4:21 routes[0].paths[0].site: expected site: or listener:, not both, found both")


@pytest.mark.parametrize(
    ("listener", "reason"),
    [
        ("172.16.20.2:11433", "nothing says that a router of the tailnet listens there"),
        ("127.0.0.1:11433", "nothing says that a router of the tailnet listens there"),
        ("[fd00::2]:11433", "nothing says that a router of the tailnet listens there"),
        ("r1:11433", "a name can change its meaning; `tailscale ip` on the router prints its address"),
        ("[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433", "for a 4via6 address write site:"),
    ],
)
def test_a_listener_is_on_a_routers_own_address(listener: str, reason: str) -> None:
    line = only_problem(over(f"via: r1, listener: '{listener}'"))
    assert line.startswith("f:4:25 routes[0].paths[0].listener: expected the router's own Tailscale address and port")
    assert reason in line


def test_a_listener_leads_to_one_port() -> None:
    paths = ("via: r1, listener: '100.64.0.2:11433'", "via: r2")
    line = only_problem(over(*paths, target="172.16.20.88:21000-21002", listen="21000-21002"))
    assert "routes[0].paths[0].listener: expected listener: only on a route with one port" in line
    assert "found 3 listening ports" in line
    paths = ("via: r1, site: 1", "via: r2, site: 2")
    assert warnings(over(*paths, target="172.16.20.88:21000-21002", listen="21000-21002")) == []


@pytest.mark.parametrize(
    "path", ["", "via: r1, site: 1", "via: r1, listener: '100.64.0.2:11433'", "via: r1, egress: a"]
)
def test_the_same_path_twice_is_refused(path: str) -> None:
    more = "egresses: {a: {kind: tailscaled}}"
    line = only_problem(over(path, path, more=more))
    assert line.startswith("f:5:5 routes[0].paths[1]: expected a path of its own, found the same as paths[0]")
    assert line.endswith("the other is on line 4)")


def test_another_name_makes_no_other_path() -> None:
    assert "via: only names a path" in only_problem(over("via: r1", "via: r2"))
    assert "via: only names a path" in only_problem(over("via: r1, site: 1", "via: r2, site: 1"))


def test_an_unknown_egress_of_a_path_is_told_the_nearest() -> None:
    more = "egresses: {first: {kind: tailscaled}}"
    line = only_problem(over("egress: fist", more=more))
    assert line.startswith("f:4:14 routes[0].paths[0].egress: expected an egress under egresses:, found fist")
    assert "(did you mean first?)" in line


def test_paths_that_name_their_egresses_use_them_and_need_none_of_the_route() -> None:
    more = "egresses: {a: {kind: tailscaled}, b: {kind: tailscaled}}"
    assert warnings(over("egress: a", "egress: b", more=more)) == []
    assert "expected egress: one of a, b" in problems(over("egress: a", "via: r1", more=more))[0]
    assert "expected an egress that a route uses" in only_warning(over("egress: a", more=more))


@pytest.mark.parametrize(
    ("path", "column", "address"),
    [
        ("via: r1, site: 1", 21, "fd7a:115c:a1e0:b1a:0:1:ac10:1458"),
        ("via: r1, listener: '100.64.0.2:11433'", 25, "100.64.0.2"),
    ],
)
def test_a_path_inside_tailscales_own_ranges_needs_an_egress_that_can_ask_for_the_owner(
    path: str, column: int, address: str
) -> None:
    line = only_problem(over(path, more=f"egresses: {{out: {BARE}}}"))
    assert line.startswith(f"f:4:{column} routes[0].paths[0].")
    assert f"expected an egress that can ask tailscaled who owns this address, found {address} through out" in line
    assert warnings(over(path, more=f"egresses: {{out: {BARE[:-1]}, localapi: {SOCKET}}}}}")) == []
    assert warnings(over("via: r1", more=f"egresses: {{out: {BARE}}}")) == []


def test_a_path_through_this_hosts_own_network_needs_proof() -> None:
    more = "egresses: {a: {kind: tailscaled}, b: {kind: direct}}"
    line = only_problem(over("egress: a", "egress: b", more=more))
    assert line.startswith("f:5:5 routes[0].paths[1]: expected proof that the dial goes through the tailnet")


def test_a_name_of_the_tailnet_is_asked_of_the_preferred_path() -> None:
    more = f"egresses: {{a: {{kind: tailscaled}}, b: {BARE}}}"
    text = over("egress: b", "egress: a", target="db:1433", more=more).replace("paths:", "resolve: tailnet, paths:")
    assert "found resolve: tailnet through b (kind: socks5)" in only_problem(text)
    assert (
        warnings(text.replace("egress: b", "egress: c").replace("egress: a", "egress: b").replace(": c", ": a")) == []
    )


def test_routers_that_no_path_goes_through_are_a_warning() -> None:
    more = "routers: {r1: {forwarding: kernel}, r3: {}}"
    line = only_warning(over("via: r1, site: 1", "via: r2, site: 2", more=more))
    assert line.startswith("f:6:41 routers.r3: expected a router that a path goes through, found no path with via: r3")


def test_plain_and_4via6_to_one_host_in_one_route_are_refused() -> None:
    line = only_problem(over("via: r1, site: 1", ""))
    assert line.startswith(
        "f:4:5 routes[0].paths[0]: expected one host either by its plain address or by 4via6, not by"
    )
    assert "one 4via6 connection makes the plain address unreachable until tailscaled restarts there" in line
    assert "write routers: {r1: {forwarding: kernel}}, if r1 is known to forward in the kernel" in line
    assert line.endswith("the other is on line 5)")


def test_the_kernel_of_every_router_in_it_has_to_be_declared() -> None:
    paths = ("via: r1, site: 1", "via: r2, site: 2", "")
    assert len(problems(over(*paths))) == 2
    line = only_problem(over(*paths, more="routers: {r1: {forwarding: kernel}, r2: {forwarding: netstack}}"))
    assert line.startswith("f:5:5 routes[0].paths[1]")
    assert warnings(over(*paths, more="routers: {r1: {forwarding: kernel}, r2: {forwarding: kernel}}")) == []


def test_a_listener_beside_either_spoils_nothing() -> None:
    listener = "via: r1, listener: '100.64.0.2:11433'"
    assert warnings(over(listener, "")) == []
    assert warnings(over(listener, "via: r2, site: 2")) == []


PLAIN = "- {name: a, listen: 8082, target: 172.16.20.88:1433}\n"
VIA = "- {name: b, listen: 8083, target: '[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1434'PATHS}\n"


def test_plain_and_4via6_to_one_host_in_two_routes_are_refused_on_any_port_and_in_any_order() -> None:
    for text in (f"routes:\n{PLAIN}{VIA}", f"routes:\n{VIA}{PLAIN}"):
        line = only_problem(text.replace("PATHS", ""))
        assert "found the 4via6 address of 172.16.20.88, which route a dials plainly" in line
        assert "name the router with via: and declare it under routers:" in line
        assert warnings(text.replace("PATHS", "").replace("172.16.20.88", "172.16.20.89")) == []


def test_the_router_of_a_4via6_target_can_be_named_and_declared() -> None:
    text = f"routers: {{r1: {{forwarding: kernel}}}}\nroutes:\n{PLAIN}{VIA}".replace("PATHS", ", paths: [{via: r1}]")
    assert warnings(text) == []
    assert "if r1 is known to forward in the kernel" in only_problem(text.replace("kernel", "netstack"))


def test_the_page_on_paths_shows_configurations_that_are_taken() -> None:
    page = (Path(__file__).parents[4] / "docs" / "paths.md").read_text()
    routes, routers = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert warnings(routes) == []
    assert warnings(routes + routers) == []
    mixed = routes + "      - {}\n"
    assert len(problems(mixed)) == 2
    assert len(problems(mixed + routers)) == 1


def unused(address: str, *paths: str) -> str:
    written = paths or ("via: r1, site: 1", "via: r2, site: 2")
    return over(*written, more=f"routers: {{r1: {{forwarding: kernel, unused: '{address}'}}}}")


def test_an_unused_address_behind_a_router_is_taken() -> None:
    assert warnings(unused("172.16.20.250")) == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("172.16.20.88", "expected an address that no machine has, found the target of a route"),
        ("fd00::1", "expected an IPv4 address on the network behind the router"),
        ("100.64.0.7", "expected an IPv4 address on the network behind the router"),
    ],
)
def test_an_unused_address_that_is_none_is_refused(address: str, told: str) -> None:
    line = only_problem(unused(address))
    assert "routers.r1.unused: " in line
    assert told in line


def test_an_unused_address_tells_nothing_where_no_path_goes_through_its_router_alone() -> None:
    line = only_warning(unused("172.16.20.250", "via: r1", "via: r2, listener: '100.64.0.3:11433'"))
    assert "routers.r1.unused: expected a path with via: r1 and site: or listener:, found none" in line


def test_a_listener_tells_which_peer_a_router_is_as_well() -> None:
    written = ("via: r1, listener: '100.64.0.2:11433'", "via: r2, listener: '100.64.0.3:11433'")
    assert warnings(unused("172.16.20.250", *written)) == []


def test_hosts_that_only_4via6_may_reach_are_known() -> None:
    config = parse(over("via: r1, site: 1", "via: r2, site: 2").encode(), "f").config
    assert config is not None
    assert only_by_via(config) == {IPv4Address("172.16.20.88")}
    kernel = {name: Router(forwarding=Forwarding.KERNEL) for name in ("r1", "r2")}
    assert only_by_via(config.model_copy(update={"routers": kernel})) == frozenset()
