"""What a gateway's own journal remembers of the last minutes, as the log lines that were written of the same events."""

import asyncio
from contextlib import closing
from pathlib import Path

from farshore.collect.beside import Source
from farshore.collect.documents import Notebook
from farshore.diagnosis.intake.remembered import READ, UNREADABLE, lines_of, restrain
from farshore.store.database import NotOpened, open_readonly

# What is broken now is asked; an older outage would be taken for it.
LOOKED_BACK_S = 300.0
MOST = 500


def journal_of(path: Path, recent_s: float = LOOKED_BACK_S) -> Source:
    """The rows of the last `recent_s` of the journal at `path`."""

    async def read(page: Notebook, _: asyncio.Event) -> str | None:
        since_us = int((page.clock.wall_s() - recent_s) * 1e6)
        lines = await asyncio.to_thread(_latest, path, since_us)
        if isinstance(lines, str):
            return lines
        if lines:
            written = "".join(f"{line}\n" for line in lines)
            page.keep("journal.log", written.encode(), "what the gateway's journal remembers of the last minutes")
        return None

    return Source(what=str(path), ask=read)


def _latest(path: Path, since_us: int) -> list[str] | str:
    """The lines in the order of their times; why there are none, where the journal cannot be read."""
    connection = open_readonly(path)
    if isinstance(connection, NotOpened):
        return connection.reason
    try:
        with closing(connection):
            restrain(connection)
            found = [line for table in READ for line in lines_of(connection, table, most=MOST, since_us=since_us)]
    except UNREADABLE as error:
        return str(error)
    return [line for _, line in sorted(found)]
