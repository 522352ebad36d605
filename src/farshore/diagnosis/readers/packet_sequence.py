"""A connection's packets as somebody noted them: a time, two ends, an arrow, and TCP flags in brackets.

`05:59:45.263: client -> proxy:8082 (SYN)`; arrows may point either way, comments may follow.
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
        matched = None if stamp is None else _PACKET.match(text, stamp[1])
        if stamp is None or matched is None:
            continue
        flags = frozenset(flag.strip() for flag in matched[4].split(","))
        if not flags <= _FLAGS:
            continue
        ends = (matched[3], matched[1]) if matched[2] in _BACKWARDS else (matched[1], matched[3])
        yield _Packet(number, text, stamp[0], ends[0], ends[1], flags)


READER = _PacketSequence()
