import pytest
from tests.unit.diagnosis.arguing import LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.texts import CUT_OFF, NO_TLS, SLOW, doctor, driver, ended, greeted, lines, peer, ping, status

from farshore.diagnosis.catalogue.m21 import CAUSE

BEHIND = status(peer())


def hubble(reason: str) -> str:
    return f"Mar  4 09:14:02.100: apps/a:43006 -> edge/gw:8082 {reason} DROPPED (TCP Flags: ACK)"


def stalled(upstream_bytes: int) -> str:
    return ended("gateway.transfer.idle", upstream_bytes=upstream_bytes)


ROWS = [
    Row(
        "_large_pings_lost",
        (ping(0, answered=True), ping(1250, answered=False)),
        PROVEN,
        (ping(0, answered=True), ping(500, answered=False)),
        None,
    ),
    Row(
        "_fragments_dropped", (BEHIND, hubble("Fragmentation needed")), LIKELY, (BEHIND, hubble("Policy denied")), None
    ),
    Row(
        "_large_pass",
        (BEHIND, hubble("Fragmentation needed"), ping(1250, answered=True)),
        POSSIBLE,
        (BEHIND, hubble("Fragmentation needed"), ping(500, answered=True)),
        LIKELY,
    ),
    Row(
        "_stalls_alike",
        (BEHIND, lines(stalled(1_460), stalled(1_460)), driver(SLOW)),
        POSSIBLE,
        (BEHIND, lines(stalled(1_460), stalled(1_460))),
        None,
    ),
    Row(
        "_stalls_alike",
        (BEHIND, lines(stalled(1_460), stalled(1_460)), driver(SLOW)),
        POSSIBLE,
        (BEHIND, lines(stalled(1_460), stalled(1_461)), driver(SLOW)),
        None,
    ),
    Row(
        "_tls_stalls",
        (BEHIND, doctor(greeted("tds", "tds")), driver(NO_TLS)),
        POSSIBLE,
        (BEHIND, doctor(greeted("tds", "")), driver(NO_TLS)),
        None,
    ),
    Row("_cut_off", (BEHIND, driver(CUT_OFF)), POSSIBLE, (BEHIND, driver(NO_TLS)), None),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
