import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import (
    DaemonUnreachable,
    DirectNotEstablished,
    PingAnswered,
    PingKind,
    PingUnanswered,
)
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


def test_giving_up_on_a_direct_path_is_about_the_last_pong() -> None:
    facts = read("pong from a (100.64.0.2) via DERP(fra) in 65ms\ndirect connection not established\n")
    assert isinstance(facts[-1], DirectNotEstablished)
    assert facts[-1].address == "100.64.0.2"


def test_a_daemon_that_goes_away_in_the_middle() -> None:
    facts = read("pong from a (100.64.0.2) via DERP(fra) in 65ms\nfailed to connect to local tailscaled; it is gone\n")
    assert isinstance(facts[-1], DaemonUnreachable)


def test_a_peer_relay_is_no_direct_path() -> None:
    (pong,) = read("pong from a (100.64.0.2) via peer-relay(192.0.2.9:40000:vni:3) in 9ms")
    assert isinstance(pong, PingAnswered)
    assert pong.via == "relay"


def test_peerapi_in_the_order_of_today_and_of_before() -> None:
    today, before = read(
        "hit peerapi of 100.64.0.2 (a.t.example.) at http://x in 9ms\nhit peerapi of a (100.64.0.2) at http://x\n"
    )
    assert isinstance(today, PingAnswered)
    assert isinstance(before, PingAnswered)
    assert {(each.address, each.node) for each in (today, before)} == {("100.64.0.2", "a")}


def test_no_matching_peer_alone_with_its_command() -> None:
    (lost,) = read("$ tailscale ping 10.9.8.7\nno matching peer\n")
    assert isinstance(lost, PingUnanswered)
    assert (lost.address, lost.reason) == ("10.9.8.7", "no-matching-peer")


def test_a_sized_ping_keeps_its_size() -> None:
    lost, small = read(
        '$ tailscale ping --size 1250 ferry-a\nping "100.64.0.2" timed out\n'
        "$ tailscale ping ferry-a\npong from ferry-a (100.64.0.2) via 192.0.2.7:41641 in 12ms\n"
    )
    assert isinstance(lost, PingUnanswered)
    assert isinstance(small, PingAnswered)
    assert (lost.size_bytes, small.size_bytes) == (1250, 0)
