import pytest
from tests.unit.diagnosis.arguing import POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import netcheck, pings
from tests.unit.diagnosis.texts import lines

from farshore.diagnosis.catalogue.m11 import CAUSE

DIRECT = "198.51.100.7:41641"
RELAYED = pings("DERP(lab)", "DERP(lab)", flags="")
ONCE = pings("DERP(lab)", flags="")
GAVE_UP = "direct connection not established"

ROWS = [
    Row("_relayed_all_along", (RELAYED,), PROVEN, (ONCE,), None),
    Row("_relayed_all_along", (RELAYED,), PROVEN, (pings("DERP(lab)", "DERP(lab)", DIRECT, flags=""),), None),
    Row("_gave_up", (lines(ONCE, GAVE_UP),), PROVEN, (lines(pings(DIRECT, flags=""), GAVE_UP),), None),
    Row("_no_udp", (ONCE, netcheck("lab", udp=False)), PROVEN, (ONCE, netcheck("lab")), None),
    Row(
        "_direct",
        (lines(ONCE, GAVE_UP, pings(DIRECT, flags="")),),
        POSSIBLE,
        (lines(pings(DIRECT, flags=""), ONCE, GAVE_UP),),
        PROVEN,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
