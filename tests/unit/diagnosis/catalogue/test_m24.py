import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import AT, TARGET, lines, refused_here

from farshore.diagnosis.catalogue.m24 import CAUSE

OVER_6 = refused_here("[::1]:1055")
GENERAL = f"{AT}Z socks connect tcp localhost:1055->{TARGET}: unknown error general SOCKS server failure"


def copied(egress: str) -> str:
    host = egress.rpartition(":")[0]
    return f"{AT}Z copying: readfrom tcp {host}:51234->{egress}: use of closed network connection"


ROWS = [
    Row("_refused_beside_answers", (lines(OVER_6, GENERAL),), PROVEN, (lines(refused_here(), GENERAL),), None),
    Row("_refused", (OVER_6,), POSSIBLE, (refused_here(),), None),
    Row(
        "_came_about",
        (lines(OVER_6, copied("[::1]:1055")),),
        CONTRADICTED,
        (lines(OVER_6, copied("127.0.0.1:1055")),),
        POSSIBLE,
    ),
    Row(
        "_came_about",
        (lines(OVER_6, copied("[::1]:1055")),),
        CONTRADICTED,
        (lines(OVER_6, copied("[::1]:5432")),),
        POSSIBLE,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
