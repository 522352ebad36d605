import pytest
from tests.unit.diagnosis.arguing import LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import AT, ended, peer, status

from farshore.diagnosis.catalogue.m31 import CAUSE

KERNEL = "Mar  4 09:14:02 {host} kernel: nf_conntrack: nf_conntrack: table full, dropping packet"

ROWS = [
    Row(
        "_limit",
        (status(peer()), KERNEL.format(host="gw")),
        LIKELY,
        (status(peer()), KERNEL.format(host="ferry-a")),
        None,
    ),
    Row("_full", (ended("gateway.accept.route-full"),), PROVEN, (ended("gateway.accept.client-not-allowed"),), None),
    Row(
        "_limit",
        (f"{AT}Z accept tcp 0.0.0.0:8082: accept4: too many open files; retrying in 5ms",),
        LIKELY,
        (f"{AT}Z accept tcp 0.0.0.0:8082: accept4: connection aborted; retrying in 5ms",),
        None,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
