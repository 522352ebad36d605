from tests.unit.diagnosis.making import failed, pong, routing, unanswered

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
