"""A gateway's own breaker that turned a client away: nothing was sent.

Sources: sony/gobreaker (`circuit breaker is open`), resilience4j (`CircuitBreaker 'x' is OPEN`), Envoy's response flag
UO (`upstream_reset_before_response_started{overflow}`). HAProxy's `has no server available!` is none: its checks found
every server dead, and that is what they say.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact, target_of
from farshore.diagnosis.facts.dials import DialFailed, Wording
from farshore.diagnosis.intake.records import Record

_TEXTS = (
    "circuit breaker is open",
    "circuit breaker open",
    "is open and does not permit further calls",
    "breaker_open",
    "response_started{overflow}",
)
_ADDRESS = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3}:\d{1,5})(?![\w.])")


class _Breakers:
    name = "breaker of a gateway"
    needles = _TEXTS

    def read(self, record: Record) -> Iterator[Fact]:
        addresses = set(_ADDRESS.findall(record.text[:2000]))
        target = target_of(addresses.pop()) if len(addresses) == 1 else None
        yield DialFailed(evidence=record.evidence(), target=target, wording=Wording.BREAKER_OPEN)


DIALECT = _Breakers()
