import pytest
from tests.unit.diagnosis.arguing import read
from tests.unit.diagnosis.making import TARGET as PLACE
from tests.unit.diagnosis.texts import AT, TARGET, at, dial, doctor, peer, status

from farshore.diagnosis import asking_tailnet
from farshore.diagnosis.cause import Question
from farshore.diagnosis.collected import DialEnd
from farshore.diagnosis.index import Index, Scope
from farshore.diagnosis.verdict import Subject

ASKED = {name: value for name, value in vars(asking_tailnet).items() if isinstance(value, Question)}
BASE = (status(peer(), state=""), doctor(dial(DialEnd.SILENT)))
DEVICE = '{"devices": [{"hostname": "ferry-a", "addresses": ["100.64.0.2"], "nodeId": "n1", %s}]}'
ANSWERS = {
    "ROUTES_LISTED": DEVICE % '"enabledRoutes": ["10.9.8.0/24"], "advertisedRoutes": []',
    "CONTROL_VIEW": DEVICE % f'"connectedToControl": true, "lastSeen": "{at("09:14")}"',
    "NETCHECK": "Report:\n\t* UDP: true\n\t* Nearest DERP: New York City\n",
    "OWN_STATE": status(peer()),
    "ROUTER_DROPS": f"{AT}Z Drop: TCP{{100.64.0.1:51234 > {TARGET}}} 60 no rules matched",
    "ROUTER_STATE": status(name="ferry-a", ips=("100.64.0.2",)).replace('"Peer"', '"Health": ["shields"], "Peer"'),
    "OTHER_PORT": doctor(dial(target="10.9.8.7:22")),
}


def asked(question: Question, *texts: str) -> bool:
    scopes = [scope for scope in Index(read(*BASE, *texts)).scopes() if scope.kind != "gateway"]
    return any(question.answered(scope) for scope in scopes if _is_ours(scope))


def _is_ours(scope: Scope) -> bool:
    return scope.node is not None and scope.target in {None, PLACE}


@pytest.mark.parametrize("name", ASKED)
def test_a_question_is_answered_by_its_own_evidence_and_by_no_other(name: str) -> None:
    others = [text for other, text in ANSWERS.items() if other not in {name, "OWN_STATE"}]
    assert asked(ASKED[name], ANSWERS[name])
    assert not asked(ASKED[name])
    if name not in {"OWN_STATE", "ROUTER_STATE"}:
        assert not asked(ASKED[name], *others)


def test_every_command_is_complete_once_the_subject_is_known() -> None:
    subject = Subject(router="ferry-a", router_address="100.64.0.2", target=PLACE)
    for question in ASKED.values():
        assert "{" not in subject.fill(question.command).replace("TCP{", "")
