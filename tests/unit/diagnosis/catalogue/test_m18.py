import pytest
from tests.unit.diagnosis.arguing import POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.tailnet_texts import ANSWERS, DIAL_LEAKED, MUTE, device, devices, health, said
from tests.unit.diagnosis.texts import lines, peer, status

from farshore.diagnosis.catalogue.m18 import CAUSE

KNOWN = status(peer())
ENABLED = "Tailnet Lock is ENABLED."
OUT = lines(ENABLED, "", "This node is LOCKED OUT by Tailnet Lock, and action is required to establish connectivity.")
IN = lines(ENABLED, "", "This node is accessible under Tailnet Lock.")
TLS = "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time {} is {} {}"
EARLY, LATE = "2026-03-03T09:14:02Z", "2026-03-04T00:00:00Z"
DROPPED = said("Tailnet lock is dropping peer 12(nAbc) due to missing signature")
BY_ROUTER = said("Tailnet lock is dropping peer 12(nAbc) due to missing signature", by="ferry-a")


def kept_out(node: str) -> str:
    return lines(IN, "The following nodes are locked out by tailnet lock:", f"\t{node}\t100.64.0.2\tn7")


ROWS = [
    Row(
        "_said_so",
        (said("this node is locked out; it will not have connectivity until it is signed"),),
        PROVEN,
        (DROPPED,),
        None,
    ),
    Row("_dropped", (lines(DROPPED, DIAL_LEAKED),), POSSIBLE, (DROPPED,), None),
    Row("_dropped", (KNOWN, MUTE, BY_ROUTER), POSSIBLE, (KNOWN, ANSWERS, BY_ROUTER), None),
    Row("_out_by_status", (OUT,), PROVEN, (IN,), None),
    Row("_out_by_status", (KNOWN, kept_out("ferry-a.t.net.")), PROVEN, (KNOWN, kept_out("gull.t.net.")), None),
    Row("_locked_out", (health("this node is locked out"),), PROVEN, (health("this node is logged out"),), None),
    Row(
        "_locked_out",
        (KNOWN, health("this node is locked out", by="ferry-a")),
        PROVEN,
        (KNOWN, lines(health("this node is locked out", by="ferry-a"), said("health(warnable=x): ok", by="ferry-a"))),
        None,
    ),
    Row(
        "_listed",
        (devices(device(tailnetLockError="unsigned")),),
        PROVEN,
        (devices(device(tailnetLockError="")),),
        None,
    ),
    Row(
        "_skewed", (said(TLS.format(EARLY, "before", LATE)),), POSSIBLE, (said(TLS.format(LATE, "after", EARLY)),), None
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
