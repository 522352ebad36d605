from farshore.collect.aim import plain_aim
from farshore.collect.steps import Hop, State, Step, Walk
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
