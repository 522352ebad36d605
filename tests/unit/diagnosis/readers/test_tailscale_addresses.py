from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.peers import AddressPrinted, ViaRouteNamed
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.tailscale_addresses import READER

NAME = "tailscale ip, debug via"


def test_own_addresses_and_a_peers() -> None:
    text = "100.64.0.1\nfd7a:115c:a1e0::1\n$ tailscale ip -4 ferry\n100.64.0.2\n"
    told = [(fact.address, fact.node) for fact in read_by(NAME, text).facts if isinstance(fact, AddressPrinted)]
    assert told == [("100.64.0.1", ""), ("fd7a:115c:a1e0::1", ""), ("100.64.0.2", "ferry")]


def test_a_via_route_in_both_directions() -> None:
    for text in ("fd7a:115c:a1e0:b1a:0:7:a09:800/120", "site 7 (0x7), 10.9.8.0/24"):
        (named,) = read_by(NAME, f"$ tailscale debug via x\n{text}\n").facts
        assert isinstance(named, ViaRouteNamed)
        assert (named.site, str(named.prefix)) == (7, "10.9.8.0/24")


def test_other_addresses_are_nobodys_and_said_where_they_stand_between() -> None:
    assert READER.recognise(Document(b"192.0.2.1\n")) is Fit.NO
    reading = READER.read(Document(b"100.64.0.1\n192.0.2.1\n"), Origin(source="x"), lambda _, __: Reading())
    assert [unread.position for unread in reading.unread] == ["line 2"]
