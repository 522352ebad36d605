"""Outages to report on: what they were, what examinations said of them, and a journal that has counted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from tests.unit.diagnosis.making import failed, moment, pong, routing, unanswered
from tests.unit.store.journals import KEEP, SetClock, ended

from farshore.core.events import (
    Event,
    Health,
    HealthChanged,
    OutageEnded,
    OutageStarted,
    RemedyApplied,
    TargetProbed,
)
from farshore.core.health_check import Plan, ProbeDone
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy, RemedyResult
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import Wording
from farshore.diagnosis.published import Published, publish
from farshore.report.outage.given import (
    Carried,
    Concluded,
    Course,
    Done,
    Examined,
    Figures,
    Given,
    NotGathered,
    Shifted,
    Span,
)
from farshore.store.ledger import Batch, Ledger
from farshore.watch.health_check.keeping import row_of_plan, row_of_probe

T0 = 1_795_342_040.0  # 2026-11-22T10:07:20Z
TARGET = "10.9.8.7:1433"
ROUTER = "100.64.0.1"
ROUTE = Carried(
    route="db", listen="127.0.0.1:8082", target=TARGET, paths=("tailnet/r1",), pointer="gateway.json#/routes/0"
)
HELPED = Done(
    at_s=T0 + 60,
    route="db",
    remedy="restart-tailscaled",
    subject="/run/ts.sock",
    why="no path",
    result="helped",
    detail="",
)


def zombie() -> list[Fact]:
    time = moment("10:07", day=22)
    return [
        routing("r1", ROUTER, "10.9.8.0/24"),
        routing("r2", "100.64.0.2", "10.20.0.0/24"),
        unanswered(ROUTER),
        pong("100.64.0.2"),
        failed(Wording.DEADLINE, elapsed_s=5.0, time=time),
    ]


def said(facts: list[Fact], *unread: Unread) -> Published:
    return publish(diagnose(facts, unread))


def concluded(diagnosis: Published, at_s: float = T0 + 8) -> Concluded:
    verdict = diagnosis.verdicts[0]
    return Concluded(
        at_s=at_s,
        code=verdict.code,
        title=verdict.title,
        confidence=verdict.confidence,
        candidates=() if verdict.code else tuple(verdict.candidates),
        router=verdict.subject.router or "",
        target=verdict.subject.target or "",
        remedies=tuple(diagnosis.findings[0].remedies) if verdict.code else (),
    )


def course(*said_: Published, name: str = "2026-11-22-3", **changed: object) -> Course:
    """One that began at T0, was noticed a second later, lasted 1000 s and was closed two minutes after that."""
    examined = tuple(
        Examined(
            file=f"{at:03}-diagnosis.json",
            bundle=f"{at:03}-evidence.tar.gz",
            diagnosis=each,
            scene=(ROUTE,),
            missed=(NotGathered(what="Kubernetes", reason="this is no pod", pointer="manifest.json#/not_collected/0"),),
        )
        for at, each in enumerate(said_, 1)
    )
    made = Course(
        id=name,
        record=f"{name}/incident.json",
        since_s=T0,
        opened_s=T0 + 1,
        ended_s=T0 + 1000,
        closed_s=T0 + 1120,
        proven=True,
        routes={"db": "failures"},
        well=("db",),
        verdicts=tuple(concluded(each, T0 + 8 * at) for at, each in enumerate(said_, 1)),
        remedies=(),
        paths=(Shifted(at_s=T0 + 2, route="db", path="r1", now="down", was="up", reason="no answer to 3 pings"),),
        examined=examined,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def given(*courses: Course, figures: Figures | None = None, **changed: object) -> Given:
    made = Given(
        span=Span(from_s=T0 - 1, to_s=T0 + 1001),
        courses=courses,
        figures=figures,
        no_figures="" if figures else "no journal was given",
        now_s=T0 + 2000,
        version="0.1.0",
        named=courses[0].id if courses else None,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def connection(number: int, at_s: float, code: Code, client: str = "10.1.2.3:50123", route: str = "db") -> Event:
    return msgspec.structs.replace(ended(number, route, code), client=client, started_at_s=at_s, duration_ms=0.0)


def _mistaken(error: Exception) -> None:
    raise error


def journal(folder: Path) -> Path:
    """Ten connections that went well before, and after; 30 failures of two hosts between, over ten minutes."""
    happened: list[tuple[float, Event]] = []
    for number in range(10):
        happened.append((T0 - 200 + number, connection(number, T0 - 200 + number, Code.CLIENT_CLOSED)))
        happened.append((T0 + 1010 + number, connection(40 + number, T0 + 1010 + number, Code.CLIENT_CLOSED)))
    for number in range(30):
        at_s, host = T0 + number * 20, f"10.1.2.{number % 2}:4{number:04}"
        happened.append((at_s, connection(10 + number, at_s, Code.NO_ANSWER, host)))
    happened += [
        (T0 + 5, connection(70, T0 + 5, Code.CLIENT_CLOSED)),
        (T0 + 6, connection(71, T0 + 6, Code.TARGET_REFUSED, route="it's another")),
        (T0 + 10, OutageStarted(route="db", code=Code.NO_ANSWER, detail="5.0 s")),
        (T0 + 70, OutageEnded(route="db", duration_s=60.0, served=4, refused=2)),
        (
            T0 + 2,
            HealthChanged(route="db", path="r1", health=Health.DOWN, was=Health.UP, reason="no answer to 3 pings"),
        ),
        (
            T0 + 60,
            RemedyApplied(
                route="db",
                remedy=Remedy.RESTART,
                subject="/run/ts.sock",
                why="no path",
                result=RemedyResult.HELPED,
                detail="",
                duration_ms=5.0,
            ),
        ),
        (T0 + 20, TargetProbed(route="db", path="r1", result="silent", detail="5 s")),
    ]
    path = folder / "journal.db"
    ledger = Ledger(path, KEEP, SetClock(), _mistaken)
    ledger.write(Batch(entries=sorted(happened, key=lambda each: each[0])))
    ledger.close(0)
    checked(path, "db over r1", TARGET, [None] * 6 + [Code.TARGET_REFUSED] * 10)
    checked(path, TARGET, TARGET, [None] * 3 + [Code.NO_ANSWER])
    checked(path, "elsewhere", "10.9.8.6:21", [None])
    return path


def checked(path: Path, subject: str, target: str, ends: Sequence[Code | None]) -> None:
    """A health check in the journal: its probes ended so, one each second from T0 + 100."""
    ledger = Ledger(path, KEEP, SetClock(), _mistaken)
    at_us = int(T0 * 1e6)
    plan = Plan(
        check=at_us + len(ends),
        subject=subject,
        target=target,
        kind="tcp",
        every_us=10**6,
        planned=99,
        concurrency=1,
        slo=99.5,
    )
    done = [
        ProbeDone(number=number, path="r1", due_us=at_us, late_us=0, took_us=5, code=code, detail="", layers={})
        for number, code in enumerate(ends)
    ]
    rows = [(T0 + 100 + each.number, row_of_probe(plan, each)) for each in done]
    ledger.write(Batch(entries=[(T0, row_of_plan(plan)), *rows]))
    ledger.close(0)
