import pytest
from tests.unit.diagnosis.arguing import PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import ended

from farshore.diagnosis.catalogue.m35 import CAUSE

ROWS = [
    Row(
        "_unknown",
        (ended("egress.dial.name-unknown", target="ledger.internal:1433"),),
        PROVEN,
        (ended("egress.dial.name-unknown"),),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
