"""A connection's packets as somebody noted them, or as tcpdump prints them: a time, two ends, an arrow, TCP flags.

`05:59:45.263: client -> proxy:8082 (SYN)`, where arrows may point either way and comments may follow;
`05:59:45.263012 IP 10.0.0.1.51822 > 10.0.0.2.8082: Flags [S], …`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from farshore.diagnosis.evidence import Instant, Origin
from farshore.diagnosis.facts.flows import ResetAfterHandshake
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.times import read_stamp

_PACKET = re.compile(r":? {0,4}([^\s()]{1,80}) (->|<-|=>|<=|→|←) ([^\s()]{1,80}) \(([A-Z, ]{3,40})\)")
# tcpdump's print-tcp.c: `.` is ACK, `none` is none of them.
_DUMPED = re.compile(r" {1,4}IP6? ([\w.:-]{3,80}) > ([\w.:-]{3,80}): Flags \[([SFPRUEWe.]{1,8})\]")
_LETTERS = {"S": "SYN", ".": "ACK", "P": "PSH", "R": "RST", "F": "FIN", "U": "URG", "E": "ECE", "W": "CWR", "e": "ECE"}
_BACKWARDS = {"<-", "<=", "←"}
_FLAGS = {"SYN", "ACK", "PSH", "RST", "FIN", "URG", "ECE", "CWR"}
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class _Packet:
    line: int
    text: str
    at: Instant
    sender: str
    receiver: str
    flags: frozenset[str]


class _PacketSequence:
    name = "packet sequence"

    def recognise(self, document: Document) -> Fit:
        packets = _packets(document.head.split("\n")[:200], Origin(source=""))
        return Fit.SHAPE if sum(1 for _ in packets) >= _FEWEST else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        facts: list[ResetAfterHandshake] = []
        accepted: dict[frozenset[str], tuple[_Packet, str]] = {}
        spoke: set[frozenset[str]] = set()
        for packet in _packets(document.lines, origin):
            pair = frozenset({packet.sender, packet.receiver})
            if packet.flags == {"SYN", "ACK"}:
                accepted[pair] = (packet, packet.sender)
                spoke.discard(pair)
            elif "PSH" in packet.flags and pair in accepted and packet.sender != accepted[pair][1]:
                spoke.add(pair)
            elif "RST" in packet.flags and pair in accepted:
                start, _ = accepted.pop(pair)
                after_s = (packet.at.at - start.at.at).total_seconds()
                evidence = origin.evidence(packet.text, line=packet.line, time=packet.at)
                facts.append(
                    ResetAfterHandshake(
                        evidence=evidence,
                        target=None,
                        after_s=max(after_s, 0.0),
                        sender=packet.sender,
                        client_bytes_sent=pair in spoke,
                    )
                )
        return Reading(facts=tuple(facts))


def _packets(lines: list[str], origin: Origin) -> Iterator[_Packet]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        stamp = read_stamp(text, day=origin.day)
        if stamp is None:
            continue
        dumped = _DUMPED.match(text, stamp[1])
        if dumped is not None:
            letters = frozenset(_LETTERS[each] for each in dumped[3])
            yield _Packet(number, text, stamp[0], dumped[1], dumped[2], letters)
            continue
        matched = _PACKET.match(text, stamp[1])
        if matched is None:
            continue
        flags = frozenset(flag.strip() for flag in matched[4].split(","))
        if not flags <= _FLAGS:
            continue
        ends = (matched[3], matched[1]) if matched[2] in _BACKWARDS else (matched[1], matched[3])
        yield _Packet(number, text, stamp[0], ends[0], ends[1], flags)


READER = _PacketSequence()
