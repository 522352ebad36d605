"""A journal that remembers incidents: one that is over, one that went into it, and one that is open."""

from pathlib import Path

from tests.unit.report.outage.outages import T0, TARGET, journal
from tests.unit.store.journals import KEEP, SetClock

from farshore.core.incidents import IncidentClosed, IncidentExamined, IncidentMerged, IncidentOpened
from farshore.store.ledger import Batch, Ledger

NAME, MERGED, OPEN = "2026-11-22-3", "2026-11-22-4", "2026-11-22-5"


def remembered(folder: Path) -> Path:
    path = journal(folder)
    ledger = Ledger(path, KEEP, SetClock(), lambda _: None)
    ledger.write(
        Batch(
            entries=[
                (T0 + 1, IncidentOpened(incident=NAME, route="db", sign="failures", since_s=T0)),
                (
                    T0 + 8,
                    IncidentExamined(
                        incident=NAME,
                        routes=("db", "files"),
                        code="M01",
                        title="Zombie router",
                        confidence="likely",
                        candidates=(),
                        router="r1",
                        target=TARGET,
                        command="",
                        took_ms=1.0,
                    ),
                ),
                (T0 + 20, IncidentOpened(incident=MERGED, route="b", sign="held", since_s=T0 + 19)),
                (T0 + 30, IncidentMerged(incident=MERGED, into=NAME, routes=("b",))),
                (T0 + 1120, IncidentClosed(incident=NAME, routes=("db",), code="M01", duration_s=1000.0, proven=True)),
                (T0 + 5000, IncidentOpened(incident=OPEN, route="db", sign="held", since_s=T0 + 4999)),
            ]
        )
    )
    ledger.close(0)
    return path
