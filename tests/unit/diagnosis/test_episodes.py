from msgspec.structs import replace
from tests.unit.diagnosis.making import evidence, failed, moment, pong, unanswered

from farshore.diagnosis.episodes import MOST, episodes, times
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed
from farshore.diagnosis.facts.statements import StatementMade


def test_a_long_quiet_begins_another_spell_and_the_undated_belong_to_all() -> None:
    early, late, undated = failed(time=moment("05:00")), failed(time=moment("09:00")), unanswered("100.64.0.2")
    near, between = failed(time=moment("05:08")), replace(pong("100.64.0.3"), evidence=evidence("b", moment("07:00")))
    assert episodes([early, near, between, late, undated], (DialFailed,)) == [[early, near, undated], [late, undated]]


def test_what_stands_beside_something_dated_is_as_old_as_that() -> None:
    early, beside, late = failed(time=moment("05:00")), failed(), failed(time=moment("09:00"))
    places = ((early, 10), (beside, 12), (late, 400))
    facts = [replace(fact, evidence=replace(fact.evidence, source="note.md", line=line)) for fact, line in places]
    assert episodes(facts, (DialFailed,)) == [facts[:2], facts[2:]]


def test_a_short_quiet_does_not() -> None:
    facts = [failed(time=moment("05:00")), failed(time=moment("05:25")), failed(time=moment("05:50"))]
    assert episodes(facts, (DialFailed,)) == [facts]


def test_a_record_that_flaps_for_weeks_is_argued_as_one() -> None:
    facts = [failed(time=moment(f"{hour}:00", day=day)) for day in (1, 2, 3) for hour in range(0, 24, 2)]
    assert len(facts) > MOST
    assert episodes(facts, (DialFailed,)) == [facts]


def test_in_a_note_the_nearest_is_looked_for_under_the_same_heading() -> None:
    def at_line(fact: Fact, line: int) -> Fact:
        return replace(fact, evidence=replace(fact.evidence, source="note.md", line=line))

    def under(heading: str, line: int) -> Fact:
        return at_line(StatementMade(evidence=evidence(), text="So it was", heading=heading), line)

    early, late = at_line(failed(time=moment("05:00")), 10), at_line(failed(time=moment("09:00")), 104)
    sums_up, of_neither = at_line(failed(), 98), at_line(failed(), 201)
    facts = [under("Notes > One", 5), early, sums_up, under("Notes > Two", 102), late]
    assert times(facts)[2] == moment("05:00").at
    assert times([early, sums_up, late])[1] == moment("09:00").at
    assert times([*facts, under("Notes > Three", 200), of_neither])[-1] == moment("09:00").at
