"""The values that rules are told of."""

from farshore.watch.alerts.seen import IncidentSeen


def test_an_incident_that_nobody_has_examined_names_nothing() -> None:
    seen = IncidentSeen(id="2026-11-23-1", since_s=1.0, opened_s=2.0, routes=("a",))
    assert (seen.is_concluded, seen.code, seen.root) == (False, None, "")
