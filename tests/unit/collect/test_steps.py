from farshore.collect.aim import plain_aim
from farshore.collect.redact import Redaction
from farshore.collect.steps import Hop, State, Step, Walk, without
from farshore.core.address import parse_host_port


def test_the_first_broken_hop_is_the_one() -> None:
    aim = plain_aim(parse_host_port("10.9.8.7:1433"), None, None)
    steps = [
        Step(hop=Hop.EGRESS, state=State.WARNING, says=""),
        Step(hop=Hop.ROUTER, state=State.BROKEN, says=""),
        Step(hop=Hop.TARGET, state=State.BROKEN, says=""),
    ]
    assert Walk(aim=aim, steps=tuple(steps)).broken is Hop.ROUTER
    assert Walk(aim=aim, steps=tuple(steps[:1])).broken is None


def test_what_was_seen_is_redacted_and_whom_it_leads_to_is_not() -> None:
    aim = plain_aim(parse_host_port("10.9.8.7:1433"), None, None)
    step = Step(hop=Hop.TARGET, state=State.BROKEN, says="it said plainword99", hint="see jo@db.example.net")
    (walk,) = without([Walk(aim=aim, steps=(step,), is_cut=True)], Redaction(hidden=("plainword99",)))
    assert walk.steps[0] == Step(
        hop=Hop.TARGET, state=State.BROKEN, says="it said redacted-key", hint="see redacted@example.com"
    )
    assert (walk.aim, walk.is_cut) == (aim, True)
