"""What can happen to a tailnet: values that compose. What each looks like from outside is in the other tests."""

from dataclasses import replace

import pytest
from tests.unit.lab.parts import CLOSED, HOST, LAN, LISTENER, TARGET, tailnet_for

from farshore.core.clock import SystemClock
from farshore.lab.backend import Backend
from farshore.lab.faults import (
    Disturbed,
    Garbage,
    HangsUp,
    HostGone,
    Hung,
    KeyExpired,
    LoggedOut,
    RouterDead,
    RouterOffline,
    RoutesNotAccepted,
    RouteWithdrawn,
    TailnetFault,
    TargetRefuses,
)
from farshore.lab.stream import Stream
from farshore.lab.tailnet import Carried, Door, Link, Refused, Silent
from farshore.lab.toxics import Latency, Slicer

TAILNET = tailnet_for(LISTENER)
FAULTS: tuple[TailnetFault, ...] = (
    RouterDead("r1"),
    RouterOffline("r1"),
    RouteWithdrawn(LAN),
    RoutesNotAccepted(),
    KeyExpired("r1"),
    LoggedOut(),
    HostGone(HOST),
    TargetRefuses(TARGET),
    Disturbed(from_target=(Latency(1),)),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_changes_something_and_nothing_for_good(fault: TailnetFault) -> None:
    before = tailnet_for(LISTENER)
    assert fault.strike(TAILNET) != before
    assert before == TAILNET
    assert fault.strike(fault.strike(TAILNET)).owner(HOST) == fault.strike(TAILNET).owner(HOST)


def test_faults_compose_in_any_number() -> None:
    backend = Backend(base=TAILNET, clock=SystemClock(), faults=[RouterOffline("r1"), Hung(), TargetRefuses(TARGET)])
    assert isinstance(backend.tailnet.way(TARGET, Door.LOCALAPI), Refused)
    backend.faults.remove(TargetRefuses(TARGET))
    way = backend.tailnet.way(TARGET, Door.LOCALAPI)
    assert isinstance(way, Carried)
    assert way.router == backend.tailnet.router("r2")
    backend.faults.append(RouterDead("r2"))
    assert isinstance(backend.tailnet.way(TARGET, Door.LOCALAPI), Silent)
    assert backend.base == TAILNET


def test_toxics_stand_behind_those_already_there() -> None:
    once = Disturbed(to_target=(Slicer(1),)).strike(TAILNET)
    twice = Disturbed(to_target=(Latency(1),), from_target=(Slicer(2),)).strike(once)
    assert twice.link == Link(to_target=(Slicer(1), Latency(1)), from_target=(Slicer(2),))
    assert replace(twice, link=Link()) == TAILNET


def test_one_port_refuses_and_the_others_stay() -> None:
    host = replace(TAILNET.lan[0], listeners={TARGET.port: LISTENER, CLOSED.port: LISTENER})
    tailnet = TargetRefuses(TARGET).strike(replace(TAILNET, lan=(host,)))
    assert isinstance(tailnet.way(TARGET, Door.LOCALAPI), Refused)
    assert isinstance(tailnet.way(CLOSED, Door.LOCALAPI), Carried)


def test_a_router_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        RouterDead("r9").strike(TAILNET)


@pytest.mark.parametrize("fault", [Hung((Door.SOCKS5,)), Garbage(doors=(Door.SOCKS5,)), HangsUp((Door.SOCKS5,))])
def test_a_fault_of_the_daemon_changes_only_its_doors(fault: Hung) -> None:
    async def serve(_: Stream) -> None:
        pass

    assert fault.strike_door(Door.SOCKS5, serve) is not serve
    assert fault.strike_door(Door.LOCALAPI, serve) is serve
