import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import DIED, SLOW, STALE, driver, ended, lines

from farshore.diagnosis.catalogue.m33 import CAUSE

IDLE = ended("gateway.transfer.idle", "09:14:02")

ROWS = [
    Row(
        "_closed_as_idle",
        (lines(IDLE, driver(STALE, "09:20:00")),),
        PROVEN,
        (lines(driver(STALE, "09:10:00"), IDLE),),
        LIKELY,
    ),
    Row(
        "_closed_as_idle",
        (lines(IDLE, driver(DIED, "09:20:00")),),
        PROVEN,
        (lines(IDLE, driver(SLOW, "09:20:00")),),
        None,
    ),
    Row("_stale", (driver(STALE),), LIKELY, (driver(DIED),), POSSIBLE),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
