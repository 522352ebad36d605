import pytest
from tests.unit.diagnosis.arguing import LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import DECLINED, driver, event

from farshore.diagnosis.catalogue.m40 import CAUSE

TWICE = "SQLServerException: Two or more redirections have occurred. ClientConnectionId:5d0"

ROWS = [
    # What the gateway itself saw in passing.
    Row(
        "_routed",
        (event("client-redirected", route="ledger", protocol="sqlserver", to="10.2.0.7:1526"),),
        PROVEN,
        (event("client-redirected", route="ledger", protocol="oracle", to="10.2.0.7:1526"),),
        None,
    ),
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
