from tests.unit.diagnosis.making import TARGET, evidence, failed, unanswered

from farshore.diagnosis import questions
from farshore.diagnosis.cause import Question
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import RouterDialFailed, Wording
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.diagnosis.index import Index, Scope
from farshore.diagnosis.verdict import Subject

ALL = [value for value in vars(questions).values() if isinstance(value, Question)]


def scope(kind: str, *facts: Fact) -> Scope:
    return next(each for each in Index(facts).scopes() if each.kind == kind)


def test_every_command_is_complete_once_the_subject_is_known() -> None:
    assert len(ALL) > 5
    subject = Subject(router="ferry-a", router_address="100.64.0.2", target=TARGET)
    for question in ALL:
        assert "{" not in subject.fill(question.command).replace("{{", "")


def test_what_is_there_is_not_asked_for_again() -> None:
    nothing = scope("target", failed())
    assert not any(question.answered(nothing) for question in ALL)
    assert questions.TAILSCALED_LOG.answered(scope("target", failed(Wording.TAILNET_REFUSED)))
    assert questions.LOCALAPI_DIAL.answered(scope("target", failed(Wording.TAILNET_REFUSED, elapsed_s=0.002)))
    assert questions.TSMP_PING.answered(scope("router", unanswered("100.64.0.2")))
    logged = RouterDialFailed(evidence=evidence(), target=TARGET, wording=Wording.REFUSED)
    assert questions.ROUTER_LOG.answered(scope("target", logged))
    assert questions.DENIALS.answered(scope("gateway", PolicyDenied(evidence=evidence(), count=1, destination="x")))
