from dataclasses import replace
from ipaddress import ip_network

import pytest
from tests.unit.gateway.test_succession import House

from farshore.core.outcome import Code
from farshore.gateway.door import why_not
from farshore.gateway.route import Tally

(ROUTE,) = House().routes
CLIENT = ("10.0.0.9", 50123)


@pytest.mark.parametrize(
    ("network", "active", "is_full", "code"),
    [
        ("10.0.0.0/8", 1, False, None),
        ("10.1.0.0/16", 1, False, Code.CLIENT_NOT_ALLOWED),
        ("10.0.0.0/8", 2, False, Code.ROUTE_FULL),
        ("10.0.0.0/8", 1, True, Code.GATEWAY_FULL),
        ("10.1.0.0/16", 2, True, Code.CLIENT_NOT_ALLOWED),
    ],
)
def test_who_is_let_in(network: str, active: int, is_full: bool, code: Code | None) -> None:  # noqa: FBT001
    route = replace(ROUTE, allow_clients=(ip_network(network),), max_connections=2, tally=Tally(active=active))
    assert why_not(route, CLIENT, is_full=is_full) is code
