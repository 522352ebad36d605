import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import (
    ANSWERS,
    DIAL_LEAKED,
    DIAL_REFUSED,
    HANGS,
    MUTE,
    REPLY_1,
    device,
    devices,
    health,
    pending_flow,
    prefs,
    router_log,
    said,
)
from tests.unit.diagnosis.texts import TARGET, dial, doctor, lines, peer, status

from farshore.diagnosis.catalogue.m10 import CAUSE

KNOWN = status(peer())
UP = prefs("ferry-a", ShieldsUp=True)
NOT_FORWARDED = "Subnet routing is enabled, but IP forwarding is disabled."
DROP = said(f"Drop: TCP{{100.64.0.1:5 > {TARGET}}} 60 no rules matched", by="ferry-a")

ROWS = [
    Row("_shields", (KNOWN, HANGS, UP), PROVEN, (KNOWN, HANGS, prefs("gw", ShieldsUp=True)), POSSIBLE),
    Row(
        "_shields",
        (HANGS, devices(device(blocksIncomingConnections=True))),
        PROVEN,
        (DIAL_REFUSED, devices(device(blocksIncomingConnections=True))),
        None,
    ),
    Row(
        "_shields_rejected",
        (pending_flow("rejected due to shields"),),
        PROVEN,
        (pending_flow("rejected due to acl"),),
        None,
    ),
    Row(
        "_no_forwarding",
        (KNOWN, HANGS, health(NOT_FORWARDED, by="ferry-a")),
        PROVEN,
        (KNOWN, HANGS, health(NOT_FORWARDED, by="gw")),
        POSSIBLE,
    ),
    Row(
        "_no_forwarding_somewhere",
        (KNOWN, HANGS, health(NOT_FORWARDED)),
        LIKELY,
        (KNOWN, HANGS, lines(health(NOT_FORWARDED), said("health(warnable=x): ok"))),
        POSSIBLE,
    ),
    Row("_dropped", (KNOWN, DROP), POSSIBLE, (KNOWN, DROP.replace("10.9.8.7", "10.9.9.7")), None),
    Row("_hidden", (KNOWN, DROP, REPLY_1), POSSIBLE, (KNOWN, REPLY_1), None),
    Row("lost_behind", (KNOWN, HANGS, ANSWERS), POSSIBLE, (KNOWN, HANGS), POSSIBLE),
    Row("dial_answered", (KNOWN, lines(HANGS, DIAL_REFUSED)), CONTRADICTED, (KNOWN, lines(HANGS, REPLY_1)), POSSIBLE),
    Row(
        "not_through_tailnet",
        (KNOWN, lines(HANGS, DIAL_LEAKED)),
        CONTRADICTED,
        (KNOWN, lines(HANGS, REPLY_1)),
        POSSIBLE,
    ),
    Row(
        "router_dialled",
        (KNOWN, HANGS, router_log("i/o timeout")),
        CONTRADICTED,
        (KNOWN, HANGS, DROP),
        POSSIBLE,
    ),
    Row(
        "_others_pass",
        (KNOWN, HANGS, health(NOT_FORWARDED), doctor(dial(target="10.9.8.7:22"))),
        POSSIBLE,
        (KNOWN, HANGS, health(NOT_FORWARDED), doctor(dial(target="10.9.9.7:22"))),
        LIKELY,
    ),
    Row("router_dead", (KNOWN, HANGS, health(NOT_FORWARDED), MUTE), POSSIBLE, (KNOWN, HANGS, ANSWERS), POSSIBLE),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
