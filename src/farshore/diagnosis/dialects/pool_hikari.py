"""The HikariCP pool, by itself, under Spring or under Ballerina, where its text names no driver that knows better.

Of a pool that is empty because nothing can be reached, the nested cause is the answer.
Source: HikariCP com.zaxxer.hikari.pool.HikariPool, PoolBase, ProxyConnection.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.intake.driver_texts import Texts, symptom_in
from farshore.diagnosis.intake.records import Record

_INIT = "failed to initialize pool"
_TEXTS: Texts = (
    (("connection is not available, request timed out",), Symptom.POOL_EXHAUSTED),
    (("failed to validate connection",), Symptom.STALE),
    (("(connection is dead)",), Symptom.STALE),
    (("marked as broken because of",), Symptom.DIED_ESTABLISHED),
    ((_INIT, "refused"), Symptom.NOT_REACHED_REFUSED),
    ((_INIT, "reset"), Symptom.RESET_BEFORE_REPLY),
    ((_INIT, "timed out"), Symptom.SILENT_BEFORE_REPLY),
    ((_INIT,), Symptom.OTHER),
    (("exception during pool initialization",), Symptom.OTHER),
)
_STATS = re.compile(r"\(total=(\d{1,6}), active=(\d{1,6}), idle=(\d{1,6}), waiting=(\d{1,6})\)")
_WAITED = re.compile(r"request timed out after (\d{1,9}) ?ms")
_BALLERINA = ("ballerina", "error in sql connector configuration")


class _Hikari:
    name = "hikari"
    needles = (
        *("hikari", _INIT, "connection is not available, request timed out", "(total="),
        *("failed to validate connection", "marked as broken because of"),
    )
    texts = _TEXTS

    def read(self, record: Record) -> Iterator[Fact]:
        lowered = record.text.lower()
        symptom = symptom_in(lowered, _TEXTS) or _all_taken(record.text)
        if symptom is None:
            return
        waited = _WAITED.search(record.text)
        yield DriverFailed(
            evidence=record.evidence(),
            driver="ballerina" if any(mark in lowered for mark in _BALLERINA) else self.name,
            symptom=symptom,
            elapsed_s=None if waited is None else int(waited[1]) / 1000,
        )


def _all_taken(text: str) -> Symptom | None:
    """Every connection is in use and somebody waits; a pool without any connection is another matter."""
    stats = _STATS.search(text)
    if stats is None:
        return None
    total, active, _, waiting = (int(each) for each in stats.groups())
    return Symptom.POOL_EXHAUSTED if active == total > 0 and waiting > 0 else None


DIALECT = _Hikari()
