from tests.unit.diagnosis.making import TARGET, evidence, failed, moment

from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Wording
from farshore.diagnosis.gateway_grounds import egress_answered, refused_here
from farshore.diagnosis.index import Index, Scope


def refused(address: str, clock: str) -> DialFailed:
    return DialFailed(
        evidence=evidence(time=moment(clock)), target=TARGET, wording=Wording.EGRESS_REFUSED, egress_address=address
    )


def test_a_refusal_is_told_by_its_family() -> None:
    four, six = refused("127.0.0.1:1055", "09:00"), refused("[::1]:1055", "09:01")
    scope = Scope(index=Index([four, six]), kind="gateway")
    assert refused_here(scope, over_ipv6=True) == [six]
    assert refused_here(scope, over_ipv6=False) == [four]


def test_the_egress_answered_where_it_refused_too() -> None:
    first, last = refused("[::1]:1055", "09:00"), refused("[::1]:1055", "09:10")
    between = DialSucceeded(evidence=evidence(time=moment("09:05")), target=TARGET)
    afterwards = DialSucceeded(evidence=evidence(time=moment("09:20")), target=TARGET)
    assert egress_answered(Scope(index=Index([first, last, afterwards]), kind="gateway")) is None
    assert egress_answered(Scope(index=Index([first, last, between]), kind="gateway")) is not None
    answered = failed(Wording.SOCKS_GENERAL, time=moment("09:05"))
    assert egress_answered(Scope(index=Index([first, last, answered]), kind="gateway")) is not None


def test_what_stays_within_the_host_has_no_time_to_failure() -> None:
    here = DialFailed(evidence=evidence(), target=TARGET, wording=Wording.EGRESS_REFUSED, elapsed_s=0.0001)
    beyond = failed(elapsed_s=0.02)
    scope = Scope(index=Index([here, beyond]), kind="target", target=TARGET)
    assert scope.times_to_failure == ((0.02, beyond),)
