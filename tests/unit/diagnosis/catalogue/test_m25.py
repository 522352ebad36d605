import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import ended, lines, pod, refused_here

from farshore.diagnosis.catalogue.m25 import CAUSE

ROWS = [
    Row("_soon_after_start", (pod("09:13"), refused_here()), PROVEN, (pod("09:11"), refused_here()), None),
    Row("_just_started", (ended("egress.dial.starting"),), LIKELY, (ended("tailnet.dial.no-answer"),), None),
    # A port that stays closed is no matter of the start, whatever failed first.
    Row(
        "_long_after",
        (pod("09:13"), lines(refused_here(), refused_here(clock="09:20:00"))),
        POSSIBLE,
        (pod("09:13"), lines(refused_here(), refused_here(clock="09:14:50"))),
        PROVEN,
    ),
    # What came before the only start that is known tells of the pod before.
    Row(
        "_long_after",
        (pod("09:13"), ended("egress.dial.starting", "09:20:00")),
        CONTRADICTED,
        (pod("09:13"), ended("egress.dial.starting", "09:10:00")),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
