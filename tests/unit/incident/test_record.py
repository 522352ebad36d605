"""An incident as it is kept."""

import msgspec
import pytest
from tests.unit.incident.making import published

from farshore.core.remedy import Remedy, RemedyResult
from farshore.incident.book import Incident, Reached
from farshore.incident.conclusion import conclude
from farshore.incident.course import Shift, Tried
from farshore.incident.record import Record, incident_of, record_of
from farshore.incident.threshold import Sign

TRIED = Tried(at_s=4.0, route="a", remedy=Remedy.PING, subject="r1", why="", result=RemedyResult.NO_CHANGE)


def a_record(*, closed_s: float | None) -> Record:
    conclusion = conclude(published(None, candidates=("M01", "M05")))
    assert conclusion is not None
    incident = Incident(
        id="2026-11-18-1",
        since_s=1.5,
        opened_s=2.25,
        routes={"a": Sign.HELD, "b": Sign.PATHS_DOWN},
        well={"b"},
        history=[Reached(at_s=3.0, conclusion=conclusion)],
        is_proven=False,
        closed_s=closed_s,
        merged_into=None if closed_s is None else "2026-11-17-3",
        ended_s=closed_s,
        remedies=[TRIED],
        paths=[Shift(at_s=2.0, route="a", path="r1", now="down", was="up", reason="silent")],
    )
    return record_of(incident)


def test_a_record_of_an_older_gateway_is_read() -> None:
    old = {
        key: value
        for key, value in msgspec.to_builtins(a_record(closed_s=9.0)).items()
        if key not in {"ended_s", "remedies", "paths"}
    }
    read = msgspec.convert(old, Record)
    assert (read.ended_s, read.remedies, read.paths) == (None, (), ())


@pytest.mark.parametrize("closed_s", [None, 9.0])
def test_what_is_written_is_read_again(closed_s: float | None) -> None:
    record = a_record(closed_s=closed_s)
    written = msgspec.json.encode(record)
    assert record_of(incident_of(msgspec.json.decode(written, type=Record))) == record
    assert msgspec.json.decode(written)["routes"] == {"a": "held", "b": "paths down"}
    incident = incident_of(record)
    assert (incident.failing, incident.closed_s, incident.is_proven) == (("a",), closed_s, False)
