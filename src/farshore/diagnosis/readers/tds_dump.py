"""Dumps of a TDS handshake: tedious' debug output, hex of the packets, FreeTDS' TDSDUMP around them.

The first byte of a packet says what it is: 0x12 is the client's PRELOGIN, 0x04 the server's answer (MS-TDS 2.2.3.1.1).
An answer means that a SQL Server is there; nothing more.
"""

import re

from farshore.core.address import HostPort
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import Greeted
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together

_TYPE = re.compile(r"\s{0,12}type:0x(?P<type>[0-9a-fA-F]{2})\((?P<name>\w{1,40})\)")
_HEX = re.compile(
    r"\s{0,20}(?:[0-9a-fA-F]{4} {1,3})?[0-9a-fA-F]{1,2}(?:[ -]{1,3}[0-9a-fA-F]{1,2}){2,40}(?: |\s{0,4}$| \|)"
)
_BYTES = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{1,2}(?![0-9a-fA-F])")
_LONG_HEX = re.compile(r"\s{0,12}[0-9a-fA-F]{4}  (?:[0-9a-fA-F]{2,8} ){1,8}")
_CONNECTED = re.compile(
    r"connected to (?P<target>[^\s]{3,80}:\d{1,5})\b|Connecting to (?P<host>[\w.:-]{2,80}) port (?P<port>\d{1,5})"
)
_DIRECTION = re.compile(r"\s{0,20}(?:(?P<client>Client to server|Sent)|(?P<server>Server to client|Received))\s{0,4}$")
_RULE = set("- ")
_PRELOGIN, _ANSWER = 0x12, 0x04
_EVIDENT = 2


class _TdsDump:
    name = "TDS dump"

    def recognise(self, document: Document) -> Fit:
        lines = document.head.split("\n")
        typed = any(_TYPE.match(line) for line in lines) and any(_LONG_HEX.match(line) for line in lines)
        packets = [packet for line in lines if (packet := _packet_type(line)) in {_PRELOGIN, _ANSWER}]
        directions = sum(_DIRECTION.match(line) is not None for line in lines)
        return Fit.SHAPE if typed or (packets and directions >= _EVIDENT) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        facts: list[Fact] = []
        rest = Rest()
        target: HostPort | None = None
        answer_next = False
        for number, line in enumerate(document.lines, 1):
            connected, direction, typed = _CONNECTED.search(line[:400]), _DIRECTION.match(line), _TYPE.match(line)
            if connected is not None:
                named = connected["target"] or f"{connected['host']}:{connected['port']}"
                target = target_of(named)
                rest.add(number, line)
            elif direction is not None:
                answer_next = direction["server"] is not None
            elif (typed is not None and int(typed["type"], 16) == _ANSWER) or (
                answer_next and _packet_type(line) == _ANSWER
            ):
                facts.append(_answer(line, number, target, origin))
                answer_next = False
            elif line.strip() and not (set(line) <= _RULE or typed or _HEX.match(line) or _LONG_HEX.match(line)):
                rest.add(number, line)
        return together((Reading(facts=tuple(facts)), rest.read(origin, inner)))


def _packet_type(line: str) -> int | None:
    """The first byte of a line of hex."""
    if _HEX.match(line) is None:
        return None
    first = _BYTES.search(line)
    return None if first is None else int(first[0], 16)


def _answer(line: str, number: int, target: HostPort | None, origin: Origin) -> Greeted:
    evidence = origin.evidence(f"a TDS answer to PRELOGIN: {line.strip()}", line=number)
    return Greeted(evidence=evidence, target=target, expected="tds", protocol="tds")


READER = _TdsDump()
