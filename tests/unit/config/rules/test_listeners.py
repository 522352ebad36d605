import pytest
from tests.unit.config.lines import loaded, only_problem, only_warning, problems, warnings

from farshore.config.load import parse
from farshore.config.rules.listeners import MAX_LISTENING_PORTS, Listening
from farshore.core.address import parse_host


def two(first: str, second: str, rest: str = "") -> str:
    return (
        f"routes:\n- {{name: a, listen: '{first}', target: 172.16.0.1:1}}\n"
        f"- {{name: b, listen: '{second}', target: 172.16.0.2:1}}\n{rest}"
    )


@pytest.mark.parametrize(
    ("first", "second", "hint"),
    [
        ("8082", "8082", "the other is on line 2"),
        ("127.0.0.1:8082", "8082", "the other is on line 2"),
        ("0.0.0.0:8082", "0.0.0.0:8082", "the other is on line 2"),
        ("0.0.0.0:8082", "8082", "0.0.0.0 stands for every address; the other is on line 2"),
        ("8082", "0.0.0.0:8082", "0.0.0.0 stands for every address; the other is on line 2"),
        ("[::]:8082", "[::1]:8082", ":: stands for every address; the other is on line 2"),
    ],
)
def test_two_routes_on_one_port_are_named(first: str, second: str, hint: str) -> None:
    line = only_problem(two(first, second))
    shown_first, shown_second = (each if ":" in each else f"127.0.0.1:{each}" for each in (first, second))
    assert line == (
        f"f:3:21 routes[1].listen: expected a port that nothing else here listens on, "
        f"found {shown_second}, and route a listens on {shown_first} ({hint})"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("8082", "8083"),
        ("127.0.0.1:8082", "127.0.0.2:8082"),
        ("127.0.0.1:8082", "[::1]:8082"),
        ("0.0.0.0:8082", "[::]:8082"),
    ],
)
def test_neighbours_may_stand_side_by_side(first: str, second: str) -> None:
    assert warnings(two(first, second)) == []


def test_ranges_overlap_where_they_share_a_port() -> None:
    text = (
        "routes:\n- {name: a, listen: 21000-21010, target: '172.16.0.1:21000-21010'}\n"
        "- {name: b, listen: '21010', target: 172.16.0.2:1}\n- {name: c, listen: '21011', target: 172.16.0.2:1}\n"
    )
    assert "found 127.0.0.1:21010, and route a listens on 127.0.0.1:21000-21010" in only_problem(text)


def test_a_range_that_shares_only_its_first_port_is_found() -> None:
    text = "routes:\n- {name: a, listen: 8082, target: 172.16.0.1:1}\n"
    text += "- {name: b, listen: 8082-8084, target: '172.16.0.1:2-4'}\n"
    assert "found 127.0.0.1:8082-8084, and route a listens on 127.0.0.1:8082" in only_problem(text)


def test_three_on_one_port_are_two_problems() -> None:
    found = problems(two("8082", "8082", "- {name: c, listen: 0.0.0.0:8082, target: 172.16.0.3:1}"))
    assert ["route a listens on" in line for line in found] == [True, True]


@pytest.mark.parametrize(("port", "name"), [(9808, "health"), (9809, "admin")])
def test_the_ports_for_machines_count_too(port: int, name: str) -> None:
    line = only_problem(two("8082", f"{port}"))
    assert f"and {name} listens on 127.0.0.1:{port}" in line
    assert warnings(two("8082", f"{port}", f"{name}: null")) == []


def test_health_and_admin_may_not_share_a_port() -> None:
    assert only_problem(two("1024", "1025", "admin: 127.0.0.1:9808")).startswith("f:4:8 admin: expected a port that")


def test_a_privileged_port_is_a_warning_that_says_what_it_takes() -> None:
    line = only_warning(two("22", "8082"))
    assert line.startswith("f:2:21 routes[0].listen: expected a port from 1024 up, found ")
    assert "NET_BIND_SERVICE" in line
    assert "ip_unprivileged_port_start" in line


@pytest.mark.parametrize("field", ["health", "admin"])
def test_the_word_for_this_host_is_refused_where_something_listens(field: str) -> None:
    line = only_problem(two("8082", "8083", f"{field}: localhost:9000"))
    assert line.startswith(f"f:4:{len(field) + 3} {field}: expected a listening address as a literal")
    assert line.endswith("(write 127.0.0.1)")


def test_a_route_listens_on_no_name() -> None:
    assert "a name can stand for several addresses" in only_problem(two("db.internal:8082", "8083"))


def test_an_admin_port_that_others_can_reach_needs_a_token() -> None:
    line = only_problem(two("8082", "8083", "admin: 0.0.0.0:9809"))
    assert line.startswith("f:4:8 admin: expected a loopback address")
    assert "`admin_token_file:`" in line
    assert warnings(two("8082", "8083", "admin: 0.0.0.0:9809\nadmin_token_file: /run/token")) == []
    assert warnings(two("8082", "8083", "health: 0.0.0.0:9808")) == []


def test_an_address_of_two_families_is_refused_once_for_all_that_inherit_it() -> None:
    assert "write 127.0.0.1" in only_problem(two("8082", "8083", "listen_host: '::ffff:127.0.0.1'"))
    assert len(problems(two("[::ffff:127.0.0.1]:8082", "[::ffff:127.0.0.1]:8083"))) == 2


def test_the_number_of_listening_ports_is_bounded() -> None:
    routes = ", ".join(
        f"{{listen: {first}-{first + 1023}, target: '172.16.0.1:1-1024'}}" for first in range(10000, 15000, 1024)
    )
    line = only_problem(f"routes: [{routes}]")
    assert f"expected at most {MAX_LISTENING_PORTS} listening ports in all, found 5122" in line


def test_who_would_accept_a_connection_is_known() -> None:
    config = loaded(two("0.0.0.0:8082", "[::1]:8083")).config
    assert config is not None
    listening = Listening(config)
    for host, port, label in (
        ("10.0.0.1", 8082, "route a"),
        ("::1", 8083, "route b"),
        ("127.0.0.1", 9808, "health"),
        ("::1", 8082, None),
        ("10.0.0.1", 8083, None),
    ):
        address = parse_host(host)
        assert not isinstance(address, str)
        holder = listening.holder(address, port)
        assert (holder.label if holder else None) == label


def test_machine_ports_that_are_off_listen_nowhere() -> None:
    config = parse(two("8082", "8083", "health: null\nadmin: null").encode(), "f").config
    assert config is not None
    assert [listener.label for listener in Listening(config).listeners] == ["route a", "route b"]
