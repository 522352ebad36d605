import pytest
from tests.unit.diagnosis.arguing import POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import DIED, NO_TLS, driver

from farshore.diagnosis.catalogue.m42 import CAUSE

ROWS = [
    Row(
        "_certificate",
        (driver("PKIX path building failed: unable to find valid certification path"),),
        PROVEN,
        (driver(NO_TLS),),
        POSSIBLE,
    ),
    Row("_failed", (driver(NO_TLS),), POSSIBLE, (driver(DIED),), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
