import msgspec
import pytest

from farshore.core import incidents
from farshore.core.events import Event

KINDS = [kind for kind in vars(incidents).values() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_is_told_of_an_incident_is_an_event_and_names_it(kind: type[msgspec.Struct]) -> None:
    assert kind in Event.__args__
    assert msgspec.structs.fields(kind)[0].name == "incident"
    assert kind.__struct_config__.frozen
