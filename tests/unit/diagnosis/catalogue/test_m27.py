import pytest
from tests.unit.diagnosis.arguing import PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import ended

from farshore.diagnosis.catalogue.m27 import CAUSE

ROWS = [
    Row("_silent", (ended("egress.handshake.timeout"),), PROVEN, (ended("egress.handshake.closed"),), None),
    Row("_silent", (ended("egress.connect.timeout"),), PROVEN, (ended("egress.connect.refused"),), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
