"""An incident as it is kept."""

import msgspec
import pytest
from tests.unit.incident.making import published

from farshore.incident.book import Incident, Reached
from farshore.incident.conclusion import conclude
from farshore.incident.record import Record, incident_of, record_of
from farshore.incident.threshold import Sign


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
    )
    return record_of(incident)


@pytest.mark.parametrize("closed_s", [None, 9.0])
def test_what_is_written_is_read_again(closed_s: float | None) -> None:
    record = a_record(closed_s=closed_s)
    written = msgspec.json.encode(record)
    assert record_of(incident_of(msgspec.json.decode(written, type=Record))) == record
    assert msgspec.json.decode(written)["routes"] == {"a": "held", "b": "paths down"}
    incident = incident_of(record)
    assert (incident.failing, incident.closed_s, incident.is_proven) == (("a",), closed_s, False)
