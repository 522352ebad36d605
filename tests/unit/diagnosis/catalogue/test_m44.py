import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, Row, argued, rule_in
from tests.unit.diagnosis.texts import AT, CLOSED, driver, ended, note

from farshore.diagnosis.catalogue.m44 import CAUSE

TEARDOWN = f"{AT}Z copy ended: readfrom tcp 127.0.0.1:40118->127.0.0.1:1055: use of closed network connection"


def checks(failed: int) -> str:
    return note("Total queries: 8,640", f"Failed queries: {failed}")


ROWS = [
    Row("_teardown_beside_success", (TEARDOWN, checks(failed=0)), LIKELY, (TEARDOWN, checks(failed=1)), None),
    Row(
        "_teardown_beside_success",
        (TEARDOWN, checks(failed=0)),
        LIKELY,
        (TEARDOWN.replace("use of closed network connection", "connection reset by peer"), checks(failed=0)),
        None,
    ),
    Row(
        "_clients_failed",
        (TEARDOWN, checks(failed=0), driver(CLOSED)),
        CONTRADICTED,
        (TEARDOWN, checks(failed=0), ended("gateway.transfer.idle")),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
