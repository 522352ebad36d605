"""What a reader has to know of the gateway: which port leads where, and over how many paths."""

from collections.abc import Iterator

from farshore.report.outage.argument import deciding
from farshore.report.outage.given import Carried, Course, Examined
from farshore.report.outage.model import Said
from farshore.report.outage.sources import Sources
from farshore.report.outage.words import counted, foreign, listed

MOST_PATHS = 8


def carried(course: Course) -> tuple[Carried, ...]:
    """The routes that an incident hit, as the gateway told them."""
    examined = deciding(course)
    return () if examined is None else tuple(each for each in examined.scene if _is_hit(course, each.route))


def scene(course: Course, sources: Sources) -> Iterator[Said]:
    """A sentence for each route that was hit."""
    examined = deciding(course)
    if examined is None:
        return
    for each in carried(course):
        yield Said(text=_told(each), refs=(_place(course, examined, each, sources),))


def alone(course: Course, sources: Sources) -> Iterator[Said]:
    """The routes that had no second path."""
    examined = deciding(course)
    for each in carried(course):
        if examined is not None and len(each.paths) == 1:
            says = f"Route {foreign(each.route)} has one path, {foreign(each.paths[0])}: nothing can go around it."
            yield Said(text=says, refs=(_place(course, examined, each, sources),))


def target_of(course: Course) -> str:
    """Where the first of the routes leads; empty where nobody told."""
    return next((each.target for each in carried(course)), "")


def _told(each: Carried) -> str:
    paths = listed(foreign(path) for path in each.paths[:MOST_PATHS])
    more = f" and {len(each.paths) - MOST_PATHS} more" if len(each.paths) > MOST_PATHS else ""
    over = f", over {counted(len(each.paths), 'path')}: {paths}{more}" if each.paths else ""
    return (
        f"Route {foreign(each.route)}: clients connect to {foreign(each.listen)} of the gateway, which carries them to "
        f"{foreign(each.target)}{over}."
    )


def _is_hit(course: Course, route: str) -> bool:
    """A range of ports is one route to the gateway's own list, and `name:PORT` each in an incident."""
    return route in course.routes or any(each.rpartition(":")[0] == route for each in course.routes)


def _place(course: Course, examined: Examined, each: Carried, sources: Sources) -> str:
    return sources.archived(course, examined, each.pointer, f"route {each.route}: {each.listen} to {each.target}")
