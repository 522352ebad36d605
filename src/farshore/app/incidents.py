"""`farshore incidents`: what a running gateway has noticed."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from farshore.app.admin import Admin, ask
from farshore.app.exits import Exit, Refusal
from farshore.incident.conclusion import Conclusion
from farshore.incident.history import Earlier, earlier
from farshore.incident.record import Record
from farshore.surface.lists import columns, console, duration
from farshore.surface.views import IncidentsView


def list_incidents(url: str, *, as_json: bool) -> Exit | Refusal:
    """Print them all, the latest last."""
    found = ask(url, _incidents)
    if isinstance(found, Refusal):
        return found
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())  # noqa: T201 - the command's output
        return Exit.OK
    if not found.incidents:
        print("no incident is known; there are some only where the configuration has `incidents:` or `alerts:`")  # noqa: T201 - the command's output
        return Exit.OK
    table = columns("incident", "since", "lasted", "routes", "cause")
    for record in found.incidents:
        table.add_row(record.id, _time(record.since_s), _lasted(record), ", ".join(record.routes), _cause(record))
    console().print(table)
    return Exit.OK


def show_incident(name: str, url: str, *, as_json: bool) -> Exit | Refusal:
    """Print one."""
    found = ask(url, _incidents)
    if isinstance(found, Refusal):
        return found
    record = next((each for each in found.incidents if each.id == name), None)
    if record is None:
        known = ", ".join(each.id for each in found.incidents[-10:]) or "none"
        return Refusal(exit=Exit.USAGE, sentence=f"the gateway knows no incident {name}; it knows {known}.")
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(record)).decode())  # noqa: T201 - the command's output
    else:
        print("\n".join([*_told(record), *_told_before(earlier(record, found.incidents))]))  # noqa: T201 - the command's output
    return Exit.OK


def _incidents(gateway: Admin) -> IncidentsView:
    return gateway.get("/api/v1/incidents", IncidentsView)


def _told(record: Record) -> Iterator[str]:
    yield f"{record.id}: {_cause(record)}"
    yield f"  since {_time(record.since_s)}, {_lasted(record)}"
    for route, sign in record.routes.items():
        yield f"  route {route}: {sign}{', well again' if route in record.well else ''}"
    for verdict in record.verdicts:
        yield f"  {_time(verdict.at_s)}  {verdict.conclusion}"
    if record.verdicts:
        yield from _what_to_do(record.verdicts[-1].conclusion)


def _told_before(before: Earlier | None) -> Iterator[str]:
    if before is not None:
        yield f"  {before}"


def _what_to_do(conclusion: Conclusion) -> Iterator[str]:
    if not conclusion.remedies and conclusion.command:
        yield f"  what would decide: {conclusion.command}"
    for remedy in conclusion.remedies:
        yield f"  {remedy.owner} ({remedy.risk}): {remedy.command}"
        yield f"    then see: {remedy.verify}"


def _cause(record: Record) -> str:
    if record.merged_into is not None:
        return f"the same as {record.merged_into}"
    return str(record.verdicts[-1].conclusion) if record.verdicts else "not examined yet"


def _lasted(record: Record) -> str:
    """To the last sign of it, as everywhere; it is closed some minutes later."""
    if record.closed_s is None:
        return "open"
    text = duration((record.closed_s if record.ended_s is None else record.ended_s) - record.since_s)
    return text if record.proven else f"{text}, and nobody has come since"


def _time(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
