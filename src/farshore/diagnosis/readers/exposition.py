"""Metrics in Prometheus' text format: tailscaled's own (`tailscale metrics`, `/metrics`), Farshore's, anybody's.

Source: Prometheus exposition format 0.0.4; names of tailscale at v1.102.3. Two scrapes in one file are told apart by a
series that comes again. A comment with a time, and after it perhaps `observer NAME`, is about what follows.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from farshore.diagnosis.evidence import Instant, Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.metrics import MetricSampled
from farshore.diagnosis.facts.peers import DropsCounted
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together
from farshore.diagnosis.intake.times import read_stamp

MAX_SAMPLES = 20_000
_SAMPLE = re.compile(
    r"(?P<name>[a-zA-Z_:][\w:]{0,120})(?:\{(?P<labels>[^}\n]{0,2000})\})? {1,4}"
    r"(?P<value>[\w.+-]{1,40})(?: (?P<ms>\d{10,16}))?$"
)
_LABEL = re.compile(r'([a-zA-Z_]\w{0,80})="((?:[^"\\]|\\.){0,400})"')
_COMMENT = re.compile(r"# (?:HELP|TYPE|EOF|UNIT)\b")
_OBSERVER = re.compile(r" observer (\S{1,200})$")
_COMMAND = re.compile(r"^(?:[^\s$#]{0,120} ?[$#>] ?)?(?:\S{0,80}/)?(?:curl|tailscale|kubectl|wget|farshore) .{1,400}$")
_DROPPED = re.compile(r"tailscaled_(inbound|outbound)_dropped_packets_total$")
# A summary without observations.
_NOTHING_YET = "NaN"
_FEWEST = 2
_STRANGERS = 2


class _Exposition:
    name = "Prometheus metrics"

    def recognise(self, document: Document) -> Fit:
        if document.looks_like_json:
            return Fit.NO
        lines = [line.strip() for line in document.head.split("\n") if line.strip()]
        comments = sum(_COMMENT.match(line) is not None for line in lines)
        samples = sum(_SAMPLE.match(line) is not None for line in lines)
        few_others = len(lines) - comments - samples <= _STRANGERS
        ours = any(line.startswith(("tailscaled_", "farshore_", "magicsock_")) for line in lines)
        return Fit.CERTAIN if samples and few_others and (comments >= _FEWEST or ours) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        facts: list[Fact] = []
        unread: list[Unread] = []
        rest = Rest()
        seen: set[tuple[str, str]] = set()
        scrape, left_out, time, place = 1, 0, None, origin
        for number, line in enumerate(document.lines, 1):
            stripped = line.strip()
            found = _SAMPLE.match(stripped)
            if found is None:
                stamp = read_stamp(stripped.lstrip("# "))
                if stamp is not None:
                    time = stamp[0]
                    said = _OBSERVER.search(stripped)
                    place = place if said is None else msgspec.structs.replace(place, observer=said[1])
                if stamp is None and not _COMMENT.match(stripped) and not _COMMAND.match(stripped):
                    rest.add(number, line)
                continue
            if found["value"] == _NOTHING_YET:
                continue
            series = (found["name"], found["labels"] or "")
            if series in seen:
                seen.clear()
                scrape += 1
            seen.add(series)
            if len(facts) >= MAX_SAMPLES:
                left_out += 1
                continue
            read = list(_facts(found, number, scrape, time, place))
            facts += read
            if not read:
                unread.append(origin.unread("a value that is no number", line=number))
        if left_out:
            unread.append(origin.unread(f"{left_out:,} samples beyond {MAX_SAMPLES:,}"))
        return together((Reading(facts=tuple(facts), unread=tuple(unread)), rest.read(origin, inner)))


def _facts(found: re.Match[str], number: int, scrape: int, time: Instant | None, origin: Origin) -> Iterator[Fact]:
    try:
        value = float(found["value"])
    except ValueError:
        return
    labels = tuple((key, told) for key, told in _LABEL.findall(found["labels"] or ""))
    instant = _instant(found["ms"]) or time
    observer = next((told for key, told in labels if key in {"instance", "pod", "node"}), "")
    evidence = origin.evidence(found[0], line=number, time=instant, observer=origin.observer or observer)
    yield MetricSampled(evidence=evidence, metric=found["name"], labels=labels, value=value, scrape=scrape)
    dropped = _DROPPED.match(found["name"])
    if dropped is not None and value > 0:
        reason = dict(labels).get("reason", "")
        yield DropsCounted(evidence=evidence, direction=dropped[1], reason=reason, packets=value)


def _instant(milliseconds: str | None) -> Instant | None:
    try:
        return None if milliseconds is None else Instant(datetime.fromtimestamp(int(milliseconds) / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return None


READER = _Exposition()
