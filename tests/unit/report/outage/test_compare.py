"""Two outages side by side."""

from dataclasses import replace

from tests.unit.diagnosis.making import failed
from tests.unit.report.outage.outages import HELPED, course, given, said, zombie

from farshore.diagnosis.facts.dials import Wording
from farshore.report.outage.build import build

M01, REFUSED, UNDECIDED = said(zombie()), said([failed(Wording.TAILNET_REFUSED)]), said([failed(Wording.DEADLINE)])


def test_the_same_cause_at_the_same_place_is_said_and_the_recovery_of_each() -> None:
    earlier = given(course(M01, name="2026-11-01-1", remedies=(HELPED,), proven=True))
    comparison = build(given(course(M01)), earlier).comparison
    assert comparison is not None
    assert (comparison.this, comparison.other) == ("2026-11-22-3", "2026-11-01-1")
    assert comparison.said.text == "The same cause, M01, at the same place (r1)."
    rows = {row.aspect: row for row in comparison.rows}
    assert rows["cause"].same
    assert not rows["recovery"].same
    assert rows["recovery"].this == "by itself or by hand"
    assert rows["recovery"].other == "after restart-tailscaled on /run/ts.sock"
    assert rows["connections failed"].this == "not known"


def test_different_causes_are_different_outages() -> None:
    comparison = build(given(course(M01)), given(course(REFUSED, name="x-1"))).comparison
    assert comparison is not None
    assert comparison.said.text.startswith("Two different outages: M01 Zombie")
    assert "M05" in comparison.said.text


def test_what_was_not_decided_is_not_called_the_same() -> None:
    for other in (course(UNDECIDED, name="x-1"), course(name="x-1")):
        comparison = build(given(course(UNDECIDED)), given(other)).comparison
        assert comparison is not None
        assert "is not known" in comparison.said.text


def test_one_that_goes_on_says_so() -> None:
    open_ = given(course(M01, ended_s=None, closed_s=None, remedies=(replace(HELPED, result="failed"),)))
    comparison = build(open_, given(course(M01, name="x-1"))).comparison
    assert comparison is not None
    rows = {row.aspect: row for row in comparison.rows}
    assert rows["lasted"].this == "33 min 20 s, and goes on"
    assert rows["recovery"].this == "not yet"
