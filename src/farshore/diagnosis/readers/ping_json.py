"""LocalAPI's answer to a ping: `ipnstate.PingResult` as JSON, one or several.

Source: tailscale ipn/ipnstate/ipnstate.go (PingResult) at v1.102.3. It does not say which kind was asked for; a path in
it means disco, a PeerAPI URL peerapi.
"""

from collections.abc import Iterator

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import PingAnswered, PingKind, PingUnanswered
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.members import Members, items, json_values, members, number, text
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner

_REASONS = (
    ("no matching peer", "no-matching-peer"),
    ("unknown peer", "no-matching-peer"),
    ("timeout", "timeout"),
    ("timed out", "timeout"),
    ("deadline exceeded", "timeout"),
    ("local tailscaled stopped", "local"),
)


class _PingJson:
    name = "tailscale ping (JSON)"

    def recognise(self, document: Document) -> Fit:
        if not document.looks_like_json:
            return Fit.NO
        head = document.head[:4000]
        sure = '"LatencySeconds"' in head or ('"IP"' in head and '"Err"' in head)
        return Fit.CERTAIN if sure and '"Peer"' not in head else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        facts = [
            fact
            for line, value in json_values(document.text)
            for each in (items(value) if isinstance(value, list) else [value])
            for fact in _result(members(each), line, origin)
        ]
        return Reading(facts=tuple(facts), unread=() if facts else (origin.unread("no whole ping result in it"),))


def _result(result: Members, line: int, origin: Origin) -> Iterator[Fact]:
    address = text(result.get("IP")) or text(result.get("NodeIP"))
    if not address:
        return
    error, node = text(result.get("Err")), text(result.get("NodeName"))
    endpoint, relay = text(result.get("Endpoint")), text(result.get("PeerRelay"))
    region = text(result.get("DERPRegionCode"))
    kind = PingKind.DISCO if endpoint or relay or region else PingKind.UNKNOWN
    kind = PingKind.PEERAPI if text(result.get("PeerAPIURL")) else kind
    seconds = number(result.get("LatencySeconds"))
    took = "" if seconds is None else f" in {seconds * 1000:.1f} ms"
    way = endpoint or relay or (f"DERP({region})" if region else "a path that is not told")
    said = f"ping {address} ({node or 'node not told'}): {error or f'answered via {way}{took}'}"
    evidence = origin.evidence(said, line=line)
    if error:
        reason = next((reason for words, reason in _REASONS if words in error.lower()), "other")
        yield PingUnanswered(evidence=evidence, address=address, kind=kind, reason=reason, node=node)
        return
    via = "direct" if endpoint else "relay" if relay else "derp" if region else ""
    yield PingAnswered(
        evidence=evidence, address=address, kind=kind, node=node, via=via, derp=region, latency_s=seconds
    )


READER = _PingJson()
