"""An incident as it is kept and published: `farshore.incident/1`. Pure."""

from typing import Literal

import msgspec

from farshore.incident.book import Incident, Reached
from farshore.incident.conclusion import Conclusion
from farshore.incident.course import Shift, Tried
from farshore.incident.threshold import Sign


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What was concluded, and when (seconds since the Unix epoch)."""

    at_s: float
    conclusion: Conclusion


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One incident; times are seconds since the Unix epoch.

    `routes` says what each fails by; those that are `well` again are in both. `verdicts` are the conclusions in the
    order in which they were reached. `closed_s` is null while it is open, and `proven` false where nobody has come
    since it ended who could tell; `ended_s` is the last sign of it. `remedies` and `paths` are the first 300 of each.
    One with the root of an older open one was `merged_into` that.
    """

    id: str
    since_s: float
    opened_s: float
    closed_s: float | None
    proven: bool
    merged_into: str | None
    routes: dict[str, Sign]
    well: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    schema: Literal["farshore.incident/1"] = "farshore.incident/1"
    ended_s: float | None = None
    remedies: tuple[Tried, ...] = ()
    paths: tuple[Shift, ...] = ()


def record_of(incident: Incident) -> Record:
    """The incident as it is now."""
    return Record(
        id=incident.id,
        since_s=round(incident.since_s, 3),
        opened_s=round(incident.opened_s, 3),
        closed_s=None if incident.closed_s is None else round(incident.closed_s, 3),
        proven=incident.is_proven,
        merged_into=incident.merged_into,
        routes=dict(incident.routes),
        well=tuple(sorted(incident.well)),
        verdicts=tuple(
            Verdict(at_s=round(reached.at_s, 3), conclusion=reached.conclusion) for reached in incident.history
        ),
        ended_s=None if incident.ended_s is None else round(incident.ended_s, 3),
        remedies=tuple(incident.remedies),
        paths=tuple(incident.paths),
    )


def incident_of(record: Record) -> Incident:
    """The incident that was recorded so."""
    return Incident(
        id=record.id,
        since_s=record.since_s,
        opened_s=record.opened_s,
        routes=dict(record.routes),
        well=set(record.well),
        history=[Reached(at_s=verdict.at_s, conclusion=verdict.conclusion) for verdict in record.verdicts],
        is_proven=record.proven,
        merged_into=record.merged_into,
        closed_s=record.closed_s,
        ended_s=record.ended_s,
        remedies=list(record.remedies),
        paths=list(record.paths),
    )
