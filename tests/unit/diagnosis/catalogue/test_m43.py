import pytest
from tests.unit.diagnosis.arguing import POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import NO_ANSWER, SLOW, driver

from farshore.diagnosis.catalogue.m43 import CAUSE

ROWS = [
    Row(
        "_waited",
        (driver("ERROR 1205 (HY000): Lock wait timeout exceeded; try restarting transaction"),),
        PROVEN,
        (driver(SLOW),),
        POSSIBLE,
    ),
    Row("_gave_up", (driver(SLOW),), POSSIBLE, (driver(NO_ANSWER),), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
