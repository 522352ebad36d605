import pytest
from tests.unit.diagnosis.arguing import LIKELY, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import health, said
from tests.unit.diagnosis.texts import lines, peer, status

from farshore.diagnosis.catalogue.m14 import CAUSE

NO_POLL = health("Unable to connect to the Tailscale coordination server.", "not-in-map-poll")
CUT = status(peer()).replace('"Online": true}, "Peer"', '"Online": false}, "Peer"')

ROWS = [
    Row("_both", (CUT, NO_POLL), PROVEN, (status(peer()), NO_POLL), LIKELY),
    Row("_warned", (NO_POLL,), LIKELY, (lines(NO_POLL, said("health(warnable=not-in-map-poll): ok")),), None),
    Row(
        "_warned",
        (NO_POLL,),
        LIKELY,
        (status(peer()), NO_POLL.replace("Z health", "Z ferry-a tailscaled[7]: health")),
        None,
    ),
    Row("_offline", (CUT,), LIKELY, (CUT.replace("Running", "NeedsLogin"),), None),
    Row("_offline", (CUT,), LIKELY, (status(peer()), CUT.replace('"HostName": "gw"', '"HostName": "ferry-a"')), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
