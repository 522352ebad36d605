"""`tailscale debug dial-types`: which of tailscaled's dialers reach an address.

UserDial is the one that SOCKS, CONNECT and LocalAPI use. The other three go through the kernel: on a userspace
tailscaled their silence is normal, and elsewhere it says nothing of what clients get: they make no fact.
Source: tailscale ipn/localapi/debug.go:91-160 at v1.102.3.
"""

import re

from farshore.core.address import HostPort
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Egress
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together
from farshore.diagnosis.intake.wordings import dialled, wording_of

_RESULT = re.compile(
    r"[ \t]{0,12}\[(?P<dialer>SystemDial|UserDial|PeerDial|BareDial)\] connected=(?P<ok>true|false) "
    r"err=(?P<error>.{0,400})"
)
_COMMAND = re.compile(r"dial-types (?:--?[\w.=/-]{1,80} ){0,3}(?P<host>[\w.:\[\]-]{1,253}) (?P<port>\d{1,5})\b")
_USER = "UserDial"


class _DialTypes:
    name = "tailscale debug dial-types"

    def recognise(self, document: Document) -> Fit:
        found = any(_RESULT.match(line) for line in document.head.split("\n"))
        return Fit.SHAPE if found else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        facts: list[Fact] = []
        rest = Rest()
        target: HostPort | None = None
        for number, line in enumerate(document.lines, 1):
            command, result = _COMMAND.search(line[:600]), _RESULT.match(line)
            if result is not None:
                facts += _facts(result, number, target, origin)
            elif command is not None:
                target = target_of(f"{command['host']}:{command['port']}")
            elif line.strip():
                rest.add(number, line)
        return together((Reading(facts=tuple(facts)), rest.read(origin, inner)))


def _facts(result: re.Match[str], number: int, asked: HostPort | None, origin: Origin) -> list[Fact]:
    evidence = origin.evidence(result[0], line=number)
    ok, error = result["ok"] == "true", result["error"].strip()
    target = asked or dialled(error)
    if result["dialer"] != _USER:
        return []
    if ok:
        return [DialSucceeded(evidence=evidence, target=target, egress=Egress.LOCALAPI)]
    return [DialFailed(evidence=evidence, target=target, wording=wording_of(error), egress=Egress.LOCALAPI)]


READER = _DialTypes()
