import pytest
from tests.unit.config.lines import ROUTE, only_problem, problems

from farshore.config.explain import HOMES, fields_at
from farshore.config.schema import schema


def in_route(more: str) -> str:
    return f"routes:\n- listen: 8082\n  target: 172.16.0.1:1\n  {more}\n"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("protcol: tcp", "a known field, found protcol (did you mean protocol?)"),
        ("maxConnections: 5", "a known field, found maxConnections (did you mean max_connections?)"),
        ("dial: 5s", "a known field, found dial (it belongs to timeouts:)"),
        ("socket: /x", "a known field, found socket (it belongs to tailscaled: or an egress of kind tailscaled)"),
        (
            "protocol: mssql",
            "one of tcp, sqlserver, postgres, mysql, oracle, ftp, sftp, http, found mssql (did you mean sqlserver?)",
        ),
        ("resolve: tailnett", "one of tailnet, pod, found tailnett (did you mean tailnet?)"),
        ("allow_direct: yes", "true or false, found yes (write true; YAML 1.1 and 1.2 disagree about yes)"),
        ("allow_direct: Off", "true or false, found Off (write false; YAML 1.1 and 1.2 disagree about Off)"),
        ("allow_direct: 'true'", 'true or false, found "true" (write true, unquoted)'),
        ("allow_direct: 1", "true or false, found 1"),
        ("max_connections: '5'", 'a whole number, found "5" (write 5, unquoted)'),
        ("max_connections: 5.0", "a whole number, found 5.0"),
        ("max_connections: true", "a whole number, found true"),
        ("max_connections: 0", "at least 1, found 0"),
        ("max_connections: 1000001", "at most 1000000, found 1000001"),
        (
            "allow_clients: 10.0.0.0/8",
            "a list, found 10.0.0.0/8 (put each item on a line of its own after a dash, or all in square brackets)",
        ),
        (
            "name: 8082",
            'a name of up to 63 letters, digits, dots, dashes and underscores, found 8082 (put it in quotes: "8082")',
        ),
    ],
)
def test_a_mistake_in_a_route_is_explained(more: str, expected: str) -> None:
    position, _, line = only_problem(in_route(more)).partition(" ")
    assert position.startswith("f:4:")
    assert line == f"routes[0].{more.partition(':')[0]}: expected {expected}"


@pytest.mark.parametrize("written", ["0o17", "017", "0x1F", "1_000", "12:30"])
def test_a_number_that_yaml_readers_disagree_about_is_refused_with_the_remedy(written: str) -> None:
    line = only_problem(in_route(f"max_connections: {written}"))
    assert f"expected a whole number, found {written} (write it in decimal digits alone" in line


def test_a_missing_field_is_told_at_the_route_with_its_help() -> None:
    assert only_problem("routes:\n- target: 172.16.0.1:1\n") == (
        "f:2:3 routes[0].listen: expected listen: the port, or range of ports, that clients connect to, "
        "found no such field"
    )


def test_a_missing_field_beside_its_misspelling_is_told_once() -> None:
    assert only_problem("routes:\n- lisen: 8082\n  target: 172.16.0.1:1\n") == (
        "f:2:3 routes[0].lisen: expected a known field, found lisen (did you mean listen?)"
    )


def test_an_empty_section_is_told_at_its_key() -> None:
    assert only_problem(f"routes: [{ROUTE}]\ntimeouts:\n") == (
        "f:2:1 timeouts: expected a mapping of fields, found nothing"
    )


BELONGS = "it belongs to an egress of kind socks5 or an egress of kind connect"
KINDS = "one of tailscaled, socks5, connect, direct"


@pytest.mark.parametrize(
    ("egress", "line"),
    [
        ("{socket: /x}", f"f:1:17 egresses.out.kind: expected kind: {KINDS}, found no such field"),
        ("{kind: sock5}", f"f:1:24 egresses.out.kind: expected {KINDS}, found sock5 (did you mean socks5?)"),
        ("tailscaled", "f:1:17 egresses.out: expected a mapping of fields, found tailscaled"),
        (
            "{kind: tailscaled, address: x}",
            f"f:1:36 egresses.out.address: expected a known field, found address ({BELONGS})",
        ),
    ],
)
def test_a_mistake_in_an_egress_is_explained(egress: str, line: str) -> None:
    assert only_problem(f"egresses: {{out: {egress}}}\nroutes: [{ROUTE}]\n") == line


def test_an_egress_may_be_called_like_a_kind() -> None:
    text = f"egresses:\n  socks5: {{kind: socks5, address: 5}}\nroutes: [{ROUTE}]"
    assert only_problem(text).startswith("f:2:35 egresses.socks5.address: expected host:port")


def test_an_egress_needs_a_proper_name() -> None:
    line = only_problem(f"egresses: {{'a b': {{kind: tailscaled}}}}\nroutes: [{ROUTE}]")
    assert "egresses.a b: expected a name of up to 63 letters" in line


def test_internal_names_are_not_taken_for_fields() -> None:
    assert "(did you mean dial?)" in only_problem(f"routes: [{ROUTE}]\ntimeouts: {{dial_s: 7}}")


def test_which_fields_may_be_written_where() -> None:
    data = {"egresses": {"a": {"kind": "direct"}, "b": {"kind": "x"}, "c": None}}
    assert list(fields_at(("egresses", "a"), data)) == ["kind", "localapi"]
    assert fields_at(("egresses", "b"), data) == {}
    assert fields_at(("egresses", "c"), data) == {}
    assert list(fields_at(("drain",), data)) == ["settle", "grace"]
    assert "listen" in fields_at(("routes", 0), data)
    assert "site" in fields_at(("routes", 0, "paths", 1), data)
    assert list(fields_at(("routers", "r1"), data)) == ["forwarding", "unused"]
    assert fields_at(("routes",), data) == {}
    assert "routes" in fields_at((), data)


def test_no_part_of_the_model_is_forgotten() -> None:
    written = {name for name, part in schema()["$defs"].items() if "properties" in part}
    assert {model.__name__ for model in HOMES.values()} == {"Config", *written}


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            "paths: [{via: r1, sit: 1}]",
            "f:4:21 routes[0].paths[0].sit: expected a known field, found sit (did you mean site?)",
        ),
        ("paths: [{via: r1, site: -1}]", "f:4:27 routes[0].paths[0].site: expected at least 0, found -1"),
        (
            "forwarding: kernel",
            "f:4:3 routes[0].forwarding: expected a known field, found forwarding (it belongs to a router)",
        ),
    ],
)
def test_a_mistake_in_a_path_is_explained(more: str, line: str) -> None:
    assert line in problems(in_route(more))


def test_a_mistake_in_a_router_is_explained() -> None:
    line = only_problem(f"routers: {{r1: {{forwarding: kernal}}}}\nroutes: [{ROUTE}]")
    assert line == (
        "f:1:28 routers.r1.forwarding: expected one of kernel, netstack, found kernal (did you mean kernel?)"
    )
