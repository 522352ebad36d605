import msgspec
import pytest

from farshore.diagnosis.collected import FORMAT, Collected, CollectedDial, CollectedPing, DialEnd
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Egress, Greeted, Wording
from farshore.diagnosis.facts.peers import PingAnswered, PingKind, PingUnanswered
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.farshore_collected import READER

AT = "2026-03-04T05:50:34.250Z"


def read(pings: tuple[CollectedPing, ...] = (), dials: tuple[CollectedDial, ...] = ()) -> Reading:
    collected = Collected(
        format=FORMAT, observer="gw", version="1.102.3", time=AT, pings=list(pings), dials=list(dials)
    )
    document = Document(msgspec.json.format(msgspec.json.encode(collected)))
    assert READER.recognise(document) is Fit.SIGNED
    return READER.read(document, Origin(source="d.json"), lambda _, __: Reading())


def dial(end: DialEnd, egress: str = "localapi", text: str = "") -> CollectedDial:
    return CollectedDial(
        target="10.9.8.7:1433", egress=egress, egress_address="x", at=AT, end=end, elapsed_s=0.02, text=text
    )


@pytest.mark.parametrize(
    ("seen", "wording"),
    [
        (dial(DialEnd.FAILED, text="connect tcp 10.9.8.7:1433: connection was refused"), Wording.TAILNET_REFUSED),
        (dial(DialEnd.FAILED, text="dial tcp 10.9.8.7:1433: i/o timeout"), Wording.KERNEL_TIMEOUT),
        (dial(DialEnd.FAILED, "socks5", "SOCKS5 reply code 1: general SOCKS server failure"), Wording.SOCKS_GENERAL),
        (dial(DialEnd.FAILED, "direct", "Connection refused"), Wording.REFUSED),
        (dial(DialEnd.NOT_A_ROUTE), Wording.DIAL_SELF),
        (dial(DialEnd.SILENT), Wording.DEADLINE),
        (dial(DialEnd.SILENT, "connect"), Wording.TIMED_OUT),
        (dial(DialEnd.EGRESS_REFUSED, "socks5"), Wording.EGRESS_REFUSED),
        (dial(DialEnd.EGRESS_SILENT, "socks5"), Wording.EGRESS_SILENT),
    ],
)
def test_a_failed_dial_keeps_who_said_what(seen: CollectedDial, wording: Wording) -> None:
    (fact,) = read(dials=(seen,)).facts
    assert isinstance(fact, DialFailed)
    assert (fact.wording, fact.egress, fact.elapsed_s) == (wording, Egress(seen.egress), 0.02)
    assert (fact.observer, fact.evidence.version, fact.ref) == ("gw", "1.102.3", "d.json#/dials/0")


def test_a_connection_with_its_bound_address_and_its_greeting() -> None:
    seen = msgspec.structs.replace(
        dial(DialEnd.CONNECTED, "socks5"), bound="100.64.0.1:5000", expected="tds", greeting="ftp"
    )
    connected, greeted = read(dials=(seen,)).facts
    assert isinstance(connected, DialSucceeded)
    assert connected.bound == "100.64.0.1"
    assert isinstance(greeted, Greeted)
    assert (greeted.expected, greeted.protocol) == ("tds", "ftp")


def test_pings_by_kind_path_and_reason() -> None:
    def ping(**told: object) -> CollectedPing:
        return CollectedPing(**{"address": "100.64.0.2", "kind": "disco", "at": AT, "tries": 3, **told})  # type: ignore[arg-type]

    relayed, silent, unowned = read(
        pings=(
            ping(answered=True, derp="fra", latency_s=0.1),
            ping(answered=False, kind="tsmp"),
            ping(answered=False, text="no matching peer"),
        )
    ).facts
    assert isinstance(relayed, PingAnswered)
    assert (relayed.via, relayed.derp, relayed.kind) == ("derp", "fra", PingKind.DISCO)
    assert isinstance(silent, PingUnanswered)
    assert (silent.reason, silent.kind) == ("timeout", PingKind.TSMP)
    assert isinstance(unowned, PingUnanswered)
    assert unowned.reason == "no-matching-peer"


def test_what_is_not_as_it_should_be_is_unread() -> None:
    document = Document(b'{"format": "farshore.collected/1", "dials": 7}')
    assert len(READER.read(document, Origin(source="d"), lambda _, __: Reading()).unread) == 1
