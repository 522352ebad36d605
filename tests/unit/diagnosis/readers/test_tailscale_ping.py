import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import PingAnswered, PingKind, PingUnanswered
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading
from farshore.diagnosis.readers.tailscale_ping import READER


def read(text: str) -> tuple[Fact, ...]:
    document = Document(text.encode())
    assert READER.recognise(document) is Fit.SHAPE
    return READER.read(document, Origin(source="p.txt"), lambda _, __: Reading()).facts


@pytest.mark.parametrize(
    ("line", "kind", "via", "derp", "latency_s"),
    [
        ("pong from a (100.64.0.2) via DERP(fra) in 65ms", PingKind.DISCO, "derp", "fra", 0.065),
        ("pong from a (100.64.0.2) via 192.0.2.7:41641 in 1.5ms", PingKind.DISCO, "direct", "", 0.0015),
        ("pong from a (100.64.0.2) via [2001:db8::1]:41641 in 33ms", PingKind.DISCO, "direct", "", 0.033),
        ("pong from a (100.64.0.2, 3456) via TSMP in 12ms", PingKind.TSMP, "", "", 0.012),
        ("pong from a (100.64.0.2) via ICMP in 2s", PingKind.ICMP, "", "", 2.0),
    ],
)
def test_a_pong(line: str, kind: PingKind, via: str, derp: str, latency_s: float) -> None:
    (pong,) = read(line)
    assert isinstance(pong, PingAnswered)
    assert (pong.kind, pong.via, pong.derp, pong.node) == (kind, via, derp, "a")
    assert pong.latency_s == pytest.approx(latency_s)


def test_the_command_line_tells_the_kind_of_a_silence() -> None:
    silence = 'ping "100.64.0.2" timed out'
    facts = read(f"$ tailscale ping --tsmp 100.64.0.2\n{silence}\n$ tailscale ping 100.64.0.2\n{silence}\n")
    assert [fact.kind for fact in facts if isinstance(fact, PingUnanswered)] == [PingKind.TSMP, PingKind.DISCO]


def test_no_matching_peer_is_about_what_was_asked_for() -> None:
    facts = read('ping "x" timed out\n$ tailscale ping 10.9.8.7\nno matching peer\n')
    last = facts[-1]
    assert isinstance(last, PingUnanswered)
    assert (last.address, last.reason) == ("10.9.8.7", "no-matching-peer")
