import pytest
from tests.unit.diagnosis.arguing import LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import DECLINED, driver

from farshore.diagnosis.catalogue.m40 import CAUSE

TWICE = "SQLServerException: Two or more redirections have occurred. ClientConnectionId:5d0"

ROWS = [
    Row(
        "_routed",
        (driver("The connection was routed to replica.internal, port 1433"),),
        PROVEN,
        (driver("The ticket was routed to the reporting team; the report 1433 follows"),),
        None,
    ),
    Row("_redirected", (driver(TWICE),), LIKELY, (driver(DECLINED),), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
