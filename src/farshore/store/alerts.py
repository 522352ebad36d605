"""How alerts stood when the process before this one ended, read from its journal."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from farshore.core.alerts import Alert, AlertsBefore, LastTold, NotificationSent
from farshore.core.journal import event_name
from farshore.store.database import NotOpened, open_readonly

LATELY_S = 3600.0
_FIRING = "SELECT alert FROM alerts WHERE ended_us IS NULL ORDER BY at_us"
_LATELY = "SELECT alert, last_us, key FROM alerts WHERE last_us >= ? AND NOT silenced ORDER BY last_us"
_SENT = """
SELECT at_us, json_extract(fields, '$.channel'), json_extract(fields, '$.key'), json_extract(fields, '$.state')
FROM events WHERE at_us >= ? AND event = ?
"""


def alerts_before(journal: Path, now_s: float) -> AlertsBefore:
    """What fires, and what was told within the last hour; nothing where the journal cannot be read."""
    connection = open_readonly(journal)
    if isinstance(connection, NotOpened):
        return AlertsBefore()
    with closing(connection):
        try:
            return AlertsBefore(
                firing=tuple(_alerts(text for (text,) in connection.execute(_FIRING))),
                lately=tuple(_lately(connection, int((now_s - LATELY_S) * 1e6))),
            )
        except sqlite3.Error:
            return AlertsBefore()


def _lately(connection: sqlite3.Connection, since_us: int) -> Iterator[LastTold]:
    sent = connection.execute(_SENT, (since_us, event_name(NotificationSent))).fetchall()
    for text, last_us, key in connection.execute(_LATELY, (since_us,)):
        for alert in _alerts([text]):
            state = alert.state.value
            taken = (channel for at_us, channel, of, was in sent if (of, was) == (key, state) and at_us >= last_us)
            yield LastTold(alert=alert, taken_by=frozenset(taken))


def _alerts(texts: Iterator[str] | list[str]) -> Iterator[Alert]:
    """What another version has written otherwise is left out."""
    for text in texts:
        try:
            yield msgspec.json.decode(text, type=Alert)
        except msgspec.MsgspecError:
            continue
