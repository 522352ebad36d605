"""`tailscale ping` as it prints, one session or several; the command line before it says which kind.

Source: tailscale cmd/tailscale/cli/ping.go at v1.102.3. Without a kind in sight it is disco, the command's default.
"""

import re

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import PingAnswered, PingKind, PingUnanswered
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner

_PONG = re.compile(
    r"pong from (?P<node>[^\s(]{1,80}) \((?P<address>[^\s,)]{1,45})(?:, ?\d{1,5})?\) via (?P<via>[^\s]{1,80})"
    r"(?: in (?P<latency>[\d.]{1,12})(?P<unit>µs|ms|s))?"
)
_PEERAPI = re.compile(r"hit peerapi of (?P<node>[^\s(]{1,80}) \((?P<address>[^\s)]{1,45})\)")
_TIMEOUT = re.compile(r'ping "(?P<address>[^"\s]{1,80})" timed out')
_NO_PEER = "no matching peer"
_COMMAND = re.compile(r"(?:^|\s|/)tailscale(?:\.exe)? (?:--?[\w.=/-]{1,80} )?ping (?P<rest>.{1,200})")
_FLAGS = (("--tsmp", PingKind.TSMP), ("--icmp", PingKind.ICMP), ("--peerapi", PingKind.PEERAPI))
_UNITS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}
_DERP = "DERP("


class _TailscalePing:
    name = "tailscale ping"

    def recognise(self, document: Document) -> Fit:
        if document.looks_like_json:
            return Fit.NO
        head = document.head
        said = _PONG.search(head) or _TIMEOUT.search(head) or _PEERAPI.search(head)
        return Fit.SHAPE if said else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        facts: list[Fact] = []
        kind, asked = PingKind.DISCO, ""
        for number, line in enumerate(document.lines, 1):
            command = _COMMAND.search(line)
            if command is not None:
                kind = next((kind for flag, kind in _FLAGS if flag in command["rest"]), PingKind.DISCO)
                asked = command["rest"].split()[-1].strip("`'\"")
                continue
            fact = _read_line(line, number, kind, asked, origin)
            if fact is not None:
                facts.append(fact)
        return Reading(facts=tuple(facts))


def _read_line(line: str, number: int, kind: PingKind, asked: str, origin: Origin) -> Fact | None:
    evidence = origin.evidence(f"{line} ({kind})", line=number)
    pong = _PONG.search(line)
    if pong is not None:
        via = pong["via"]
        told = PingKind(via.lower()) if via in {"TSMP", "ICMP"} else kind
        return PingAnswered(
            evidence=evidence,
            address=pong["address"],
            node=pong["node"],
            kind=told,
            via="derp" if via.startswith(_DERP) else "" if told is not PingKind.DISCO else "direct",
            derp=via[len(_DERP) : -1] if via.startswith(_DERP) else "",
            latency_s=_seconds(pong["latency"], pong["unit"]),
        )
    hit = _PEERAPI.search(line)
    if hit is not None:
        return PingAnswered(evidence=evidence, address=hit["address"], node=hit["node"], kind=PingKind.PEERAPI)
    timeout = _TIMEOUT.search(line)
    if timeout is not None:
        return PingUnanswered(evidence=evidence, address=timeout["address"], kind=kind, reason="timeout")
    if _NO_PEER in line:
        return PingUnanswered(evidence=evidence, address=asked, kind=kind, reason="no-matching-peer")
    return None


def _seconds(number: str | None, unit: str | None) -> float | None:
    try:
        return None if number is None or unit is None else float(number) * _UNITS[unit]
    except ValueError:
        return None


READER = _TailscalePing()
