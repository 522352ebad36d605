"""Where looking at a target costs it something."""

import pytest
from tests.unit.config.lines import only_problem, only_warning, warnings


def written(protocol: str, probe: str) -> str:
    return f"routes:\n- {{listen: 8082, target: '172.16.20.88:1', protocol: {protocol}, probe: {probe}}}\n"


@pytest.mark.parametrize("probe", ["tcp", "greeting"])
def test_probes_may_block_the_router_at_a_mysql_server(probe: str) -> None:
    line = only_warning(written("mysql", probe))
    assert f"routes[0].probe: expected none for mysql, unless the server never blocks a host, found {probe}" in line
    assert "max_connect_errors" in line


def test_an_oracle_listener_does_not_greet() -> None:
    assert "routes[0].probe: expected tcp or none for oracle, found greeting" in only_problem(
        written("oracle", "greeting")
    )


@pytest.mark.parametrize(
    ("protocol", "probe"),
    [("mysql", "none"), ("mysql", "null"), ("oracle", "tcp"), ("postgres", "greeting"), ("tcp", "greeting")],
)
def test_the_rest_is_free(protocol: str, probe: str) -> None:
    assert warnings(written(protocol, probe)) == []
