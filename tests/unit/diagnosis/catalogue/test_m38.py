import pytest
from tests.unit.diagnosis.arguing import PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import driver

from farshore.diagnosis.catalogue.m38 import CAUSE

ROWS = [
    Row(
        "_looked_up",
        (driver("The connection to the host gw, named instance ledger failed"),),
        PROVEN,
        (driver("The TCP/IP connection to the host gw, port 8082 has failed. Error: connect timed out"),),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
