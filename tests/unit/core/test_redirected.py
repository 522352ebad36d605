import pytest
from msgspec import Struct

from farshore.core.events import Event
from farshore.core.redirected import ClientRedirected, ClientRedirectRewritten, DataPathHidden


@pytest.mark.parametrize("kind", [ClientRedirected, ClientRedirectRewritten, DataPathHidden])
def test_each_is_an_event_that_names_its_route_and_client(kind: type[Struct]) -> None:
    assert kind in Event.__args__
    assert kind.__struct_fields__[:2] == ("route", "client")
