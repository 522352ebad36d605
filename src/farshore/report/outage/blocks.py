"""A report in words and order: sections of paragraphs, points, tables and commands, which a renderer only sets.

Text may hold code between backticks. `refs` are ids of sources.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from farshore.diagnosis.cause import Hop
from farshore.report.outage.happened import told_result
from farshore.report.outage.model import Dismissed, Report, Root, RouteHit, Said, Source, Steps, Symptom, ToDo
from farshore.report.outage.words import clock, hour, lasted, listed, often, sentence, share

MOST_MOMENTS = 80
UNCOUNTED = "not counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A paragraph, or a point of a list, which may have points under it. `anchor` is where links to it lead."""

    text: str
    refs: tuple[str, ...] = ()
    under: "tuple[Words, ...]" = ()
    anchor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A list."""

    items: tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table; `name` is for whoever sets its widths."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A command, for copying."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading within a section."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Where a renderer that can draw puts a picture."""

    name: str
    caption: str = ""


Block = Words | Points | Grid | Typed | Heading | Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the report."""

    title: str
    blocks: tuple[Block, ...]


def sections(report: Report) -> tuple[Section, ...]:
    """All of it, what a reader needs first first."""
    parts: tuple[tuple[str, Iterable[Block]], ...] = (
        ("Summary", _summary(report)),
        ("Where it was", _points(report.scene)),
        ("Timeline", _timeline(report)),
        ("What users saw", _symptoms(report.symptoms)),
        ("Impact", _impact(report)),
        ("Root cause", _roots(report)),
        ("What did not cause it", _dismissed(report)),
        ("Remedies", _remedies(report)),
        ("Beside an earlier outage", _comparison(report)),
        ("So that it does not come again", _points(report.prevention)),
        ("What is not known", _points(report.unknown)),
        ("Evidence", _evidence(report)),
        ("How to see it again", _commands(report)),
        ("Glossary", _glossary(report)),
    )
    told = [Section(title=title, blocks=tuple(blocks)) for title, blocks in parts]
    return tuple(section for section in told if section.blocks)


def _words(said: Said) -> Words:
    return Words(text=said.text, refs=said.refs)


def _points(said: Iterable[Said]) -> Iterator[Block]:
    items = tuple(map(_words, said))
    if items:
        yield Points(items=items)


def _summary(report: Report) -> Iterator[Block]:
    yield from _points(report.summary)
    yield Picture(name="path", caption=_where_it_broke(report.roots[0]) if report.roots else "")
    counted = (
        "Connections that failed (red) and that ended well (green); below them the outage, "
        if report.impact.bars
        else "The outage, "
    )
    others = " Failures that are not above the outage belong to none of it." if _fails_elsewhere(report) else ""
    yield Picture(name="strip", caption=f"{counted}what was concluded, done and seen of the paths, in UTC.{others}")


def _where_it_broke(root: Root) -> str:
    """What the path shows, for whoever sees only a part of it."""
    if not root.hop:
        return "Which of these is broken is not known."
    about = root.router if root.hop == Hop.ROUTER.value else root.target if root.hop == Hop.TARGET.value else ""
    beyond = "" if root.hop == Hop.TARGET.value else " What lies behind it was not reached."
    return f"Broken: the {root.hop}{f' ({about})' if about else ''}.{beyond}"


def _fails_elsewhere(report: Report) -> bool:
    """Whether the strip shows failures from before the outage or after it, by more than a slice."""
    impact = report.impact
    first, last = _at(report.began), _at(report.ended or report.made)
    slack = timedelta(seconds=impact.bar_s or 0.0)
    failed = [_at(bar.time) for bar in impact.bars if bar.failed]
    return any(not (first - 2 * slack <= each <= last + slack) for each in failed)


def _at(time: str) -> datetime:
    return datetime.fromisoformat(time)


def _timeline(report: Report) -> Iterator[Block]:
    moments = report.timeline[:MOST_MOMENTS]
    if not moments:
        return
    days = {moment.time[:10] for moment in moments}
    told = hour if len(days) == 1 else clock
    day = f"Times of {moments[0].time[:10]}, in UTC." if len(days) == 1 else "Times in UTC."
    yield Words(text=day)
    yield Grid(
        heads=("time", "what happened"),
        rows=tuple((Words(text=told(each.time)), Words(text=each.text, refs=each.refs)) for each in moments),
    )
    if len(report.timeline) > len(moments):
        yield Words(text=f"And {len(report.timeline) - len(moments):,} more; the JSON has them all.")


def _symptoms(symptoms: tuple[Symptom, ...]) -> Iterator[Block]:
    for each in symptoms:
        times = "" if each.count is None else f"{each.count:,} connections"
        yield Heading(text=f"`{each.code}`", note=times)
        ending = f" For the client {each.client_end}." if each.client_end else ""
        yield Words(text=f"{each.meaning or 'A code that this version does not know.'}{ending}", refs=each.refs)
        if each.told:
            yield Words(
                text="Clients were told the following. The incident's name is added while one is open; `redact` leaves "
                "out the target and what was tried, and `refuse_with` has a text of its own."
            )
            yield Points(items=tuple(map(_words, each.told)))
        if each.texts:
            who = "The others' driver" if each.told else "Its driver"
            yield Words(text=f"{who} says then, in the words of the usual ones:")
            yield Points(items=tuple(Words(text=f"{text.driver}: `{text.text}`") for text in each.texts))


def _impact(report: Report) -> Iterator[Block]:
    """The figures that the summary has not told already, and each route's."""
    impact = report.impact
    told = {said.text for said in report.summary}
    yield from _points(tuple(said for said in impact.said if said.text not in told))
    if impact.routes:
        heads = (
            *("route", "noticed by", "failed", "client hosts", "held", "connected after all", "turned away"),
            "failed without a client",
        )
        yield Grid(heads=heads, rows=tuple(_hit(each) for each in impact.routes))


def _hit(hit: RouteHit) -> tuple[Words, ...]:
    failed = UNCOUNTED
    if hit.connections is not None and hit.failed is not None:
        failed = f"{hit.failed:,} of {hit.connections:,}"
        failed += f" ({share(hit.failed, hit.connections)})" if hit.connections else ""
    held = UNCOUNTED if hit.held is None else f"{often(hit.held)}, {lasted(hit.held_s or 0.0)}" if hit.held else "no"
    seen = UNCOUNTED
    if hit.probes is not None and hit.probes_failed is not None:
        seen = f"{hit.probes_failed:,} of {hit.probes:,}" if hit.probes else "no probe"
    counts = (_count(hit.clients), held, _count(hit.served), _count(hit.turned_away))
    cells = (hit.route, hit.sign or "-", failed, *counts, seen)
    return tuple(Words(text=cell, refs=hit.refs if at == 0 else ()) for at, cell in enumerate(cells))


def _count(number: int | None) -> str:
    return UNCOUNTED if number is None else f"{number:,}"


def _roots(report: Report) -> Iterator[Block]:
    if not report.roots:
        yield Words(text="No examination has said what broke.", refs=report.summary[0].refs)
    for root in report.roots:
        of = f" in {root.incident}" if len(report.incidents) > 1 else ""
        yield Heading(text=_name(root), note=f"{root.confidence}{of}")
        about = [f"router `{root.router}`" if root.router else "", f"target `{root.target}`" if root.target else ""]
        yield Words(
            text=" ".join([root.meaning.text, _where(root, [each for each in about if each])]).strip(),
            refs=root.meaning.refs,
        )
        for title, grounds in (("What proves it:", root.supports), ("What speaks against it:", root.contradicts)):
            if grounds:
                yield Words(
                    text=title if root.confidence == "proven" or grounds is not root.supports else "What speaks for it:"
                )
                yield from _points(grounds)
        if not root.contradicts and root.supports:
            yield Words(text="Nothing that was seen speaks against it.", refs=root.refs)
        for lacking in root.missing:
            yield Words(text=f"Missing: {lacking.what}. {sentence(lacking.would_decide)}", refs=lacking.refs)
            yield Typed(text=lacking.command)


def _name(root: Root) -> str:
    if root.code is not None:
        return f"{root.code} {root.title}"
    return f"Undecided between {listed(root.candidates)}" if root.candidates else "Undecided"


def _where(root: Root, about: list[str]) -> str:
    hop = f"The broken hop is the {root.hop}. " if root.hop else ""
    return f"{hop}Concerned: {listed(about)}." if about else hop.strip()


def _dismissed(report: Report) -> Iterator[Block]:
    dismissed: tuple[Dismissed, ...] = report.dismissed
    if not dismissed and any(root.supports for root in report.roots):
        says = "Of the other causes that Farshore knows, none has any support in what was gathered."
        yield Words(text=says, refs=report.roots[0].refs)
    for how, title in (
        ("ruled out", "Ruled out"),
        ("a symptom", "Symptoms of it"),
        ("given up", "Concluded first, and given up"),
        ("misread", "Misread"),
        ("not ruled out", "Less likely, and not ruled out"),
        ("easily mistaken", "Easily mistaken for it, and how they differ"),
    ):
        some = [each for each in dismissed if each.how == how]
        if some:
            yield Heading(text=title)
            yield Points(
                items=tuple(
                    Words(
                        text=f"{each.name}: {each.because[0].text}",
                        refs=each.because[0].refs,
                        under=tuple(map(_words, each.because[1:])),
                    )
                    for each in some
                )
            )


def _remedies(report: Report) -> Iterator[Block]:
    if report.tried:
        yield Heading(text="What the gateway did")
        yield Grid(
            heads=("time", "remedy", "of", "result", "why"),
            rows=tuple(
                (
                    Words(text=clock(each.time), refs=each.refs),
                    *(
                        Words(text=text)
                        for text in (each.remedy, each.subject, _result(each.result, each.detail), each.why)
                    ),
                )
                for each in report.tried
            ),
        )
    if report.to_do:
        yield Heading(text="What people do")
    for to_do in report.to_do:
        yield from _to_do(to_do)


def _result(result: str, detail: str) -> str:
    return f"{result}: {told_result(result)}{f' ({detail})' if detail else ''}"


def _to_do(to_do: ToDo) -> Iterator[Block]:
    cause = f"For {to_do.cause}: " if to_do.cause else ""
    whose = f"Owner: {to_do.owner}. Risk: {to_do.risk}."
    yield Words(text=f"{cause}{to_do.command}. {whose} To see that it helped: {to_do.verify}.", refs=to_do.refs)
    if to_do.steps:
        yield Grid(
            heads=("platform", "on", "run", "to see that it helped"),
            rows=tuple(_step(each) for each in to_do.steps),
        )


def _step(step: Steps) -> tuple[Words, ...]:
    then = f" ({step.then})" if step.then else ""
    return (
        Words(text=step.platform),
        Words(text=step.where),
        Words(text=f"`{step.run}`{then}"),
        Words(text=f"`{step.verify}`"),
    )


def _comparison(report: Report) -> Iterator[Block]:
    comparison = report.comparison
    if comparison is None:
        return
    yield _words(comparison.said)
    yield Grid(
        heads=("", comparison.this, comparison.other),
        rows=tuple(
            (Words(text=row.aspect), Words(text=row.this), Words(text="the same" if row.same else row.other))
            for row in comparison.rows
        ),
    )


def _evidence(report: Report) -> Iterator[Block]:
    yield Words(text="Each sentence above points to these; files are in the incident's folder unless a path says more.")
    yield Grid(
        name="evidence",
        heads=("", "where", "what stands there"),
        rows=tuple(
            (
                Words(text=source.id, anchor=source.id),
                Words(text=f"`{source.place}`"),
                Words(text=_stands(source)),
            )
            for source in report.sources
        ),
    )


def _stands(source: Source) -> str:
    seen = " ".join(
        filter(None, (source.observer and f"by {source.observer}", source.time and f"at {clock(source.time)}"))
    )
    return f"{source.text} (seen {seen})" if seen else source.text


def _commands(report: Report) -> Iterator[Block]:
    for command in report.commands:
        yield Words(text=f"{command.what}:")
        yield Typed(text=command.command)


def _glossary(report: Report) -> Iterator[Block]:
    for group in dict.fromkeys(term.group for term in report.glossary):
        yield Heading(text=group)
        rows = [(Words(text=each.term), Words(text=each.meaning)) for each in report.glossary if each.group == group]
        yield Grid(heads=("term", "meaning"), rows=tuple(rows))
