import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import (
    DIAL_LEAKED,
    DIAL_REFUSED,
    REPLY_1,
    health,
    pending,
    pings,
    refused_after,
    said,
    socks_failed,
)
from tests.unit.diagnosis.texts import ROUTER, dial, doctor, ended, lines, peer, status

from farshore.diagnosis.catalogue.m07 import CAUSE
from farshore.diagnosis.collected import DialEnd

NOT_A_ROUTE = doctor(dial(DialEnd.NOT_A_ROUTE))
NOT_ACCEPTED = "Some peers are advertising routes but --accept-routes is false"
STOPPED = status(peer(), state="Stopped")


def denied(destination: str) -> str:
    return f"Mar  4 09:14:02.100: edge/gw:43006 -> {destination} Policy denied DROPPED (TCP Flags: SYN)"


ROWS = [
    Row("_dial_self", (NOT_A_ROUTE,), PROVEN, (doctor(refused_after(0.02)),), CONTRADICTED),
    Row("_kernel_words", (DIAL_LEAKED,), PROVEN, (DIAL_LEAKED.replace("dial tcp", "connect tcp"),), None),
    Row("_refused_by_gateway", (ended("tailnet.dial.leak"),), PROVEN, (ended("tailnet.dial.no-answer"),), None),
    Row(
        "_no_peer",
        (REPLY_1, pings("timeout", of="10.9.8.7").replace('ping "10.9.8.7" timed out', "no matching peer")),
        PROVEN,
        (REPLY_1, pings("timeout", of="10.9.8.70").replace('ping "10.9.8.70" timed out', "no matching peer")),
        POSSIBLE,
    ),
    Row("_no_peer", (pending("no associated peer node"),), PROVEN, (pending("not connected to any DERP relay"),), None),
    Row(
        "_no_peer",
        (pending("no associated peer node", "[fd7a:115c:a1e0:b1a:0:7:a09:807]:1433"),),
        PROVEN,
        (pending("no associated peer node", "100.100.100.100:53"),),
        None,
    ),
    Row(
        "_bound_outside",
        (status(), doctor(dial(bound="10.4.0.9:5"))),
        PROVEN,
        (status(), doctor(dial(bound="100.64.0.1:5"))),
        None,
    ),
    Row(
        "_bound_outside",
        (status(), doctor(dial(bound="10.4.0.9:5"))),
        PROVEN,
        (status(name="ferry-a", ips=(ROUTER,)), doctor(dial(bound="100.64.0.1:5"))),
        None,
    ),
    Row("_accept_routes_off", (REPLY_1, health(NOT_ACCEPTED)), LIKELY, (REPLY_1, said(NOT_ACCEPTED)), POSSIBLE),
    Row(
        "_accept_routes_off",
        (REPLY_1, status(peer()), health(NOT_ACCEPTED, by="gw")),
        LIKELY,
        (REPLY_1, status(peer()), health(NOT_ACCEPTED, by="ferry-a")),
        POSSIBLE,
    ),
    Row("_not_running", (STOPPED, REPLY_1), LIKELY, (status(peer()), REPLY_1), POSSIBLE),
    Row(
        "_not_running",
        (STOPPED, REPLY_1),
        LIKELY,
        (status(peer()), status(name="ferry-a", ips=(ROUTER,), state="Stopped"), REPLY_1),
        POSSIBLE,
    ),
    Row("_denied_leak", (REPLY_1, denied("10.9.8.7:1433")), LIKELY, (REPLY_1, denied("10.9.8.70:1433")), POSSIBLE),
    Row("failed_at_deadline", (doctor(socks_failed(5.0)),), POSSIBLE, (doctor(socks_failed(5.7)),), POSSIBLE),
    Row("_through_tailnet", (lines(REPLY_1, DIAL_REFUSED),), CONTRADICTED, (REPLY_1,), POSSIBLE),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
