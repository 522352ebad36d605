import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import CLOSED, doctor, driver, ended, greeted

from farshore.diagnosis.catalogue.m30 import CAUSE

WRONG = "SQLServerException: Unexpected response type:72. ClientConnectionId:5d0"

ROWS = [
    Row("_other_protocol", (doctor(greeted("tds", "ssh")),), PROVEN, (doctor(greeted("tds", "tds")),), None),
    Row(
        "_route_mistaken",
        (ended("target.first-byte.wrong-protocol"),),
        PROVEN,
        (ended("upstream.first-byte.closed"),),
        None,
    ),
    Row("_other_egress", (ended("egress.handshake.malformed"),), PROVEN, (ended("egress.handshake.closed"),), None),
    Row("_driver_read_other", (driver(WRONG),), LIKELY, (driver(CLOSED),), None),
    Row(
        "_right_protocol",
        (driver(WRONG), doctor(greeted("tds", "tds"))),
        POSSIBLE,
        (driver(WRONG), doctor(greeted("tds", ""))),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
