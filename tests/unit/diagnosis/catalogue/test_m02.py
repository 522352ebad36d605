import json

import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.making import failed, pong, routing, unanswered
from tests.unit.diagnosis.tailnet_texts import (
    ANSWERS,
    DIAL_HUNG,
    DIAL_REFUSED,
    HANGS,
    MUTE,
    OTHER,
    REPLY_1,
    device,
    devices,
    pings,
)
from tests.unit.diagnosis.texts import at, lines, peer, status

from farshore.diagnosis.catalogue.m02 import CAUSE
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.peers import DaemonSeen
from farshore.diagnosis.verdict import Confidence

GONE = routing("ferry-a", "100.64.0.2", "10.9.8.0/24", offline_since="05:41")


def offline(*facts: Fact) -> Confidence | None:
    found = {finding.cause.code: finding.confidence for finding in diagnose(facts).findings}
    return found.get("M02")


def test_offline_and_needed_is_likely_offline_and_silent_is_proven() -> None:
    assert offline(GONE) is Confidence.POSSIBLE
    assert offline(GONE, failed(Wording.DEADLINE)) is Confidence.LIKELY
    assert offline(GONE, unanswered("100.64.0.2")) is Confidence.PROVEN


def test_an_answer_of_the_router_outweighs_what_a_status_says() -> None:
    assert offline(GONE, failed(Wording.DEADLINE), pong("100.64.0.2")) is Confidence.CONTRADICTED


def test_who_lost_the_control_plane_knows_nothing_of_others() -> None:
    cut = DaemonSeen(evidence=GONE.evidence, backend_state="Running", tun=False, ips=(), online=False)
    assert offline(GONE, cut, failed(Wording.DEADLINE)) is Confidence.CONTRADICTED


def test_online_is_no_sign_of_it() -> None:
    assert offline(routing("ferry-a", "100.64.0.2", "10.9.8.0/24"), failed(Wording.DEADLINE)) is None


def seen_by_gateway(health: str) -> str:
    """What the gateway's `/stats` says of the path that bears the router's name."""
    path = {"name": "ferry-a", "state": "closed", "patience_ms": 250.0, "health": health}
    return json.dumps({"routes": [{"name": "ledger", "paths": [path]}]})


OFF = status(peer(Online=False, LastSeen=at("08:41")))
NOT_CONNECTED = devices(device(connectedToControl=False))

ROWS = [
    Row("_control_agrees", (NOT_CONNECTED, HANGS), PROVEN, (devices(device()), HANGS), None),
    Row("_control_agrees", (NOT_CONNECTED, HANGS), PROVEN, (NOT_CONNECTED,), None),
    Row("_offline_and_silent", (OFF, MUTE), PROVEN, (OFF, pings("timeout", of=OTHER)), POSSIBLE),
    Row("_offline", (OFF, HANGS), LIKELY, (OFF,), POSSIBLE),
    Row("_path_lost", (OFF, seen_by_gateway("down")), LIKELY, (OFF, seen_by_gateway("suspect")), POSSIBLE),
    Row("_offline_unneeded", (OFF,), POSSIBLE, (status(peer()),), None),
    Row("nobody_answered_anywhere", (HANGS,), POSSIBLE, (status(peer()), HANGS), None),
    Row("_answers", (OFF, HANGS, ANSWERS), CONTRADICTED, (OFF, HANGS, pings("ICMP", flags="--icmp")), LIKELY),
    Row(
        "_uninformed",
        (OFF.replace('"Online": true', '"Online": false'), HANGS),
        CONTRADICTED,
        (OFF.replace('"Online": true', '"Online": false'), OFF, HANGS),
        LIKELY,
    ),
    Row("dial_answered", (OFF, lines(HANGS, DIAL_REFUSED)), CONTRADICTED, (OFF, lines(HANGS, REPLY_1)), LIKELY),
    Row("_online_elsewhere", (OFF, HANGS, status(peer(), name="gw-2")), POSSIBLE, (OFF, HANGS, OFF), LIKELY),
    Row("_online_elsewhere", (OFF, HANGS, status(peer(), name="gw-2")), POSSIBLE, (status(peer()), OFF, HANGS), LIKELY),
    Row("_online_elsewhere", (OFF, HANGS, devices(device())), POSSIBLE, (OFF, DIAL_HUNG, HANGS), LIKELY),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
