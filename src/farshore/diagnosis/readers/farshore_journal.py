"""A journal of Farshore's (docs/journal.md): each row is read as the log line that was written of the same event.

Its file alone is enough: what stands only in the `-wal` beside it is the last ten seconds of a running gateway.
"""

import sqlite3
from contextlib import closing

from farshore.core.journal import PROBES
from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.remembered import MAX_ROWS, READ, UNREADABLE, lines_of, open_image, probes_of
from farshore.diagnosis.intake.rest import together


class _FarshoreJournal:
    name = "journal of Farshore's"

    def recognise(self, document: Document) -> Fit:
        return Fit.SIGNED if document.is_journal else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        if not document.is_journal:
            return Reading()
        try:
            with closing(open_image(document.data)) as connection:
                return together([_table(connection, table, origin, inner) for table in (*READ, PROBES)])
        except UNREADABLE as error:
            return Reading(unread=(origin.unread(f"the journal is damaged: {error}"),))


def _table(connection: sqlite3.Connection, table: str, origin: Origin, inner: ReadInner) -> Reading:
    """The rows of one table; a line of its evidence is the row's place among those that were read."""
    try:
        most = MAX_ROWS + 1
        rows = probes_of(connection, most=most) if table == PROBES else lines_of(connection, table, most=most)
        lines = [line for _, line in rows]
    except UNREADABLE as error:
        return Reading(unread=(origin.unread(f"the table is damaged: {error}", pointer=f"/{table}"),))
    unread: tuple[Unread, ...] = ()
    if len(lines) > MAX_ROWS:
        unread = (origin.unread(f"rows older than the last {MAX_ROWS:,}", pointer=f"/{table}"),)
        lines = lines[-MAX_ROWS:]
    read = inner("\n".join(lines), origin.inner(pointer=f"/{table}"))
    return together((read, Reading(unread=unread)))


READER = _FarshoreJournal()
