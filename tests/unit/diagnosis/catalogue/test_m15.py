import pytest
from tests.unit.diagnosis.arguing import CONTRADICTED, LIKELY, POSSIBLE, PROVEN, Row, argued, rule_in
from tests.unit.diagnosis.making import evidence, failed, moment, routing
from tests.unit.diagnosis.tailnet_texts import ANSWERS, HANGS, MUTE, device, devices, health, prefs, said
from tests.unit.diagnosis.texts import at, lines, peer, status

from farshore.diagnosis.catalogue.m15 import CAUSE
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.facts.peers import DaemonSeen, LoginFailed
from farshore.diagnosis.verdict import Confidence, Finding

LEAKED = failed(Wording.DIAL_SELF, time=moment("05:50"))


def expired(*facts: Fact) -> list[Finding]:
    return [finding for finding in diagnose([LEAKED, *facts]).findings if finding.cause.code == "M15"]


def router(expiry: str) -> Fact:
    return routing("ferry-a", "100.64.0.2", "10.9.8.0/24", KeyExpiry=expiry)


def test_a_routers_key_that_ended_before_the_dials_failed() -> None:
    (finding,) = expired(router("2026-03-04T05:30:00Z"))
    assert (finding.confidence, finding.subject.router) == (Confidence.PROVEN, "ferry-a")
    assert expired(router("2026-03-04T06:30:00Z")) == []


def test_the_gateways_own_login_is_no_routers() -> None:
    out = DaemonSeen(evidence=evidence(observer="gw"), backend_state="NeedsLogin", tun=False, ips=())
    (finding,) = expired(router("2027-03-04T05:30:00Z"), out)
    assert (finding.confidence, finding.subject.router) == (Confidence.PROVEN, "")


def test_a_declined_auth_key_is_another_cause() -> None:
    out = DaemonSeen(evidence=evidence(observer="gw"), backend_state="NeedsLogin", tun=False, ips=())
    (finding,) = expired(out, LoginFailed(evidence=evidence(), kind="auth-key"))
    assert finding.confidence is Confidence.POSSIBLE
    assert "M16" in {each.cause.code for each in diagnose([LoginFailed(evidence=evidence(), kind="auth-key")]).findings}


def test_a_missing_route_is_its_symptom() -> None:
    found = diagnose([LEAKED, router("2026-03-04T05:30:00Z")])
    assert [verdict.finding and verdict.finding.cause.code for verdict in found.verdicts] == ["M15"]
    assert {finding.cause.code: finding.hushed_by for finding in found.findings}["M07"] == "M15"


def test_an_expired_key_stays_expired_when_the_new_login_is_declined() -> None:
    gone = LoginFailed(evidence=evidence(), kind="node-key-expired")
    (finding,) = expired(gone, LoginFailed(evidence=evidence(), kind="auth-key"))
    assert finding.confidence is Confidence.PROVEN


KNOWN = status(peer())
EXPIRED = said("setClientStatus: netmap expiry timer triggered after 7h36m34s")
NO_KEY = said("Received error: invalid key: API key does not exist")
OUT = "You are logged out."
BAD = f"{OUT} The last login error was: invalid key: API key kX not valid"

ROWS = [
    Row("_said_expired", (EXPIRED,), PROVEN, (NO_KEY,), None),
    Row("_needs_login", (status(state="NeedsLogin"),), PROVEN, (status(state="Stopped"),), None),
    Row("_needs_login", (prefs("gw", LoggedOut=True),), PROVEN, (prefs("gw", LoggedOut=False),), None),
    Row(
        "_fell_out",
        (said("Switching ipn state Running -> NeedsLogin (WantRunning=true, nm=true)"),),
        PROVEN,
        (said("Switching ipn state NoState -> NeedsLogin (WantRunning=true, nm=false)"),),
        None,
    ),
    Row("_listed_expired", (status(peer(Expired=True)),), PROVEN, (status(peer(Expired=False)),), None),
    Row(
        "_listed_expired",
        (devices(device(expires=at("09:14"))), HANGS),
        PROVEN,
        (devices(device(expires=at("09:15"))), HANGS),
        None,
    ),
    Row("_logged_out", (health(OUT),), LIKELY, (lines(health(OUT), said("health(warnable=x): ok")),), None),
    Row("_auth_key", (lines(health(BAD), said("x")),), CONTRADICTED, (lines(health(OUT), said("x")),), LIKELY),
    Row("_auth_key", (lines(health(OUT), NO_KEY),), CONTRADICTED, (lines(health(OUT), EXPIRED, NO_KEY),), PROVEN),
    Row(
        "_carries",
        (KNOWN, health(OUT, by="ferry-a"), ANSWERS),
        POSSIBLE,
        (KNOWN, health(OUT, by="ferry-a"), MUTE),
        LIKELY,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=rule_in)
def test_a_rule_finds_its_ground_and_not_in_the_nearest_text(row: Row) -> None:
    assert argued(CAUSE, row.rule, row.texts) == (True, row.sure)
    assert argued(CAUSE, row.rule, row.nearest) == (False, row.otherwise)
