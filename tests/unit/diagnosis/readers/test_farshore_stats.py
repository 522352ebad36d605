import json

from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.gateway import PathShifted

DOWN = {"name": "r1", "target": "10.9.8.7:1433", "state": "closed", "patience_ms": 250.0, "health": "down"}
STEPPED_BACK = {"name": "r2", "state": "open", "patience_ms": 250.0, "health": "unknown", "health_reason": "nothing"}


def stats(*paths: dict[str, object]) -> str:
    return json.dumps({"version": "0.1.0", "routes": [{"name": "ledger", "paths": list(paths)}]})


def test_what_is_known_of_each_path_is_a_fact_with_its_place() -> None:
    facts = read_by("a gateway's routes", stats(DOWN | {"health_reason": "no pong"}, STEPPED_BACK)).facts
    shifted = [fact for fact in facts if isinstance(fact, PathShifted)]
    assert [(each.route, each.path, each.now, each.reason) for each in shifted] == [
        ("ledger", "r1", "down", "no pong"),
        ("ledger", "r2", "open", ""),
    ]
    assert [each.ref for each in shifted] == ["x#/routes/0/paths/0", "x#/routes/0/paths/1"]


def test_what_is_written_otherwise_is_said_to_be_unread() -> None:
    reading = read_by("a gateway's routes", '{"routes": [{"paths": [{"patience_ms": 1}]}]}')
    assert (reading.facts, len(reading.unread)) == ((), 1)
