"""Where things stand."""

from tests.unit.report.outage.outages import course, given, said, zombie

from farshore.report.outage.build import build
from farshore.report.outage.sources import Sources


def test_a_place_has_one_number_whatever_is_said_of_it() -> None:
    sources = Sources()
    assert [sources.at("a", "x"), sources.at("b", "y"), sources.at("a", "z")] == ["E1", "E2", "E1"]
    assert [(each.id, each.place, each.text) for each in sources.all] == [("E1", "a", "x"), ("E2", "b", "y")]


def test_places_lead_into_the_incident_s_folder() -> None:
    incident = course(said(zombie()))
    sources, examined = Sources(), incident.examined[0]
    sources.record(incident, "/since_s", "")
    sources.diagnosis(incident, examined, "/verdicts/0", "")
    sources.evidence(incident, examined, examined.diagnosis.evidence[0])
    record, diagnosis, evidence = (each.place for each in sources.all)
    assert record == "2026-11-22-3/incident.json#/since_s"
    assert diagnosis == "2026-11-22-3/001-diagnosis.json#/verdicts/0"
    assert evidence.startswith("2026-11-22-3/001-evidence.tar.gz: ")


def test_a_reader_meets_them_in_the_order_of_their_numbers() -> None:
    report = build(given(course(said(zombie()))))
    met = [ref for each in report.summary for ref in each.refs]
    met += [ref for each in report.scene for ref in each.refs]
    met += [ref for each in report.timeline for ref in each.refs]
    assert list(dict.fromkeys(met)) == [f"E{number}" for number in range(1, len(set(met)) + 1)]
