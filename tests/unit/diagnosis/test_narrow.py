from msgspec.structs import replace
from tests.unit.diagnosis.making import TARGET, evidence, failed, moment, pong, routing, unanswered

from farshore.core.address import parse_host_port
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Instant
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.narrow import Narrow
from farshore.diagnosis.verdict import Confidence


def at_line(fact: Fact, line: int, time: Instant | None = None) -> Fact:
    return replace(fact, evidence=replace(evidence(time=time), source="notes.md", line=line))


def test_it_keeps_the_moment_and_what_bears_no_time() -> None:
    then, later = failed(time=moment("05:00")), failed(time=moment("06:00"))
    undated = replace(failed(), evidence=replace(evidence(), source="elsewhere.txt"))
    assert Narrow(at=moment("05:05").at).keep([then, later, undated]) == [then, undated]
    assert Narrow(since=moment("05:30").at).keep([then, later, undated]) == [later, undated]


def test_what_bears_no_time_is_as_old_as_what_stands_beside_it() -> None:
    monday, tuesday = at_line(failed(), 10, moment("05:00", day=2)), at_line(failed(), 90, moment("05:00", day=3))
    beside = at_line(unanswered("100.64.0.2"), 80)
    assert Narrow(at=moment("05:00", day=2).at).keep([monday, beside, tuesday]) == [monday]
    assert Narrow(at=moment("05:00", day=3).at).keep([monday, beside, tuesday]) == [beside, tuesday]


def test_a_time_does_not_clear_a_cause_of_what_contradicts_it() -> None:
    facts = [
        at_line(failed(), 10, moment("05:00", day=2)),
        at_line(unanswered("100.64.0.2"), 80),
        at_line(routing("ferry-a", "100.64.0.2", "10.9.8.0/24"), 81),
        at_line(failed(elapsed_s=0.02), 90, moment("05:00", day=3)),
    ]
    whole, monday = diagnose(facts), diagnose(facts, narrow=Narrow(at=moment("05:00", day=2).at))
    assert {f.confidence for f in whole.findings if f.cause.code == "M01" and f.points} == {Confidence.CONTRADICTED}
    assert "M01" not in {v.finding.cause.code for v in monday.verdicts if v.finding is not None}


def test_it_keeps_the_target_and_what_names_none() -> None:
    mine, other, ping = failed(), failed(target="10.9.8.9:5432"), pong("100.64.0.2")
    assert Narrow(target=TARGET).keep([mine, other, ping]) == [mine, ping]
    assert Narrow().keep([mine, other, ping]) == [mine, other, ping]


def test_what_nothing_speaks_of_is_objected_to_with_what_there_is() -> None:
    facts = [failed(time=moment("05:00")), failed(target="10.9.8.9:5432", time=moment("06:00"))]
    assert Narrow(at=moment("05:05").at, target=TARGET).objection(facts) == ""
    assert "from 2026-03-04T05:00:00Z to 2026-03-04T06:00:00Z" in Narrow(since=moment("07:00").at).objection(facts)
    elsewhere = Narrow(target=parse_host_port("10.9.7.7:1433"))
    assert elsewhere.objection(facts).endswith("is about 10.9.7.7:1433; it is about 10.9.8.7:1433, 10.9.8.9:5432.")
    assert elsewhere.objection([pong("100.64.0.2")]) == ""
    assert elsewhere.objection([*facts, routing("ferry-a", "100.64.0.2", "10.9.7.0/24")]) == ""
    assert elsewhere.objection([*facts, routing("ferry-a", "100.64.0.2", "0.0.0.0/0")]) != ""
