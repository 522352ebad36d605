import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, Row, argued, rule_in
from tests.unit.diagnosis.texts import CLOSED, doctor, driver, ended, greeted

from farshore.diagnosis.catalogue.m36 import CAUSE

HUNG_UP = ended("upstream.first-byte.closed")

ROWS = [
    Row("_closed_without_a_byte", (HUNG_UP,), LIKELY, (ended("upstream.transfer.closed"),), None),
    Row(
        "_driver_saw_an_end",
        (driver(CLOSED),),
        POSSIBLE,
        (driver("SQLServerException: Error reading prelogin response: Connection reset"),),
        None,
    ),
    Row("_hung_up", (doctor(greeted("tds", "", hung_up=True)),), LIKELY, (doctor(greeted("tds", "")),), POSSIBLE),
    Row("_silent", (doctor(greeted("tds", "")),), POSSIBLE, (doctor(greeted("tds", "ssh")),), None),
    Row(
        "_greets",
        (HUNG_UP, doctor(greeted("tds", "tds", "09:20:00"))),
        POSSIBLE,
        (HUNG_UP, doctor(greeted("tds", "tds", "09:40:00"))),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
