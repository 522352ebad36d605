from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.flows import HandshakesCounted, PolicyDenied, ResetAfterHandshake, TooLargeDropped
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.traffic.packet_documents import hubble_packets, packet_reading

ORIGIN = Origin(source="hubble.txt")


def packet(second: float, ends: str, told: str, day: int = 4) -> str:
    return f"Mar  {day} 05:59:{second:06.3f}: {ends} {told}"


def facts_of(*lines: str) -> tuple[Fact, ...]:
    return packet_reading(hubble_packets(Document("\n".join(lines).encode()), ORIGIN), ORIGIN).facts


OUT, BACK = "apps/a:43006 -> edge/gw:8082", "apps/a:43006 <- edge/gw:8082"
REJECTED = (
    packet(45.263, OUT, "to-endpoint FORWARDED (TCP Flags: SYN)"),
    packet(45.264, BACK, "to-endpoint FORWARDED (TCP Flags: SYN, ACK)"),
    packet(45.264, OUT, "to-endpoint FORWARDED (TCP Flags: ACK)"),
    packet(45.265, OUT, "to-endpoint FORWARDED (TCP Flags: ACK, PSH)"),
    packet(45.285, BACK, "to-endpoint FORWARDED (TCP Flags: ACK, RST)"),
)


def test_accepted_and_reset_before_a_word_is_one_reset_with_its_time() -> None:
    reset, counted = facts_of(*REJECTED)
    assert isinstance(reset, ResetAfterHandshake)
    assert (round(reset.after_s, 3), reset.sender, reset.client_bytes_sent) == (0.021, "edge/gw:8082", True)
    assert reset.ref == "hubble.txt:5"
    assert isinstance(counted, HandshakesCounted)
    assert (counted.attempts, counted.completed, counted.resets, counted.packets) == (1, 1, 1, 5)


def test_a_reset_after_the_server_has_spoken_or_the_end_is_ordinary() -> None:
    spoke = packet(45.270, BACK, "to-endpoint FORWARDED (TCP Flags: ACK, PSH)")
    ended = packet(45.270, OUT, "to-endpoint FORWARDED (TCP Flags: ACK, FIN)")
    for ordinary in (spoke, ended):
        kinds = [type(fact) for fact in facts_of(*REJECTED[:4], ordinary, REJECTED[4])]
        assert kinds == [HandshakesCounted]


def test_the_order_of_the_lines_does_not_matter() -> None:
    assert isinstance(facts_of(*reversed(REJECTED))[0], ResetAfterHandshake)


def test_a_packet_that_makes_two_lines_is_denied_once_in_the_new_format_and_in_the_old() -> None:
    ends = "apps/b:43007 <> edge/gw:8082"
    new = [
        packet(45.1, ends, "policy-verdict:none INGRESS DENIED (TCP Flags: SYN)"),
        packet(45.1, ends, "Policy denied DROPPED (TCP Flags: SYN)"),
    ]
    old = [new[1], new[1]]
    again = [packet(46.1, ends, "Policy denied DROPPED (TCP Flags: SYN)")]
    for lines, count in ((new, 1), (old, 1), ([*new, *again], 2), ([*old, *again, *again], 2)):
        facts = facts_of(*lines)
        assert sum(fact.count for fact in facts if isinstance(fact, PolicyDenied)) == count
        (counted,) = (fact for fact in facts if isinstance(fact, HandshakesCounted))
        assert (counted.attempts, counted.denied) == (1, 1)


def test_a_port_that_is_used_again_is_another_attempt() -> None:
    later = [line.replace("05:59:4", "06:11:4") for line in REJECTED]
    (counted,) = (fact for fact in facts_of(*REJECTED, *later) if isinstance(fact, HandshakesCounted))
    assert (counted.attempts, counted.completed) == (2, 2)


def test_a_denial_names_its_ends_and_direction() -> None:
    line = packet(45.1, "edge/gw:43007 <> 10.9.8.7:1433", "policy-verdict:none EGRESS DENIED (TCP Flags: SYN)")
    denied, _ = facts_of(line)
    assert isinstance(denied, PolicyDenied)
    assert (denied.source, denied.destination, denied.direction) == ("edge/gw", "10.9.8.7:1433", "egress")


def test_what_was_too_large_is_no_denial_and_is_counted_by_pair() -> None:
    lines = [packet(45.1 + n, OUT, "Fragmentation needed DROPPED (TCP Flags: ACK)") for n in range(3)]
    dropped = [fact for fact in facts_of(*lines) if isinstance(fact, TooLargeDropped)]
    assert [(each.source, each.destination, each.count) for each in dropped] == [("apps/a", "edge/gw", 3)]
    assert not any(isinstance(fact, PolicyDenied) for fact in facts_of(*lines))
    forwarded = packet(45.1, OUT, "to-endpoint FORWARDED (TCP Flags: ACK)")
    assert not any(isinstance(fact, TooLargeDropped) for fact in facts_of(forwarded))
