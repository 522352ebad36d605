import json
from typing import get_args

import pytest
from tests.unit.store.journals import ONE_OF_EACH, ended, sampled

from farshore.core.events import ConnectionEnded, Event, OutageEnded, RemedySuggested, RemedyWithheld
from farshore.core.journal import TABLES, event_name
from farshore.core.sampled import TailscaledSampled
from farshore.store.rows import Insert, Statement, besides, row_of, values_of


def test_one_of_each_kind_is_under_test() -> None:
    assert {type(event) for event in ONE_OF_EACH} == set(get_args(Event))


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_every_event_is_kept_with_plain_values(event: Event) -> None:
    row = row_of(event)
    values = row.values.values() if isinstance(row, Statement) else row.values
    # SQLite adapts subclasses of str one by one, which costs as much as the row itself.
    assert {type(value) for value in values} <= {str, int, float, bool, type(None)}
    if type(event) in TABLES:
        assert bool not in {type(value) for value in values}
    if isinstance(row, Insert):
        assert len(row.columns) == len(row.values)


def test_a_row_has_the_event_s_fields_by_their_names() -> None:
    row = row_of(ended())
    assert isinstance(row, Insert)
    assert row.table == "connections"
    assert row.columns == ConnectionEnded.__struct_fields__
    fields = dict(zip(row.columns, row.values, strict=True))
    assert (fields["code"], fields["client_end"], fields["dial_ms"]) == ("client.transfer.closed", "fin", 12.5)
    assert row.values == values_of(ended())


def test_what_has_no_table_of_its_own_is_kept_as_json() -> None:
    apart = {type(event) for event in ONE_OF_EACH} - set(TABLES) - {OutageEnded, RemedySuggested, RemedyWithheld}
    apart.discard(TailscaledSampled)
    for event in ONE_OF_EACH:
        if type(event) in apart:
            row = row_of(event)
            assert isinstance(row, Insert)
            name, fields = row.values
            assert (row.table, name) == ("events", event_name(type(event)))
            assert isinstance(fields, str)
            assert set(json.loads(fields)) == set(event.__struct_fields__)


def test_a_remedy_that_was_only_suggested_says_so() -> None:
    [row] = [row_of(event) for event in ONE_OF_EACH if isinstance(event, RemedySuggested)]
    assert isinstance(row, Insert)
    fields = dict(zip(row.columns, row.values, strict=True))
    assert (row.table, fields["result"], fields["command"]) == ("remedies", "suggested", "move it")


def test_a_sample_keeps_its_nodes_and_warnings_as_json() -> None:
    row = row_of(sampled())
    assert isinstance(row, Insert)
    fields = dict(zip(row.columns, row.values, strict=True))
    assert (row.table, row.columns) == ("samples", TailscaledSampled.__struct_fields__)
    (node,) = json.loads(str(fields["nodes"]))
    assert (node["name"], node["online"], node["is_router"]) == ("r1", True, True)
    assert json.loads(str(fields["health"])) == ["no DERP"]


def test_only_incidents_and_alerts_have_a_row_beside_that_of_the_event() -> None:
    kept = {type(event).__name__ for event in ONE_OF_EACH if besides(event) is not None}
    assert kept == {"AlertChanged", "IncidentOpened", "IncidentExamined", "IncidentMerged", "IncidentClosed"}
