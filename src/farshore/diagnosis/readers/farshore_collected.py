"""What `farshore doctor` saw itself: its pings and its dials (`diagnosis.collected`)."""

from collections.abc import Iterator

import msgspec

from farshore.core.address import AddressError, parse_host_port
from farshore.diagnosis.collected import FORMAT, Collected, CollectedDial, CollectedPing, DialEnd
from farshore.diagnosis.evidence import Evidence, Origin
from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Egress, Greeted, Wording
from farshore.diagnosis.facts.peers import PingAnswered, PingKind, PingUnanswered
from farshore.diagnosis.grounds import duration
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.times import read_time
from farshore.diagnosis.intake.wordings import wording_of

_WORDINGS = {
    DialEnd.NOT_A_ROUTE: Wording.DIAL_SELF,
    DialEnd.EGRESS_REFUSED: Wording.EGRESS_REFUSED,
    DialEnd.EGRESS_SILENT: Wording.EGRESS_SILENT,
}


class _FarshoreCollected:
    name = "evidence collected by farshore"

    def recognise(self, document: Document) -> Fit:
        return Fit.SIGNED if document.looks_like_json and f'"{FORMAT}"' in document.head[:200] else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        try:
            collected = msgspec.json.decode(document.text, type=Collected)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            return Reading(unread=(origin.unread(f"not as farshore writes it: {error}"),))
        facts = [*_pings(collected, origin), *(fact for pair in _dials(collected, origin) for fact in pair)]
        return Reading(facts=tuple(facts))


def _evidence(collected: Collected, origin: Origin, text: str, pointer: str, at: str) -> Evidence:
    return origin.evidence(
        text, pointer=pointer, observer=collected.observer, version=collected.version, time=read_time(at)
    )


def _pings(collected: Collected, origin: Origin) -> Iterator[Fact]:
    for number, ping in enumerate(collected.pings):
        evidence = _evidence(collected, origin, _ping_text(ping), f"/pings/{number}", ping.at)
        kind = next((kind for kind in PingKind if kind.value == ping.kind.lower()), PingKind.UNKNOWN)
        if ping.answered:
            yield PingAnswered(
                evidence=evidence,
                address=ping.address,
                kind=kind,
                node=ping.node,
                via="direct" if ping.endpoint else "derp" if ping.derp else "",
                derp=ping.derp,
                latency_s=ping.latency_s,
            )
        else:
            yield PingUnanswered(
                evidence=evidence, address=ping.address, kind=kind, node=ping.node, reason=_reason(ping.text)
            )


def _reason(text: str) -> str:
    if not text:
        return "timeout"
    return "no-matching-peer" if "no matching peer" in text else "other"


def _ping_text(ping: CollectedPing) -> str:
    who = f"{ping.kind} ping of {ping.node or ping.address}"
    if ping.answered:
        how = f" via {ping.endpoint}" if ping.endpoint else f" via DERP({ping.derp})" if ping.derp else ""
        return f"{who}: answered in {duration(ping.latency_s or 0.0)}{how}"
    return f"{who}: {ping.text or f'no answer to {ping.tries}'}"


def _dials(collected: Collected, origin: Origin) -> Iterator[list[Fact]]:
    for number, dial in enumerate(collected.dials):
        target = target_of(dial.target)
        evidence = _evidence(collected, origin, _dial_text(dial), f"/dials/{number}", dial.at)
        egress = Egress(dial.egress) if dial.egress in set(Egress) else Egress.UNKNOWN
        if dial.end is not DialEnd.CONNECTED:
            yield [
                DialFailed(
                    evidence=evidence,
                    target=target,
                    wording=_wording(dial, egress),
                    egress=egress,
                    elapsed_s=dial.elapsed_s,
                    egress_address=dial.egress_address,
                )
            ]
            continue
        facts: list[Fact] = [
            DialSucceeded(
                evidence=evidence,
                target=target,
                egress=egress,
                elapsed_s=dial.elapsed_s,
                bound=_host_of(dial.bound),
            )
        ]
        if dial.expected or dial.greeting:
            facts.append(
                Greeted(
                    evidence=evidence,
                    target=target,
                    expected=dial.expected,
                    protocol=dial.greeting,
                    hung_up=dial.hung_up,
                )
            )
        yield facts


def _wording(dial: CollectedDial, egress: Egress) -> Wording:
    known = _WORDINGS.get(dial.end)
    if known is not None:
        return known
    if dial.end is DialEnd.SILENT:
        # Asked through LocalAPI, tailscaled had a route and dialled in its own netstack.
        return Wording.DEADLINE if egress is Egress.LOCALAPI else Wording.TIMED_OUT
    if egress is Egress.SOCKS5:
        return Wording.SOCKS_GENERAL
    if egress is Egress.DIRECT:
        return Wording.REFUSED if "refused" in dial.text.lower() else Wording.OTHER
    return wording_of(dial.text)


def _dial_text(dial: CollectedDial) -> str:
    way = f"{dial.target} by {dial.egress}" + (f" for {dial.stands_for}" if dial.stands_for else "")
    took = "" if dial.elapsed_s is None else f" after {duration(dial.elapsed_s)}"
    if dial.end is DialEnd.CONNECTED:
        bound = f", bound to {dial.bound}" if dial.bound else ""
        spoke = (
            f", greeted with {dial.greeting}"
            if dial.greeting
            else f", {'hung up' if dial.hung_up else 'said nothing'}"
            if dial.expected
            else ""
        )
        return f"{way}: connected{took}{bound}{spoke}"
    return f"{way}: {dial.end}{took}" + (f": {dial.text}" if dial.text else "")


def _host_of(bound: str) -> str:
    try:
        return str(parse_host_port(bound).host)
    except AddressError:
        return bound


READER = _FarshoreCollected()
