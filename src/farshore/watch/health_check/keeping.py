"""A check in the journal: `probe_runs` and `probe_results`, written row by row, and read back for what is reported."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from farshore.core.health_check import Plan, ProbeDone
from farshore.store.database import NotOpened, open_readonly
from farshore.store.rows import Insert

_PLAN = ("health_check", *Plan.__struct_fields__[1:])
_RESULT = ("health_check", "number", "path", "due_us", "late_us", "took_us", "code", "detail", "layers")
_PLANS = f"SELECT {', '.join(_PLAN)} FROM probe_runs WHERE"  # noqa: S608 - words of the code
_LATEST = "ORDER BY at_us DESC LIMIT 1"
_DONE = "SELECT number, path, due_us, late_us, took_us, code, detail, layers, run FROM probe_results"
_IN_ORDER = "WHERE health_check = ? ORDER BY due_us, number, path"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The last check of a subject, and its probes in the order in which they were due."""

    plan: Plan
    probes: tuple[ProbeDone, ...]

    @property
    def next(self) -> int:
        """The number of the next due time; what was under way when a process was killed is probed no more."""
        return max((probe.number for probe in self.probes), default=-1) + 1

    @property
    def is_finished(self) -> bool:
        """Whether its last due time has come."""
        return self.next >= self.plan.planned


def row_of_plan(plan: Plan) -> Insert:
    """The row that says that a stretch begins."""
    return Insert(table="probe_runs", columns=_PLAN, values=msgspec.structs.astuple(plan))


def row_of_probe(plan: Plan, probe: ProbeDone) -> Insert:
    """The row of one probe."""
    layers = msgspec.json.encode(probe.layers).decode()
    values = (plan.check, probe.number, probe.path, probe.due_us, probe.late_us, probe.took_us, probe.code)
    return Insert(table="probe_results", columns=_RESULT, values=(*values, probe.detail, layers))


def latest(journal: Path, subject: str) -> Kept | NotOpened | None:
    """The last check of the subject; None where the journal has none."""
    return _read(journal, "subject = ?", subject)


def kept_of(journal: Path, check: int) -> Kept | NotOpened | None:
    """The check of that number; None where the journal has none."""
    return _read(journal, "health_check = ?", check)


def _read(journal: Path, condition: str, value: str | int) -> Kept | NotOpened | None:
    connection = open_readonly(journal)
    if isinstance(connection, NotOpened):
        return connection
    with closing(connection):
        try:
            row = connection.execute(f"{_PLANS} {condition} {_LATEST}", (value,)).fetchone()
            if row is None:
                return None
            plan = Plan(check=row[0], **dict(zip(_PLAN[1:], row[1:], strict=True)))
            probes = tuple(_probe(each) for each in connection.execute(f"{_DONE} {_IN_ORDER}", (plan.check,)))
        except (sqlite3.Error, msgspec.DecodeError) as error:
            return NotOpened(reason=f"its checks cannot be read: {error}", is_lasting=True)
    return Kept(plan=plan, probes=probes)


def _probe(row: tuple[object, ...]) -> ProbeDone:
    number, path, due_us, late_us, took_us, code, detail, layers, run = row
    return msgspec.convert(
        {
            "number": number,
            "path": path,
            "due_us": due_us,
            "late_us": late_us,
            "took_us": took_us,
            "code": code,
            "detail": detail,
            "layers": msgspec.json.decode(layers) if isinstance(layers, str) else {},
            "stretch": run,
        },
        ProbeDone,
    )
