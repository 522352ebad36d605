"""What a router's packet filter and its netstack's limit say of packets that they did not let through.

Sources: tailscale wgengine/filter/filter.go `logRateLimit`, wgengine/netstack/netstack.go:567 at v1.102.3.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import RouterDropped, RouterRefusedWork
from farshore.diagnosis.intake.records import Record

_DROPPED = re.compile(r"\bDrop: TCP\{[^\s>]{3,80} > ([^\s}]{3,80})\} \d{1,6} (.{1,80})")
_LIMIT = re.compile(r"ignoring a new TCP connection .{0,160} already has (\d{1,9}) in-flight")


class _TailscaledFilter:
    name = "tailscaled (packet filter)"
    needles = ("drop: tcp{", "ignoring a new tcp connection")

    def read(self, record: Record) -> Iterator[Fact]:
        dropped = _DROPPED.search(record.text)
        if dropped is not None:
            yield RouterDropped(
                evidence=record.evidence(), target=target_of(dropped[1]), reason=dropped[2].strip().lower()
            )
        limit = _LIMIT.search(record.text)
        if limit is not None:
            yield RouterRefusedWork(evidence=record.evidence(), in_flight=int(limit[1]))


DIALECT = _TailscaledFilter()
