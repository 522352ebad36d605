import pytest
from tests.unit.diagnosis.arguing import POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import HANGS, OTHER
from tests.unit.diagnosis.texts import DECLINED, DIED, ROUTER, SUBNET, driver, ended, peer, status

from farshore.diagnosis.catalogue.m19 import CAUSE

PRIMARY = {"PrimaryRoutes": [SUBNET]}


def primary(of: str) -> str:
    """What the gateway's tailscaled says while one of the two routers is primary."""
    return status(*({**peer(name, address), **(PRIMARY if of == name else {})} for name, address in ROUTERS))


ROUTERS = (("ferry-a", ROUTER), ("ferry-b", OTHER))
MOVED = (primary("ferry-a"), primary("ferry-b"))
STAYED = (primary("ferry-a"), primary("ferry-a"))

ROWS = [
    Row("_moved_and_broke", (*MOVED, driver(DIED)), PROVEN, (*STAYED, driver(DIED)), None),
    Row("_moved_and_broke", (*MOVED, driver(DIED)), PROVEN, (*MOVED, driver(DECLINED)), None),
    Row(
        "_moved_and_broke",
        (*MOVED, ended("upstream.transfer.reset")),
        PROVEN,
        (*MOVED, ended("upstream.transfer.reset", target="10.9.9.7:1433")),
        None,
    ),
    Row(
        "_moved_and_broke",
        (*MOVED, driver(DIED)),
        PROVEN,
        (MOVED[0], MOVED[1].replace('"HostName": "gw"', '"HostName": "gull"'), driver(DIED)),
        None,
    ),
    Row("_moved", (*MOVED, HANGS), POSSIBLE, (*MOVED, ended("tailnet.dial.no-answer", target="10.9.9.7:1433")), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
