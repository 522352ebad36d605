import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import ANSWERS, DIAL_HUNG, MUTE, OTHER, REPLY_1, health, netcheck, pings
from tests.unit.diagnosis.texts import peer, status

from farshore.diagnosis.catalogue.m13 import CAUSE

NO_HOME = "Tailscale could not connect to any relay server."
BOTH_MUTE = (MUTE, pings("timeout", of=OTHER))
KNOWN = status(peer())

ROWS = [
    Row("_no_relay", (DIAL_HUNG, netcheck()), PROVEN, (REPLY_1, netcheck()), None),
    Row("_no_relay", (MUTE, netcheck()), PROVEN, (MUTE, netcheck("lab")), None),
    Row("_no_home", (MUTE, health(NO_HOME)), LIKELY, (ANSWERS, health(NO_HOME)), POSSIBLE),
    Row(
        "_no_home",
        (KNOWN, MUTE, health(NO_HOME, by="gw")),
        LIKELY,
        (KNOWN, MUTE, health(NO_HOME, by="ferry-a")),
        None,
    ),
    Row("_warned", (health("x", "derp-timed-out"),), POSSIBLE, (health("x", "update-available"),), None),
    Row("_all_silent", BOTH_MUTE, POSSIBLE, (MUTE, MUTE), None),
    Row(
        "_answered",
        (*BOTH_MUTE, health(NO_HOME), pings("DERP(lab)", flags="")),
        POSSIBLE,
        (*BOTH_MUTE, health(NO_HOME), ANSWERS),
        LIKELY,
    ),
    Row("_reached_relays", (*BOTH_MUTE, netcheck("lab")), CONTRADICTED, (*BOTH_MUTE, netcheck()), PROVEN),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
