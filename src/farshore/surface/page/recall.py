"""What the page remembers of the hour before this process, from the journal of the one before. Pure."""

from collections import deque
from collections.abc import Collection, Iterable
from typing import TypeVar

from farshore.core.events import Health
from farshore.core.outcome import MEANINGS
from farshore.store.lately import STEP_S, Ended, Lately
from farshore.surface.page.pulse import CHANGES, MINUTE_S, MINUTES, OUTAGES, Change, Minute, Pulse, Step

Counted = TypeVar("Counted", Minute, Step)


def recall(pulse: Pulse, then: Lately, routes: Collection[str]) -> None:
    """Put it before what has happened since; of routes that are carried no more only the sums of all stay."""
    carried = [each for each in then.ended if each.route in routes]
    for name in {each.route for each in carried}:
        memory = pulse.route(name)
        minutes = _counted((each for each in carried if each.route == name), Minute, MINUTE_S)
        memory.minutes = deque(_joined(minutes, memory.minutes), maxlen=MINUTES)
    steps = _counted(then.ended, Step, STEP_S)
    for at_s, waits_ms in then.waits_ms.items():
        steps.setdefault(at_s, Step(at_s)).waits_ms += waits_ms
    since = pulse.steps()
    for step in since:
        step.waits_ms += steps[step.at_s].waits_ms if step.at_s in steps else []
    joined = _joined(steps, since)
    for step in joined:
        step.waits_ms.sort()
    pulse.remember(joined)
    for route, path in dict.fromkeys((each.route, each.path) for each in then.health if each.route in routes):
        known = [each for each in then.health if (each.route, each.path) == (route, path)]
        changes = [Change(at_s=each.at_s, health=each.health) for each in known]
        changes.append(Change(at_s=max(then.last_s, changes[-1].at_s), health=Health.UNKNOWN))
        of_path = pulse.route(route).path(path)
        of_path.changes = deque([*changes, *of_path.changes], maxlen=CHANGES)
    for route in {route for route, *_ in then.outages if route in routes}:
        spans = [(since_s, until_s) for each, since_s, until_s in then.outages if each == route]
        memory = pulse.route(route)
        memory.outages = deque([*spans, *memory.outages], maxlen=OUTAGES)


def _counted(ended: Iterable[Ended], kind: type[Counted], long_s: int) -> dict[int, Counted]:
    counted: dict[int, Counted] = {}
    for each in ended:
        at_s = each.at_s // long_s * long_s
        place = counted.setdefault(at_s, kind(at_s))
        if MEANINGS[each.code].is_failure:
            place.bad += each.count
        else:
            place.good += each.count
    return counted


def _joined(before: dict[int, Counted], since: Iterable[Counted]) -> list[Counted]:
    """In the order of their times; what began before and went on after is one."""
    for place in since:
        if known := before.get(place.at_s):
            place.good += known.good
            place.bad += known.bad
        before[place.at_s] = place
    return sorted(before.values(), key=lambda place: place.at_s)
