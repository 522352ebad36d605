from tests.unit.diagnosis.making import TARGET, failed

from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.verdict import Subject


def test_a_command_is_filled_and_what_is_unknown_stays_a_word() -> None:
    subject = Subject(router="ferry-a", target=TARGET)
    assert subject.fill("{target} {host} {port} {router} {name}") == "10.9.8.7:1433 10.9.8.7 1433 ferry-a ferry-a"
    assert Subject().fill("{target} {router}") == "HOST:PORT ROUTER"


def test_grounds_come_in_the_order_of_their_strength() -> None:
    found = diagnose([failed(), failed(Wording.DIAL_SELF), failed(Wording.TAILNET_REFUSED)])
    route = next(finding for finding in found.findings if finding.cause.code == "M07")
    assert route.disputed
    assert route.supports[0] is route.decides[0]
    assert route.contradicts[0] is route.rules_out[0]
