from typing import get_args

from farshore.core.events import ConfigurationApplied, Event, LeakRefused
from farshore.core.journal import APPLICATION_ID, TABLES, event_name


def test_an_event_is_called_as_in_the_log() -> None:
    assert event_name(LeakRefused) == "leak-refused"
    assert event_name(ConfigurationApplied) == "configuration-applied"
    assert len({event_name(kind) for kind in get_args(Event)}) == len(get_args(Event))


def test_no_two_kinds_share_a_table() -> None:
    assert len(set(TABLES.values())) == len(TABLES)


def test_the_mark_can_be_read_in_a_dump() -> None:
    assert APPLICATION_ID.to_bytes(4, "big") == b"FarS"
