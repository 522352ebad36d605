import json
from typing import get_args

import msgspec
import pytest

from farshore.core import events
from farshore.core.events import ConnectionEnded, DrainStarted, Event
from farshore.core.outcome import ClientEnd, Code


def ended() -> ConnectionEnded:
    return ConnectionEnded(
        connection=7,
        route="8082",
        egress="tailnet",
        path="tailnet/172.16.20.88:1433",
        client="127.0.0.1:50123",
        target="172.16.20.88:1433",
        code=Code.LEAK,
        detail="no peer's routes cover 172.16.20.88",
        client_end=ClientEnd.RST,
        started_at_s=1.5,
        connect_ms=0.1,
        handshake_ms=None,
        dial_ms=None,
        first_byte_ms=None,
        reached_ms=None,
        duration_ms=1.0,
        client_bytes=0,
        upstream_bytes=0,
        leaked_dial=True,
    )


def test_every_kind_of_event_is_in_the_union() -> None:
    declared = {
        value for value in vars(events).values() if isinstance(value, type) and issubclass(value, msgspec.Struct)
    }

    assert set(get_args(Event)) == declared


@pytest.mark.parametrize("kind", get_args(Event))
def test_an_event_is_a_frozen_value_made_by_keyword(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen
    assert not kind.__match_args__


def test_an_event_cannot_be_changed() -> None:
    event = DrainStarted(connections=3)

    with pytest.raises(AttributeError):
        event.connections = 4  # type: ignore[misc]


def test_an_ending_is_written_with_its_codes_as_text() -> None:
    written = json.loads(msgspec.json.encode(ended()))

    assert written["code"] == "tailnet.dial.leak"
    assert written["client_end"] == "rst"
    assert written["handshake_ms"] is None
    assert written["leaked_dial"] is True
