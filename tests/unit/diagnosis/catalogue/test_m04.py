import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import ANSWERS, HANGS, MUTE, OTHER, pings
from tests.unit.diagnosis.texts import SUBNET, at, peer, status

from farshore.diagnosis.catalogue.m04 import CAUSE

WIDE = peer("ferry-b", OTHER, "10.9.0.0/16")
OFFLINE = {"Online": False, "LastSeen": at("08:41")}
GONE = peer(Online=False, LastSeen=at("08:41"))
BOTH = status(peer(), WIDE)
B_ANSWERS = pings("TSMP", of=OTHER)

ROWS = [
    Row("_shadowed", (BOTH, HANGS, MUTE, B_ANSWERS), PROVEN, (BOTH, HANGS, MUTE, pings("timeout", of=OTHER)), LIKELY),
    Row(
        "_shadowed",
        (status(GONE, WIDE), HANGS, B_ANSWERS),
        PROVEN,
        (status(peer(), WIDE), HANGS, B_ANSWERS),
        None,
    ),
    Row(
        "_shadowed_online",
        (status(GONE, WIDE), HANGS),
        LIKELY,
        (status(GONE, peer("ferry-b", OTHER, "10.8.0.0/16")), HANGS),
        None,
    ),
    Row(
        "_shadowed_online",
        (status(GONE, WIDE), HANGS),
        LIKELY,
        (status(GONE, {**WIDE, **OFFLINE}), HANGS),
        None,
    ),
    # Another router of the same prefix stands by for it: that is failover, and not a shorter prefix.
    Row(
        "_shadowed_online",
        (status(GONE, WIDE), HANGS),
        LIKELY,
        (status(GONE, {**WIDE, "AllowedIPs": [SUBNET]}), HANGS),
        None,
    ),
    Row(
        "_lives",
        (status(GONE, WIDE), HANGS, ANSWERS),
        CONTRADICTED,
        (status(GONE, WIDE), HANGS, pings("ICMP", flags="--icmp")),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
