import pytest
from tests.unit.diagnosis.arguing import POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import REPLY_1
from tests.unit.diagnosis.texts import AT, TARGET, ended, lines, refused_here

from farshore.diagnosis.catalogue.m23 import CAUSE

ROWS = [
    Row("_refused", (refused_here(),), PROVEN, (refused_here("[::1]:1055"),), POSSIBLE),
    Row("_not_permitted", (ended("egress.connect.not-permitted"),), PROVEN, (ended("egress.connect.timeout"),), None),
    Row(
        "_refused_over_ipv6",
        (refused_here("[::1]:1055"),),
        POSSIBLE,
        (f"{AT}Z socks connect tcp [::1]:1055->{TARGET}: unknown error general SOCKS server failure",),
        None,
    ),
    Row("egress_answered", (lines(refused_here(), REPLY_1),), PROVEN, (lines(refused_here(), refused_here()),), PROVEN),
    Row(
        "owner_unconfirmed", (ended("gateway.dial.owner-unconfirmed"),), POSSIBLE, (ended("gateway.dial.limit"),), None
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
