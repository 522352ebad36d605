import pytest

from farshore.diagnosis.dialects.tailscaled_netstack import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import RouterDialFailed, RouterEndpointError, Wording
from farshore.diagnosis.intake.records import Record


def read(text: str) -> list[Fact]:
    return list(DIALECT.read(Record(origin=Origin(source="a.log"), line=1, text=text)))


@pytest.mark.parametrize(
    ("server", "error", "wording"),
    [
        ("backend server", "connect: connection refused", Wording.KERNEL_REFUSED),
        ("backend  server", "connect:  connection refused", Wording.KERNEL_REFUSED),
        ("server", "connect: network is unreachable", Wording.KERNEL_UNREACHABLE),
        ("server", "connect: no route to host", Wording.KERNEL_UNREACHABLE),
        ("backend server", "i/o timeout", Wording.KERNEL_TIMEOUT),
    ],
)
def test_a_dial_on_the_lan(server: str, error: str, wording: Wording) -> None:
    (fact,) = read(
        f"netstack: could not connect to local {server} at [2001:db8::7]:443: dial tcp [2001:db8::7]:443: {error}"
    )
    assert isinstance(fact, RouterDialFailed)
    assert (str(fact.target), fact.wording) == ("[2001:db8::7]:443", wording)


def test_an_endpoint_that_could_not_be_made() -> None:
    (fact,) = read("netstack: CreateEndpoint error for 100.64.0.1:33558 -> 10.9.8.7:1433: network is unreachable")
    assert isinstance(fact, RouterEndpointError)
    assert str(fact.target) == "10.9.8.7:1433"


def test_a_line_without_an_address_is_nothing() -> None:
    assert read("could not connect to local server at %s: %v") == []
