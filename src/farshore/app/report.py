"""`farshore report`: finds what there is on an outage, and writes the report on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from farshore import __version__
from farshore.app.admin import ask
from farshore.app.exits import Exit, Refusal, say
from farshore.app.hiding import hidden_by
from farshore.app.private import write_private
from farshore.collect.redact import Redaction, redact, without_known
from farshore.config.load import load
from farshore.config.model import Config
from farshore.core.clock import Clock, SystemClock
from farshore.diagnosis.intake.times import read_time
from farshore.incident.history import earlier
from farshore.incident.record import Record
from farshore.incident.retold import retold
from farshore.incident.shelf import REPORT, Shelf
from farshore.report.outage.build import build
from farshore.report.outage.counts import figures
from farshore.report.outage.given import Course, Given, Span
from farshore.report.outage.journalled import courses
from farshore.report.outage.markdown import render_markdown
from farshore.report.outage.model import Report, mapped, to_json
from farshore.report.outage.scene import carried
from farshore.report.outage.text import render_text
from farshore.surface.views import IncidentsView

MOST_NAMED = 10
KEPT = {"report.md": "markdown", "report.html": "html", REPORT: "json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which outage, where it is remembered, and how the report is to be shown."""

    incident: str | None = None
    from_: str | None = None
    to: str | None = None
    compare: str | None = None
    config: Path | None = None
    folder: Path | None = None
    journal: Path | None = None
    url: str = ""
    format: str = "text"
    output: Path | None = None
    keep: bool = False
    redact: bool = True
    hide: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What is remembered of outages, and where. `shelf` is None where only a running gateway told."""

    records: tuple[Record, ...]
    shelf: Shelf | None
    journal: Path | None
    hidden: tuple[str, ...]


def report(wanted: Wanted) -> Exit | Refusal:
    """Write it."""
    clock = SystemClock()
    archive = _archive(wanted)
    if isinstance(archive, Refusal):
        return archive
    given = _given(wanted, archive, clock)
    if isinstance(given, Refusal):
        return given
    other = _other(wanted, given, archive, clock)
    if isinstance(other, Refusal):
        return other
    made = build(given, other)
    return _show(_redacted(made, archive.hidden) if wanted.redact else _hidden(made, archive.hidden), wanted, archive)


def render(made: Report, form: str) -> str:
    """The report in this format."""
    match form:
        case "json":
            return to_json(made) + "\n"
        case "markdown":
            return render_markdown(made)
        case "html":
            from farshore.report.outage.html import render_html  # noqa: PLC0415 - Jinja takes as long as the report

            return render_html(made)
        case _:
            return render_text(made)


def _redacted(made: Report, hidden: tuple[str, ...]) -> Report:
    redaction = Redaction(hidden=hidden)
    return msgspec.structs.replace(mapped(made, lambda text: redact(text, redaction)), redacted=tuple(redaction.what))


def _hidden(made: Report, hidden: tuple[str, ...]) -> Report:
    """Nobody wants the gateway's own secrets in a report, whatever else is to be left in."""
    return mapped(made, lambda text: without_known(text, hidden)) if hidden else made


def _show(made: Report, wanted: Wanted, archive: Archive) -> Exit | Refusal:
    if wanted.keep:
        if archive.shelf is None or wanted.incident is None:
            return Refusal(exit=Exit.USAGE, sentence="--keep needs an incident, and the folder that it is kept in.")
        return _kept(made, wanted.incident, archive.shelf)
    text = render(made, wanted.format)
    if wanted.output is None:
        print(text, end="")  # noqa: T201 - the command's output
        return Exit.OK
    against = write_private(wanted.output, text.encode())
    if against is not None:
        return Refusal(exit=Exit.USAGE, sentence=f"{wanted.output} cannot be written: {against}; name another file.")
    say(f"Written: {wanted.output}")
    return Exit.OK


def _kept(made: Report, incident: str, shelf: Shelf) -> Exit | Refusal:
    try:
        for file, form in KEPT.items():
            shelf.save_report(incident, file, render(made, form).encode())
    except OSError as error:
        return Refusal(exit=Exit.USAGE, sentence=f"{error.filename} cannot be written: {error.strerror}.")
    return Exit.OK


def _configured(wanted: Wanted) -> tuple[Config | None, tuple[str, ...]] | Refusal:
    """The configuration, if one was named, and what is never to be told."""
    loaded = None if wanted.config is None else load(wanted.config)
    if loaded is not None and loaded.config is None:
        sentence = f"{loaded.problems[0]}; see all of it with `farshore check -c {wanted.config}`."
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    config = None if loaded is None else loaded.config
    hidden = hidden_by(wanted.hide, config)
    return hidden if isinstance(hidden, Refusal) else (config, hidden)


def _archive(wanted: Wanted) -> Archive | Refusal:
    configured = _configured(wanted)
    if isinstance(configured, Refusal):
        return configured
    config, hidden = configured
    settings = None if config is None else config.incidents
    folder = wanted.folder or (None if settings is None else settings.folder)
    journal = wanted.journal or (None if config is None or config.journal is None else config.journal.path)
    if folder is not None:
        if not folder.is_dir():
            return Refusal(exit=Exit.USAGE, sentence=f"{folder} is no folder of incidents; name another with --folder.")
        shelf = Shelf(folder=folder, keep=1)
        return Archive(records=tuple(shelf.records()), shelf=shelf, journal=journal, hidden=hidden)
    if wanted.incident is None and journal is not None:
        return Archive(records=(), shelf=None, journal=journal, hidden=hidden)
    url = wanted.url if config is None or config.admin is None else f"http://{config.admin}"
    told = ask(url, lambda gateway: gateway.get("/api/v1/incidents", IncidentsView))
    if isinstance(told, Refusal):
        hint = "name the folder of incidents with --folder, or its configuration with -c."
        return Refusal(exit=told.exit, sentence=f"{told.sentence.rstrip('.')}; or {hint}")
    return Archive(records=tuple(told.incidents), shelf=None, journal=journal, hidden=hidden)


def _given(wanted: Wanted, archive: Archive, clock: Clock) -> Given | Refusal:
    if wanted.incident is not None:
        if wanted.from_ is not None or wanted.to is not None:
            return Refusal(exit=Exit.USAGE, sentence="name an incident, or a span with --from and --to, not both.")
        record = _record(wanted.incident, archive)
        return record if isinstance(record, Refusal) else _of_incident(record, archive, clock)
    if wanted.from_ is None:
        known = _known(archive)
        return Refusal(exit=Exit.USAGE, sentence=f"name an incident ({known}), or a span with --from and --to.")
    return _of_span(wanted.from_, wanted.to, archive, clock)


def _of_incident(record: Record, archive: Archive, clock: Clock) -> Given:
    now_s = clock.wall_s()
    end_s = record.ended_s or record.closed_s or now_s
    # A connection that has just failed is written a moment later than the clock by which an incident ends.
    span = Span(from_s=record.since_s - 1, to_s=end_s + 1)
    until_s = min(now_s, (record.closed_s or now_s) + 1)
    return _with_figures(span, [record], archive, clock, named=record.id, until_s=until_s)


def _of_span(from_: str, to: str | None, archive: Archive, clock: Clock) -> Given | Refusal:
    begin, end = read_time(from_), None if to is None else read_time(to)
    for flag, text, found in (("--from", from_, begin), ("--to", to, end)):
        if text is not None and found is None:
            sentence = f"{flag} takes a time like 2026-03-04T05:50:34Z, found {text!r}."
            return Refusal(exit=Exit.USAGE, sentence=sentence)
    assert begin is not None  # noqa: S101 - it has just been seen
    to_s = clock.wall_s() if end is None else end.at.timestamp()
    span = Span(from_s=begin.at.timestamp(), to_s=to_s)
    if span.to_s <= span.from_s:
        return Refusal(exit=Exit.USAGE, sentence="--from comes before --to.")
    within = [
        record
        for record in archive.records
        if record.since_s <= span.to_s and (record.ended_s or record.closed_s or span.to_s) >= span.from_s
    ]
    return _with_figures(span, [each for each in within if each.merged_into is None], archive, clock, named=None)


def _with_figures(  # noqa: PLR0913 - what a report is made of
    span: Span,
    records: Sequence[Record],
    archive: Archive,
    clock: Clock,
    *,
    named: str | None,
    until_s: float | None = None,
) -> Given:
    routes = tuple(dict.fromkeys(route for record in records for route in record.routes)) if named else ()
    shelf = archive.shelf
    retold_ = tuple(
        retold(each, [] if shelf is None else shelf.examinations(each.id), earlier(each, archive.records))
        for each in records
    )
    targets = tuple(dict.fromkeys(each.target for course in retold_ for each in carried(course))) if named else ()
    counted = (
        "no journal was given (`--journal`, or `journal:` in the configuration)"
        if archive.journal is None
        else figures(archive.journal, span, routes, clock, until_s=until_s, targets=targets)
    )
    journalled: tuple[Course, ...] = ()
    unknown: tuple[str, ...] = ()
    if shelf is None and named is None and archive.journal is not None:
        found = courses(archive.journal, span, clock)
        if isinstance(found, str):
            unknown = (f"Which incidents there were: {found}",)
        else:
            journalled = found
    return Given(
        span=span,
        courses=retold_ or journalled,
        unknown=unknown,
        figures=None if isinstance(counted, str) else counted,
        no_figures=counted if isinstance(counted, str) else "",
        now_s=clock.wall_s(),
        version=__version__,
        named=named,
    )


def _other(wanted: Wanted, given: Given, archive: Archive, clock: Clock) -> Given | Refusal | None:
    name = wanted.compare
    if name is None and given.named is not None:
        record = _record(given.named, archive)
        before = None if isinstance(record, Refusal) else earlier(record, archive.records)
        name = None if before is None else before.last
    if name is None:
        return None
    if name == given.named:
        return Refusal(exit=Exit.USAGE, sentence=f"--compare {name} is the incident itself; name another.")
    found = _record(name, archive)
    return found if isinstance(found, Refusal) else _of_incident(found, archive, clock)


def _record(name: str, archive: Archive) -> Record | Refusal:
    record = next((each for each in archive.records if each.id == name), None)
    if record is None:
        return Refusal(exit=Exit.USAGE, sentence=f"there is no incident {name}; there is {_known(archive)}.")
    return record


def _known(archive: Archive) -> str:
    return ", ".join(each.id for each in archive.records[-MOST_NAMED:]) or "none"
