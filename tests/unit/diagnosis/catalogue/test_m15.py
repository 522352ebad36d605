from tests.unit.diagnosis.making import evidence, failed, moment, routing

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
