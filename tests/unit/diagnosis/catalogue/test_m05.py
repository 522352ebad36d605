import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import (
    DIAL_HUNG,
    DIAL_LEAKED,
    DIAL_REFUSED,
    REPLY_1,
    pending_flow,
    refused_after,
    router_log,
    router_report,
    socks_failed,
)
from tests.unit.diagnosis.texts import CLOSED, TARGET, dial, doctor, driver, lines

from farshore.diagnosis.catalogue.m05 import CAUSE

RST = pending_flow("got RST by peer")


ROWS = [
    Row(
        "_router_refused",
        (router_log("connect: connection refused"),),
        PROVEN,
        (router_log("connect: no route to host"),),
        None,
    ),
    Row("_refused", (DIAL_REFUSED,), LIKELY, (DIAL_LEAKED,), None),
    Row("_refused", (doctor(refused_after(2.8)),), LIKELY, (doctor(refused_after(3.0)),), None),
    Row("_reset_seen", (RST,), LIKELY, (pending_flow("rejected due to acl"),), None),
    Row("silent_cause", (REPLY_1,), POSSIBLE, (DIAL_LEAKED,), None),
    Row("failed_fast", (doctor(socks_failed(0.8)),), POSSIBLE, (doctor(socks_failed(1.0)),), POSSIBLE),
    Row(
        "reset_before_reply",
        (driver("Failed to initialize pool: Connection reset ClientConnectionId:5d0"),),
        POSSIBLE,
        (driver(CLOSED),),
        None,
    ),
    Row("_leaked", (lines(DIAL_REFUSED, DIAL_LEAKED),), CONTRADICTED, (DIAL_REFUSED,), LIKELY),
    Row("failed_at_deadline", (doctor(socks_failed(5.0)),), CONTRADICTED, (doctor(socks_failed(5.7)),), POSSIBLE),
    Row("_hung", (lines(DIAL_REFUSED, DIAL_HUNG),), CONTRADICTED, (lines(DIAL_REFUSED, REPLY_1),), LIKELY),
    Row(
        "_hung",
        (lines(DIAL_REFUSED, DIAL_HUNG),),
        CONTRADICTED,
        (lines(DIAL_REFUSED, DIAL_REFUSED.replace(TARGET, "10.9.8.9:5432"), DIAL_HUNG),),
        LIKELY,
    ),
    Row(
        "_reached",
        (DIAL_REFUSED, doctor(dial())),
        POSSIBLE,
        (DIAL_REFUSED, doctor(dial(clock="09:14:03"))),
        LIKELY,
    ),
    Row(
        "reached_from_router",
        (DIAL_REFUSED, router_report("ok")),
        POSSIBLE,
        (DIAL_REFUSED, router_report("ok", clock="11:14:03")),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
