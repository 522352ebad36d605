"""`tailscale ping` as it prints, one session or several; the command line before it says which kind.

Source: tailscale cmd/tailscale/cli/ping.go at v1.102.3. Without a kind in sight it is disco, the command's default.
"""

import re

import msgspec

from farshore.diagnosis.evidence import Evidence, Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import (
    DaemonUnreachable,
    DirectNotEstablished,
    PingAnswered,
    PingKind,
    PingUnanswered,
)
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together

_PONG = re.compile(
    r"pong from (?P<node>[^\s(]{1,80}) \((?P<address>[^\s,)]{1,45})(?:, ?\d{1,5})?\) via (?P<via>[^\s]{1,80})"
    r"(?: in (?P<latency>[\d.]{1,12})(?P<unit>µs|ms|s))?"
)
_PEERAPI = re.compile(r"hit peerapi of (?P<one>[^\s(]{1,80}) \((?P<other>[^\s)]{1,80})\)")
_TIMEOUT = re.compile(r'ping "(?P<address>[^"\s]{1,80})" timed out')
_NO_PEER = "no matching peer"
_ALONE = re.compile(rf"^{_NO_PEER}\r?$", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|\s|/)tailscale(?:\.exe)? (?:--?[\w.=/-]{1,80} )?ping (?P<rest>.{1,200})")
_FLAGS = (("--tsmp", PingKind.TSMP), ("--icmp", PingKind.ICMP), ("--peerapi", PingKind.PEERAPI))
_NOT_DIRECT = "direct connection not established"
_UNREACHABLE = ("failed to connect to local tailscaled", 'Post "http://local-tailscaled.sock/localapi/')
_NOISE = ("no reply",)
_SIZE = re.compile(r"--?size[= ](\d{1,5})")
_UNITS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}
_DERP = "DERP("
_PEER_RELAY = "peer-relay("


class _TailscalePing:
    name = "tailscale ping"

    def recognise(self, document: Document) -> Fit:
        if document.looks_like_json:
            return Fit.NO
        head = document.head
        said = _PONG.search(head) or _TIMEOUT.search(head) or _PEERAPI.search(head) or _ALONE.search(head)
        return Fit.SHAPE if said else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        facts: list[Fact] = []
        rest = Rest()
        kind, asked, size_bytes = PingKind.DISCO, "", 0
        for number, line in enumerate(document.lines, 1):
            command = _COMMAND.search(line)
            if command is not None:
                kind = next((kind for flag, kind in _FLAGS if flag in command["rest"]), PingKind.DISCO)
                asked = command["rest"].split()[-1].strip("`'\"")
                size_bytes = _size(command["rest"])
                continue
            fact = _read_line(line, number, kind, asked, origin)
            if size_bytes and isinstance(fact, PingAnswered | PingUnanswered):
                fact = msgspec.structs.replace(fact, size_bytes=size_bytes)
            if fact is None and _NOT_DIRECT in line:
                fact = _not_direct(facts, origin.evidence(line, line=number))
            if fact is not None:
                facts.append(fact)
            elif not line.strip().startswith(_NOISE):
                rest.add(number, line)
        return together((Reading(facts=tuple(facts)), rest.read(origin, inner)))


def _size(flags: str) -> int:
    asked = _SIZE.search(flags)
    return 0 if asked is None else int(asked[1])


def _not_direct(facts: list[Fact], evidence: Evidence) -> Fact | None:
    last = next((fact for fact in reversed(facts) if isinstance(fact, PingAnswered)), None)
    return None if last is None else DirectNotEstablished(evidence=evidence, address=last.address, node=last.node)


def _read_line(line: str, number: int, kind: PingKind, asked: str, origin: Origin) -> Fact | None:
    pong, hit = _PONG.search(line), _PEERAPI.search(line)
    via = "" if pong is None else pong["via"]
    told = PingKind(via.lower()) if via in {"TSMP", "ICMP"} else PingKind.PEERAPI if hit is not None else kind
    evidence = origin.evidence(f"{line} ({told})", line=number)
    if pong is not None:
        return PingAnswered(
            evidence=evidence,
            address=pong["address"],
            node=pong["node"],
            kind=told,
            via=_way(via, told),
            derp=via[len(_DERP) : -1] if via.startswith(_DERP) else "",
            latency_s=_seconds(pong["latency"], pong["unit"]),
        )
    if hit is not None:
        # The command prints the address first and the name in brackets; older ones had it the other way round.
        one, other = (hit["one"], hit["other"]) if hit["one"][:1].isdigit() or ":" in hit["one"] else hit.group(2, 1)
        return PingAnswered(evidence=evidence, address=one, node=other.partition(".")[0], kind=PingKind.PEERAPI)
    timeout = _TIMEOUT.search(line)
    if timeout is not None:
        return PingUnanswered(evidence=evidence, address=timeout["address"], kind=kind, reason="timeout")
    if _NO_PEER in line:
        return PingUnanswered(evidence=evidence, address=asked, kind=kind, reason="no-matching-peer")
    if any(words in line for words in _UNREACHABLE):
        return DaemonUnreachable(evidence=evidence, reason=line.strip()[:200])
    return None


def _way(via: str, kind: PingKind) -> str:
    if via.startswith(_DERP):
        return "derp"
    if via.startswith(_PEER_RELAY):
        return "relay"
    return "direct" if kind is PingKind.DISCO else ""


def _seconds(number: str | None, unit: str | None) -> float | None:
    try:
        return None if number is None or unit is None else float(number) * _UNITS[unit]
    except ValueError:
        return None


READER = _TailscalePing()
