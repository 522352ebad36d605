import pytest
from tests.unit.diagnosis.arguing import PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import driver, event

from farshore.diagnosis.catalogue.m39 import CAUSE

ADDRESS = "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=rac2)(PORT=1521)))"

ROWS = [
    # What the gateway itself saw in passing.
    Row(
        "_sent_elsewhere",
        (event("client-redirected", route="ledger", protocol="oracle", to="10.2.0.7:1526"),),
        PROVEN,
        (event("client-redirected", route="ledger", protocol="sqlserver", to="10.2.0.7:1526"),),
        None,
    ),
    # A client that the gateway sent to a route of its own is not lost.
    Row(
        "_sent_elsewhere",
        (event("client-redirected", route="ledger", protocol="oracle", to="rac2:1521"),),
        PROVEN,
        (event("client-redirect-rewritten", route="ledger", to="rac2:1521", instead="10.0.0.7:1522"),),
        None,
    ),
    Row(
        "_sent_elsewhere",
        (driver(f"nsc2addr: {ADDRESS}"),),
        PROVEN,
        (driver(f"ORA-12170: TNS:Connect timeout occurred {ADDRESS}"),),
        None,
    ),
    # A server of another make that sends its client on is M40.
    Row(
        "_sent_elsewhere",
        (driver(f"nsc2addr: {ADDRESS}"),),
        PROVEN,
        (driver("The connection was routed to rac2, port 1521"),),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
