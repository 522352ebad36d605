"""Where looking at a target costs it something."""

import pytest
from tests.unit.config.lines import only_warning, warnings


def written(protocol: str, probe: str) -> str:
    return f"routes:\n- {{listen: 8082, target: '172.16.20.88:1', protocol: {protocol}, probe: {probe}}}\n"


def test_connections_that_hang_up_may_block_the_router_at_a_mysql_server() -> None:
    line = only_warning(written("mysql", "tcp"))
    assert "routes[0].probe: expected greeting or none for mysql, unless the server never blocks a host" in line
    assert "max_connect_errors" in line


@pytest.mark.parametrize(
    ("protocol", "probe"),
    [
        ("mysql", "none"),
        ("mysql", "null"),
        ("mysql", "greeting"),
        ("oracle", "greeting"),
        ("oracle", "tcp"),
        ("postgres", "greeting"),
        ("tcp", "greeting"),
    ],
)
def test_the_rest_is_free(protocol: str, probe: str) -> None:
    assert warnings(written(protocol, probe)) == []
