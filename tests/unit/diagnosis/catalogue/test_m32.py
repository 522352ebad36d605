import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, Row, argued, rule_in
from tests.unit.diagnosis.texts import driver, ended

from farshore.diagnosis.catalogue.m32 import CAUSE

ROWS = [
    Row("_half_closed", (ended("gateway.transfer.half-close"),), LIKELY, (ended("gateway.transfer.idle"),), None),
    Row(
        "_truncated",
        (driver("curl: (18) transfer closed with 81920 bytes remaining to read"),),
        POSSIBLE,
        (driver("curl: (56) Recv failure: Connection reset by peer"),),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
