"""An incident as the report on it takes it: its record, its examinations, and what was like it before. Pure."""

from collections.abc import Sequence

from farshore.incident.bundled import GATEWAY, MANIFEST
from farshore.incident.course import Shift, Tried
from farshore.incident.history import Earlier
from farshore.incident.record import Record, Verdict
from farshore.incident.shelf import RECORD, Examination
from farshore.report.outage.given import Carried, Concluded, Course, Done, Examined, NotGathered, Shifted


def retold(record: Record, examinations: Sequence[Examination], before: Earlier | None) -> Course:
    """The incident in the report's own words; pointers are relative to the folder of incidents."""
    return Course(
        id=record.id,
        record=f"{record.id}/{RECORD}",
        since_s=record.since_s,
        opened_s=record.opened_s,
        ended_s=record.ended_s,
        closed_s=record.closed_s,
        proven=record.proven,
        routes={route: sign.value for route, sign in record.routes.items()},
        well=record.well,
        verdicts=tuple(map(_concluded, record.verdicts)),
        remedies=tuple(map(_done, record.remedies)),
        paths=tuple(map(_shifted, record.paths)),
        examined=tuple(map(_examined, examinations)),
        merged_into=record.merged_into,
        earlier="" if before is None else str(before),
        earlier_record="" if before is None else f"{before.last}/{RECORD}",
    )


def _concluded(verdict: Verdict) -> Concluded:
    conclusion = verdict.conclusion
    return Concluded(
        at_s=verdict.at_s,
        code=conclusion.code,
        title=conclusion.title,
        confidence=conclusion.confidence,
        candidates=conclusion.candidates,
        router=conclusion.router,
        target=conclusion.target,
        remedies=conclusion.remedies,
    )


def _examined(examination: Examination) -> Examined:
    return Examined(
        file=examination.file,
        bundle=examination.bundle,
        diagnosis=examination.diagnosis,
        scene=tuple(
            Carried(
                route=route.name,
                listen=route.listen,
                target=route.target,
                paths=tuple(path.name for path in route.paths),
                pointer=f"{GATEWAY}#/routes/{number}",
            )
            for number, route in enumerate(examination.told.routes)
        ),
        missed=tuple(
            NotGathered(what=each.what, reason=each.reason, pointer=f"{MANIFEST}#/not_collected/{number}")
            for number, each in enumerate(examination.told.missed)
        ),
    )


def _done(tried: Tried) -> Done:
    return Done(
        at_s=tried.at_s,
        route=tried.route,
        remedy=tried.remedy.value,
        subject=tried.subject,
        why=tried.why,
        result=tried.result.value,
        detail=tried.detail,
    )


def _shifted(shift: Shift) -> Shifted:
    return Shifted(
        at_s=shift.at_s, route=shift.route, path=shift.path, now=shift.now, was=shift.was, reason=shift.reason
    )
