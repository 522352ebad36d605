import pytest
from tests.unit.diagnosis.arguing import PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import CLOSED, DECLINED, driver

from farshore.diagnosis.catalogue.m37 import CAUSE

ROWS = [
    Row("_declined", (driver(DECLINED),), PROVEN, (driver(CLOSED),), None),
    Row(
        "_full",
        (driver("FATAL: sorry, too many clients already"),),
        PROVEN,
        (driver("HikariPool-1 - Connection is not available, request timed out after 30000ms."),),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
