import pytest
from tests.unit.diagnosis.arguing import LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import driver, lines

from farshore.diagnosis.catalogue.m41 import CAUSE

TRIED = "* connect to 127.0.0.1 port"

ROWS = [
    Row(
        "_passive_failed",
        (driver("227 Entering Passive Mode (10,9,8,7,200,10): connect timed out"),),
        PROVEN,
        (driver("ftp: 425 Can't open data connection."),),
        LIKELY,
    ),
    Row(
        "_named_port_unreached",
        (lines(driver("< 227 Entering Passive Mode (10,9,8,7,200,10)."), f"{TRIED} 51210 failed: Connection refused"),),
        PROVEN,
        (lines(driver("< 227 Entering Passive Mode (10,9,8,7,200,10)."), f"{TRIED} 8021 failed: Connection refused"),),
        None,
    ),
    Row(
        "_no_data",
        (driver("ftp: 425 Can't open data connection."),),
        LIKELY,
        (driver("ftp: 426 Connection closed; transfer aborted."),),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
