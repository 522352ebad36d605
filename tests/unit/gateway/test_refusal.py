from tests.unit.gateway.test_succession import House

from farshore.core.outcome import MEANINGS, Code
from farshore.gateway.refusal import refusal


def test_it_names_the_route_as_a_connection_would() -> None:
    (route,) = House().routes
    account = refusal(7, route, ("10.0.0.9", 50123), Code.ROUTE_FULL, 12.5)
    assert (account.connection, account.client, account.started_at_s) == (7, "10.0.0.9:50123", 12.5)
    assert (account.route, account.path, account.egress) == ("db", route.paths[0].name, "a")
    assert account.client_end is MEANINGS[Code.ROUTE_FULL].client_end
    assert account.dial_ms is None
