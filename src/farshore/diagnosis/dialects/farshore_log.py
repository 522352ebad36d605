"""Farshore's own log: how each client connection ended, as JSON or as text (`surface.logs`, docs/outcomes.md).

A journal's probes, of a health check or the gateway's own, are lines of the same kind: what they found a client would
have found.

One line says several things: how it ended, that the dial failed and in whose words, or that the target was reached.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from farshore.core.address import HostPort
from farshore.core.journal import PROBE_ENDED, TARGET_PROBED
from farshore.core.outcome import MEANINGS, Code, Phase, Who
from farshore.diagnosis.evidence import Evidence, Instant, bounded
from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, Egress, GatewayEnded, Wording
from farshore.diagnosis.intake.own_lines import own_event
from farshore.diagnosis.intake.records import Record
from farshore.diagnosis.intake.wordings import wording_of

_EVENT = "connection-ended"
_BY = {PROBE_ENDED: "health check: ", TARGET_PROBED: "the gateway's probe: "}
# Where the connection was up, and the target then said nothing (`watch.target`).
_CONNECTED = "connected in "
_AFTER = re.compile(r"\(after (\d{1,4}\.\d{1,3}) s\)")
# These end in order and still tell of something: a pool that will find its connection dead, a reply that was lost.
_TELLING = {Code.IDLE, Code.HALF_CLOSE}
_WORDINGS = {
    Code.EGRESS_REFUSED: Wording.EGRESS_REFUSED,
    Code.EGRESS_MISSING: Wording.EGRESS_REFUSED,
    Code.EGRESS_SILENT: Wording.EGRESS_SILENT,
    Code.HANDSHAKE_TIMEOUT: Wording.EGRESS_SILENT,
    Code.NAME_UNKNOWN: Wording.NAME_UNKNOWN,
    Code.NO_ANSWER: Wording.DEADLINE,
    Code.TARGET_SILENT: Wording.TIMED_OUT,
}
_BEYOND = {Code.TARGET_REFUSED, Code.TARGET_UNREACHABLE, Code.TARGET_SILENT}
_BEYOND_THE_DIAL = {Phase.FIRST_BYTE, Phase.TRANSFER, Phase.LOGIN, Phase.QUERY}
_FROM_TEXT = {
    Code.DIAL_FAILED: Wording.SOCKS_GENERAL,
    Code.TARGET_REFUSED: Wording.REFUSED,
    Code.TARGET_UNREACHABLE: Wording.OTHER,
}


class _FarshoreLog:
    name = "Farshore"
    needles = (_EVENT, PROBE_ENDED, TARGET_PROBED)

    def read(self, record: Record) -> Iterator[Fact]:
        fields = _fields(record)
        if fields.get("event") == TARGET_PROBED:
            yield from _probed(record, fields)
            return
        code = next((code for code in Code if code.value == fields.get("code")), None)
        target, detail = target_of(str(fields.get("target", ""))), str(fields.get("detail") or "")
        if code is None:
            if fields.get("event") == PROBE_ENDED and fields.get("code") is None and target is not None:
                yield _reached(_worded(record, "went well", fields, ""), fields, target)
            return
        evidence = _worded(record, code.value, fields, detail)
        meaning = MEANINGS[code]
        if meaning.is_failure or code in _TELLING:
            yield _ended(evidence, code, fields, target, detail)
        if code in _WORDINGS or code in _FROM_TEXT:
            yield _failed(evidence, code, fields, target, detail)
        if code.phase in _BEYOND_THE_DIAL:
            yield _reached(evidence, fields, target, code)


def _probed(record: Record, fields: Mapping[str, object]) -> Iterator[Fact]:
    """The gateway's own probe. A line of its log names no target, and a route alone is nothing to conclude about."""
    target, detail = target_of(str(fields.get("target") or "")), str(fields.get("detail") or "")
    if target is None:
        return
    evidence = _worded(record, str(fields.get("result") or ""), fields, detail)
    match fields.get("result"):
        case "connected":
            yield _reached(evidence, fields, target)
        case "silent" if detail.startswith(_CONNECTED):
            yield _reached(evidence, fields, target)
        case "silent":
            yield DialFailed(evidence=evidence, target=target, wording=_by(detail, Wording.DEADLINE))
        case "refused":
            yield DialFailed(evidence=evidence, target=target, wording=_by(detail, Wording.REFUSED))
        case _:
            return


def _by(detail: str, otherwise: Wording) -> Wording:
    told = wording_of(detail) if _by_tailscaled(detail) else Wording.OTHER
    return otherwise if told is Wording.OTHER else told


def _reached(
    evidence: Evidence, fields: Mapping[str, object], target: HostPort | None, code: Code | None = None
) -> DialSucceeded:
    return DialSucceeded(
        evidence=msgspec.structs.replace(evidence, time=_started(fields) or evidence.time),
        target=target,
        elapsed_s=_seconds(fields, "dial_ms"),
        path=str(fields.get("path") or ""),
        ended_by=code.who.value if code is not None and code.who in {Who.CLIENT, Who.UPSTREAM} else "",
    )


def _fields(record: Record) -> Mapping[str, object]:
    name, fields = own_event(record.text, record.fields)
    return {**fields, "event": name} if name in {_EVENT, PROBE_ENDED, TARGET_PROBED} else {}


def _worded(record: Record, what: str, fields: Mapping[str, object], detail: str) -> Evidence:
    """The line, by what a person looks for in it."""
    about = " ".join(str(fields[key]) for key in ("route", "path", "target") if fields.get(key))
    by = _BY.get(str(fields.get("event")), "")
    told = f"{by}{what} {about}" + (f": {detail}" if detail else "")
    return msgspec.structs.replace(record.evidence(), text=bounded(told))


def _ended(
    evidence: Evidence, code: Code, fields: Mapping[str, object], target: HostPort | None, detail: str
) -> GatewayEnded:
    return GatewayEnded(
        evidence=evidence,
        code=code.value,
        route=str(fields.get("route", "")),
        target=target,
        path=str(fields.get("path", "")),
        detail=detail,
        dial_s=_seconds(fields, "dial_ms"),
        duration_s=_seconds(fields, "duration_ms"),
        client_bytes=int(_number(fields, "client_bytes") or 0),
        upstream_bytes=int(_number(fields, "upstream_bytes") or 0),
        leaked_dial=str(fields.get("leaked_dial")).lower() == "true",
        client=_host(str(fields.get("client") or "")),
        connection=_connection(fields),
    )


def _host(client: str) -> str:
    found = target_of(client)
    return client if found is None else str(found.host)


def _connection(fields: Mapping[str, object]) -> str:
    """Its number within the gateway's run, and what no two runs share."""
    number, began_s = _number(fields, "connection"), _number(fields, "started_at_s")
    if number is None or not began_s:
        return ""
    return f"{number:.0f} {began_s:.3f} {fields.get('client') or ''}"


def _failed(
    evidence: Evidence, code: Code, fields: Mapping[str, object], target: HostPort | None, detail: str
) -> DialFailed:
    wording = _WORDINGS.get(code)
    elapsed_s = None
    if wording is None:
        told = wording_of(detail) if _by_tailscaled(detail) else Wording.OTHER
        wording = told if told is not Wording.OTHER else _FROM_TEXT[code]
        # How long nobody answered is the gateway's own patience, and says nothing; how soon somebody did says much.
        after = _AFTER.search(detail)
        elapsed_s = _seconds(fields, "dial_ms") if after is None else float(after[1])
    return DialFailed(
        evidence=evidence,
        target=target,
        wording=wording,
        egress=Egress.DIRECT if code in _BEYOND and not _by_tailscaled(detail) else Egress.UNKNOWN,
        elapsed_s=elapsed_s,
        egress_address=detail.partition(": ")[0] if code.phase is Phase.CONNECT else "",
    )


def _by_tailscaled(detail: str) -> bool:
    """Whether tailscaled's netstack wrote the error; otherwise it is this host's own, of a direct egress."""
    return "connect tcp" in detail


def _started(fields: Mapping[str, object]) -> Instant | None:
    seconds = _number(fields, "started_at_s")
    try:
        return None if not seconds else Instant(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _seconds(fields: Mapping[str, object], key: str) -> float | None:
    milliseconds = _number(fields, key)
    return None if milliseconds is None else milliseconds / 1000


def _number(fields: Mapping[str, object], key: str) -> float | None:
    value = fields.get(key)
    try:
        number = float(value) if isinstance(value, (int, float, str)) else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e15 else None  # noqa: PLR2004 - no clock counts further


DIALECT = _FarshoreLog()
