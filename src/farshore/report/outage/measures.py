"""What is to be done: now, by whom, at what risk; and so that it does not come again."""

from collections.abc import Iterator

from farshore.core.address import AddressError, parse_host_port
from farshore.diagnosis.causes import BY_CODE
from farshore.diagnosis.published import PublishedRemedy, argued
from farshore.diagnosis.verdict import Subject
from farshore.report.outage.argument import deciding
from farshore.report.outage.given import Course
from farshore.report.outage.model import Root, Said, ToDo
from farshore.report.outage.platforms import steps
from farshore.report.outage.prevention import measures
from farshore.report.outage.sources import Sources
from farshore.report.outage.words import one_line


def to_do(course: Course, roots: tuple[Root, ...]) -> tuple[ToDo, ...]:
    """The remedies of what broke; where that is undecided, those of each candidate, under its code."""
    return tuple(dict.fromkeys(each for number, root in enumerate(roots) for each in _of_root(course, root, number)))


def prevention(roots: tuple[Root, ...], sources: Sources) -> tuple[Said, ...]:
    """What keeps these causes from coming again; it rests on the verdict and on the catalogue."""
    said: dict[str, Said] = {}
    for root in roots:
        pages = [
            sources.catalogue(code, BY_CODE[code].title)
            for code in ((root.code,) if root.code is not None else root.candidates)
            if code in BY_CODE
        ]
        for measure in measures(root.code, root.candidates):
            said.setdefault(measure, Said(text=measure, refs=(*root.refs, *pages)))
    return tuple(said.values())


def _of_root(course: Course, root: Root, number: int) -> Iterator[ToDo]:
    subject = _subject(root)
    for code, remedies in _remedies(course, root, number):
        for at, remedy in enumerate(remedies):
            yield ToDo(
                cause=code,
                owner=remedy.owner,
                command=one_line(remedy.command),
                risk=remedy.risk,
                verify=one_line(remedy.verify),
                steps=steps(code, subject.fill) if at == 0 else (),
                refs=root.refs,
            )


def _remedies(course: Course, root: Root, number: int) -> Iterator[tuple[str, list[PublishedRemedy]]]:
    examined = deciding(course)
    if examined is None:
        for verdict in course.verdicts[-1:]:
            yield verdict.code or "", list(verdict.remedies)
        return
    for finding in argued(examined.diagnosis, examined.diagnosis.verdicts[number]):
        yield finding.code, finding.remedies if root.code is not None else finding.remedies[:1]


def _subject(root: Root) -> Subject:
    """A name that would act on a shell is not put into a command."""
    router = root.router if all(each.isalnum() or each in "-._:" for each in root.router) else ""
    try:
        return Subject(router=router, target=parse_host_port(root.target) if root.target else None)
    except AddressError:
        return Subject(router=router)
