import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.making import at, evidence, failed, reached
from tests.unit.diagnosis.tailnet_texts import DIAL_HUNG, DIAL_LEAKED, HANGS, MUTE, REPLY_1, said
from tests.unit.diagnosis.texts import dial, doctor, lines, peer, status

from farshore.diagnosis.catalogue.m12 import CAUSE
from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.verdict import Confidence

TARGET = "10.9.8.7:1433"


def hung(clock: str) -> Fact:
    return failed(Wording.DEADLINE, time=at(clock))


def cold(*facts: Fact) -> Confidence | None:
    found = {finding.cause.code: finding.confidence for finding in diagnose(facts).findings}
    return found.get("M12")


def test_once_may_be_chance_and_twice_is_a_pattern() -> None:
    once = [reached(TARGET, at("05:40:00")), hung("05:43:00"), reached(TARGET, at("05:43:08"))]
    again = [hung("05:47:00"), reached(TARGET, at("05:47:09"))]
    assert cold(*once) is Confidence.POSSIBLE
    assert cold(*once, *again) is Confidence.PROVEN


def test_a_dial_that_hangs_in_the_middle_of_traffic_was_not_cold() -> None:
    busy = [reached(TARGET, at(f"05:42:{second}")) for second in (10, 30, 50)]
    assert cold(*busy, hung("05:43:00"), reached(TARGET, at("05:43:08")), hung("05:43:20")) is Confidence.POSSIBLE


def test_a_retry_that_comes_late_shows_nothing() -> None:
    assert cold(reached(TARGET, at("05:40:00")), hung("05:43:00"), reached(TARGET, at("05:45:00"))) is None


def test_without_times_there_is_no_order() -> None:
    assert cold(reached(TARGET), failed(Wording.DEADLINE), reached(TARGET)) is None
    assert evidence().time is None


TIMES = ("09:10:00", "09:13:00", "09:13:08", "09:16:00", "09:16:08")


def dials(*clocks: str) -> str:
    """One that came about, and then by turns one that hung and one that came about."""
    ends = (DialEnd.CONNECTED, *(DialEnd.SILENT, DialEnd.CONNECTED) * 2)
    return doctor(*(dial(end, clock=clock) for end, clock in zip(ends, clocks, strict=False)))


DROPPED = said("magicsock: closing connection to derp-901 (rebind-no-localaddr), age 2m10s", "09:12:00")
CAME_BACK = said("magicsock: derp-901 connected; connGen=1", "09:14:04")
TWICE = dials(*TIMES)

ROWS = [
    Row(
        "_again_and_again",
        (TWICE,),
        PROVEN,
        (dials("09:10:00", "09:13:00", "09:13:08", "09:13:30", "09:13:38"),),
        POSSIBLE,
    ),
    Row("_again_and_again", (TWICE,), PROVEN, (dials("09:10:00", "09:13:00", "09:13:08", "09:16:00"),), POSSIBLE),
    Row(
        "_retried",
        (dials("09:10:00", "09:13:00", "09:13:30"),),
        POSSIBLE,
        (dials("09:10:00", "09:13:00", "09:13:31"),),
        None,
    ),
    Row(
        "_relay_came_late",
        (lines(DROPPED, DIAL_HUNG, CAME_BACK),),
        LIKELY,
        (lines(DROPPED.replace("rebind-no-localaddr", "zero-private-key"), DIAL_HUNG, CAME_BACK),),
        None,
    ),
    Row(
        "_relay_came_late",
        (lines(DROPPED, DIAL_HUNG, CAME_BACK),),
        LIKELY,
        (lines(DROPPED, DIAL_HUNG, CAME_BACK.replace("09:14:04", "09:14:18")),),
        None,
    ),
    Row("not_through_tailnet", (TWICE, DIAL_LEAKED), POSSIBLE, (TWICE, REPLY_1), PROVEN),
    Row(
        "_silent",
        (status(peer()), lines(DROPPED, DIAL_HUNG, CAME_BACK), HANGS, MUTE),
        POSSIBLE,
        (status(peer()), lines(DROPPED, DIAL_HUNG, CAME_BACK), HANGS),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
