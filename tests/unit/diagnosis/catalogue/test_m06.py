import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import (
    ANSWERS,
    DIAL_HUNG,
    DIAL_LEAKED,
    DIAL_REFUSED,
    DIAL_UNREACHABLE,
    HANGS,
    MUTE,
    refused_after,
    router_log,
    router_report,
)
from tests.unit.diagnosis.texts import dial, doctor, ended, lines, peer, status

from farshore.diagnosis.catalogue.m06 import CAUSE

ROWS = [
    Row(
        "_router_cannot",
        (router_log("connect: no route to host"),),
        PROVEN,
        (router_log("connect: connection refused"),),
        None,
    ),
    Row("_router_cannot", (router_log("i/o timeout"),), PROVEN, (DIAL_LEAKED,), None),
    Row("_unreachable", (DIAL_UNREACHABLE,), LIKELY, (DIAL_UNREACHABLE.replace("connect tcp", "dial tcp"),), None),
    Row(
        "_unreachable_from_here",
        (ended("target.dial.unreachable", detail="No route to host"),),
        LIKELY,
        (ended("target.dial.refused", detail="Connection refused"),),
        None,
    ),
    Row("_after_arp", (doctor(refused_after(3.07)),), LIKELY, (doctor(refused_after(2.8)),), None),
    Row("_after_arp", (doctor(refused_after(3.07)),), LIKELY, (doctor(refused_after(3.6)),), None),
    Row("lost_behind", (status(peer()), HANGS, ANSWERS), POSSIBLE, (status(peer()), HANGS, MUTE), POSSIBLE),
    Row("nobody_answered", (DIAL_HUNG,), POSSIBLE, (DIAL_REFUSED,), None),
    Row("_leaked", (lines(DIAL_UNREACHABLE, DIAL_LEAKED),), CONTRADICTED, (DIAL_UNREACHABLE,), LIKELY),
    Row(
        "_reached",
        (DIAL_UNREACHABLE, doctor(dial())),
        POSSIBLE,
        (DIAL_UNREACHABLE, doctor(dial(clock="09:14:03"))),
        LIKELY,
    ),
    Row(
        "reached_from_router",
        (DIAL_UNREACHABLE, router_report("ok")),
        POSSIBLE,
        (DIAL_UNREACHABLE, router_report("ok", clock="11:14:03")),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
