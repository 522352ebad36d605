from tests.unit.diagnosis.making import said

from farshore.diagnosis.dialects.tailscaled_derp import DIALECT
from farshore.diagnosis.facts.peers import DerpChanged, DerpLostPeer


def test_a_relay_that_does_not_know_a_peer() -> None:
    (lost,) = said(DIALECT, "magicsock: derp-901 does not know about peer [x1Yz2], removing route")
    assert isinstance(lost, DerpLostPeer)
    assert (lost.region, lost.node) == ("901", "[x1Yz2]")


def test_a_connection_to_a_relay_opens_and_closes() -> None:
    (closed,) = said(DIALECT, "magicsock: closing connection to derp-4 (rebind-no-localaddr), age 2m10s")
    (opened,) = said(DIALECT, "magicsock: derp-4 connected; connGen=1")
    assert isinstance(closed, DerpChanged)
    assert (closed.connected, closed.reason) == (False, "rebind-no-localaddr")
    assert isinstance(opened, DerpChanged)
    assert opened.connected


def test_other_words_of_magicsock_say_nothing() -> None:
    assert said(DIALECT, "magicsock: derp-4 unreachable for a while") == []
