import pytest
from tests.unit.config.lines import ROUTE, only_problem, only_warning, warnings

SOCKS = f"egresses: {{s: {{kind: socks5, address: 127.0.0.1:1055}}}}\nroutes: [{ROUTE}]\n"


def test_a_dial_takes_at_least_as_long_as_its_first_step() -> None:
    line = only_problem(f"routes: [{ROUTE}]\ntimeouts:\n  dial: 1s\n  connect: 2s\n")
    assert line == "f:3:9 timeouts.dial: expected at least as long as connect: 2s, found 1s"


def test_a_dial_may_take_as_long_as_its_first_step() -> None:
    assert warnings(f"routes: [{ROUTE}]\ntimeouts: {{dial: 6s, connect: 6s}}") == []


def test_a_default_that_does_not_fit_is_told_at_the_section() -> None:
    line = only_problem(f"routes: [{ROUTE}]\ntimeouts:\n  connect: 8s\n")
    assert "timeouts.dial: expected at least as long as connect: 8s, found 7s" in line


def test_a_short_dial_hides_what_socks_has_to_say() -> None:
    assert "expected at least 5s with an egress of kind socks5, found 4s" in only_warning(SOCKS + "timeouts: {dial: 4}")
    assert warnings(SOCKS + "timeouts: {dial: 5s}") == []
    assert warnings(f"routes: [{ROUTE}]\ntimeouts: {{dial: 4s}}") == []


def test_a_route_limit_above_the_whole_is_a_warning() -> None:
    text = "routes: [{listen: 8082, target: 172.16.0.1:1, max_connections: 11}]\nlimits: {max_connections: 10}"
    assert "expected at most limits.max_connections: 10, found 11" in only_warning(text)
    assert warnings(f"routes: [{ROUTE}]\nlimits: {{max_connections: 10}}") == []
    assert warnings(text.replace("11", "10")) == []


def test_more_connections_than_descriptors_is_a_warning_that_does_the_sum() -> None:
    text = f"routes: [{ROUTE}]\nlimits: {{max_connections: 1000}}\n"
    line = only_warning(text, descriptor_limit=1024)
    assert "expected at most 479 with the 1024 descriptors that this process may open, found 1000" in line
    assert "raise the limit to 2065" in line
    assert warnings(text, descriptor_limit=2065) == []
    assert warnings(text.replace("1000", "479"), descriptor_limit=1024) == []


@pytest.mark.parametrize("limit", [None, 1_000_000])
def test_an_unknown_or_high_limit_warns_of_nothing(limit: int | None) -> None:
    assert warnings(f"routes: [{ROUTE}]", descriptor_limit=limit) == []


def test_a_path_that_is_well_is_not_looked_at_more_often_than_one_that_may_not_be() -> None:
    line = only_problem(f"routes: [{ROUTE}]\npath_health: {{every: 1s, in_doubt: 3s}}\n")
    assert "path_health.every: expected at least as long as in_doubt: 3s, or 0s, which never looks, found 1s" in line


@pytest.mark.parametrize("written", ["{every: 0s}", "{every: 3s, in_doubt: 3s}", "{every: 1s, in_doubt: 1s}"])
def test_how_often_paths_may_be_looked_at(written: str) -> None:
    assert warnings(f"routes: [{ROUTE}]\npath_health: {written}\n") == []
