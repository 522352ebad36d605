"""The alerts of one gateway: what is told, when, and what goes together. Pure; seconds since the Unix epoch.

A page of routes waits for the first verdict of its incident, `VERDICT_S` at most, so that the message can say what
broke; while another page is open it waits for `JOIN_S`, because the verdict may say that the two are one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from farshore.config.alerts import Alerts, Rule, Silence, Told
from farshore.core.alerts import Alert, AlertState, is_of
from farshore.core.events import (
    ConnectionEnded,
    Event,
    RemedyApplied,
    RemedySuggested,
)
from farshore.watch.alerts.group import Group, Words
from farshore.watch.alerts.holding import Held, Holding, Key
from farshore.watch.alerts.remembered import group_of, held_of
from farshore.watch.alerts.rules import Times, times
from farshore.watch.alerts.seen import Condition, IncidentSeen, RouteSeen
from farshore.watch.alerts.tailnet import Tailnet
from farshore.watch.alerts.traffic import Traffic
from farshore.watch.windows.sample import Sample, sample_of

VERDICT_S = 9.0
JOIN_S = 30.0
WARNED_AGAIN_S = 86_400.0


class Board:
    """One gateway's. `announce` whatever happens, `look` now and then, at least every second.

    Where the clock is set back, what happened later than now is taken to have happened now: every wait ends in time.
    """

    def __init__(self, started_s: float) -> None:
        self._started_s = started_s
        self._traffic, self._tailnet, self._holding = Traffic(), Tailnet(), Holding()
        self._groups: list[Group] = []
        self._pending: dict[Key, Held] = {}
        self._remedies: dict[str, str] = {}
        self._routes: Mapping[str, RouteSeen] = {}
        self._settings = Alerts()
        self._now_s = started_s

    def resume(self, firing: Iterable[Alert], grace_s: float) -> None:
        """Go on with what fired when the gateway before this one ended: it was told then, and ends once for both.

        For `grace_s` it is taken to hold, because nobody can have seen that it does.
        """
        for alert in firing:
            held = held_of(alert, self._now_s + grace_s)
            if held is not None:
                self._holding.remember(held)
                self._groups.append(group_of(alert, held))

    def announce(self, event: Event, now_s: float) -> None:
        """Take in what happened."""
        match event:
            case ConnectionEnded():
                sample = sample_of(event, now_s)
                if sample is not None:
                    self.note(sample)
            case RemedyApplied():
                self._remedies[event.route] = f"{event.remedy.value} of {event.subject}: {event.result.value}"
            case RemedySuggested():
                self._remedies[event.route] = f"{event.remedy.value} of {event.subject} is left to you: {event.command}"
            case _:
                self._tailnet.note(event, now_s)

    def note(self, sample: Sample) -> None:
        """A client's connection has ended."""
        self._traffic.note(sample)

    def look(
        self, settings: Alerts, routes: Sequence[RouteSeen], incidents: Sequence[IncidentSeen], now_s: float
    ) -> list[Alert]:
        """What is to be told now."""
        self._settings, self._now_s = settings, now_s
        self._started_s = min(self._started_s, now_s)
        self._routes = {route.name: route for route in routes}
        held = self._holding.look(self._conditions(incidents), self._times, now_s)
        firing = {
            key: each for key, each in held.items() if each.is_firing and self._times(key[0]).told is not Told.OFF
        }
        self._pending = {key: each for key, each in held.items() if not each.is_firing}
        ended: list[Alert] = []
        for group in self._groups:
            before = group.symptoms
            group.symptoms = {}
            # In the order in which they began to hold, so that a page goes on to be told by the same one.
            for key in [key for key in firing if key in before]:
                group.take(firing[key].condition)
            group.is_remembered = all(firing[key].is_remembered for key in group.symptoms)
            if not group.symptoms:
                group.symptoms = before
                ended += self._over(group)
                before.clear()
        self._groups = [group for group in self._groups if group.symptoms]
        known = {key for group in self._groups for key in group.symptoms}
        for key, each in firing.items():
            if key not in known:
                self._place(each.condition)
        for group in self._groups:
            self._follow(group, incidents)
        ended += self._fold()
        return [*ended, *self._tell(incidents)]

    def end(self, now_s: float) -> list[Alert]:
        """What is to be told where nobody looks any more: whatever fires is over. It may be looked again later."""
        self._now_s = now_s
        ended = [alert for group in self._groups for alert in self._over(group)]
        self._groups, self._pending, self._holding = [], {}, Holding()
        return ended

    def alerts(self) -> list[Alert]:
        """Those that fire, and those that are about to."""
        about = [self._alone(each.condition) for each in self._pending.values()]
        return [
            *(group.alert(AlertState.FIRING, self._now_s, self._words(group)) for group in self._groups),
            *(
                group.alert(AlertState.PENDING, self._now_s, self._words(group))
                for group in about
                if group.told_as is not Told.OFF
            ),
        ]

    def _times(self, rule: Rule) -> Times:
        return times(self._settings, rule)

    def _conditions(self, incidents: Iterable[IncidentSeen]) -> Iterator[Condition]:
        for incident in incidents:
            if incident.is_certain:
                names = ", ".join(incident.routes)
                yield Condition(
                    rule=Rule.OUTAGE,
                    subject=incident.id,
                    routes=incident.routes,
                    since_s=incident.since_s,
                    title=f"clients of {'route' if len(incident.routes) == 1 else 'routes'} {names} fail",
                    command=f"farshore incidents show {incident.id}",
                )
        paged = {name for group in self._groups if group.is_of_routes for name in group.routes}
        yield from self._traffic.holds(self._settings, paged, self._now_s)
        yield from self._tailnet.holds(frozenset(self._routes), self._now_s)

    def _alone(self, condition: Condition) -> Group:
        told_as = self._times(condition.rule).told
        group = Group(
            key=f"{condition.rule.value}/{condition.subject}",
            rule=condition.rule,
            told_as=told_as,
            since_s=condition.since_s,
        )
        group.take(condition)
        if group.is_of_routes:
            group.key = self._target(condition.routes[0])
        return group

    def _place(self, condition: Condition) -> None:
        fresh = self._alone(condition)
        if fresh.is_of_routes:
            for group in self._groups:
                if group.is_of_routes and not fresh.routes.keys().isdisjoint(group.routes):
                    group.take(condition)
                    return
        self._groups.append(fresh)

    def _follow(self, group: Group, incidents: Sequence[IncidentSeen]) -> None:
        """Take over what the incident of its routes says by now."""
        if not group.is_of_routes:
            return
        incident = next((each for each in incidents if not group.routes.keys().isdisjoint(each.routes)), None)
        if incident is None:
            return
        if group.incident is None or incident.is_concluded or not group.incident.is_concluded:
            group.incident = incident
        if not group.is_recorded and incident.root:
            group.key = incident.root

    def _fold(self) -> Iterator[Alert]:
        """The younger of two pages with one root, or of one route, goes into the older; who was told of it hears so."""
        kept: list[Group] = []
        for group in self._groups:
            older = next((each for each in kept if _belong_together(each, group)), None)
            if older is None:
                kept.append(group)
                continue
            yield from self._over(group)
            older.swallow(group)
            older.is_remembered = older.is_remembered and group.is_remembered
        self._groups = kept

    def _over(self, group: Group) -> list[Alert]:
        for route in group.routes:
            self._remedies.pop(route, None)
        if not group.is_recorded:
            return []
        words = replace(self._words(group), is_silent=group.told_s is None)
        return [group.alert(AlertState.RESOLVED, self._now_s, words)]

    def _tell(self, incidents: Sequence[IncidentSeen]) -> Iterator[Alert]:
        if self._now_s - self._started_s < self._settings.startup_grace_s:
            return
        for group in self._groups:
            words = self._words(group) if self._is_due(group, incidents) else None
            if words is None or (words.is_silent and group.is_recorded):
                continue
            alert = group.alert(AlertState.FIRING, self._now_s, words)
            group.is_recorded = True
            if not words.is_silent:
                group.told_s, group.told_mark = self._now_s, group.mark
            yield alert

    def _is_due(self, group: Group, incidents: Sequence[IncidentSeen]) -> bool:
        now_s = self._now_s
        if group.is_remembered:
            return False
        if group.told_s is None:
            return not self._waits(group, incidents) and not self._is_covered(group)
        if group.mark and group.mark != group.told_mark and (group.rule is Rule.KEY_EXPIRY or not group.told_mark):
            return True
        group.told_s = min(group.told_s, now_s)
        again_s = self._settings.reminder_s if group.told_as is Told.PAGE else WARNED_AGAIN_S
        return now_s - group.told_s >= again_s

    def _waits(self, group: Group, incidents: Sequence[IncidentSeen]) -> bool:
        if not group.is_of_routes:
            return False
        others = any(each.is_of_routes and each.told_s is not None for each in self._groups)
        most_s = JOIN_S if others else VERDICT_S
        return any(
            not each.is_concluded
            and 0 <= self._now_s - each.opened_s < most_s
            and not group.routes.keys().isdisjoint(each.routes)
            for each in incidents
        )

    def _is_covered(self, group: Group) -> bool:
        """Whether a page says it already: of its router, or of all its routes."""
        if group.is_of_routes:
            return False
        pages = [each for each in self._groups if each.is_of_routes and each.told_s is not None]
        if group.rule in {Rule.NODE_OFFLINE, Rule.NODE_SILENT}:
            routers = {each.incident.router for each in pages if each.incident is not None}
            return any(subject in routers for _, subject in group.symptoms)
        return bool(group.routes) and group.routes.keys() <= {name for each in pages for name in each.routes}

    def _is_silent(self, group: Group) -> bool:
        """Whether nobody is to be told: every one of its routes is silenced, or everything is."""
        now = [each for each in self._settings.silences if _holds(each, self._now_s)]
        if any(not each.routes for each in now):
            return True
        silenced = {route for each in now for route in each.routes}
        return bool(group.routes) and all(is_of(route, silenced) for route in group.routes)

    def _words(self, group: Group) -> Words:
        routes = tuple(group.routes)
        is_traffic = group.is_of_routes or group.rule is Rule.SLOW_BURN
        return Words(
            title=f"{group.rule.value} of {', '.join(routes) or group.key}",
            subject=self._target(routes[0]) if is_traffic and routes else group.key.partition("/")[2],
            whom="; ".join(self._whom(name) for name in routes) if is_traffic else "",
            trying="; ".join(self._remedies[name] for name in routes if name in self._remedies),
            link=self._settings.link,
            is_silent=self._is_silent(group),
        )

    def _whom(self, route: str) -> str:
        minute = self._traffic.minute(route, self._now_s)
        held = self._routes[route].held if route in self._routes else 0
        waiting = f", {held} held" if held else ""
        if not minute.total:
            return f"route {route}: no connection ended in the last minute{waiting}"
        return f"route {route}: {minute.failed} of {minute.total} connections of the last minute failed{waiting}"

    def _target(self, route: str) -> str:
        return self._routes[route].target if route in self._routes else route


def _belong_together(older: Group, younger: Group) -> bool:
    if not (older.is_of_routes and younger.is_of_routes):
        return False
    return older.key == younger.key or not older.routes.keys().isdisjoint(younger.routes)


def _holds(silence: Silence, now_s: float) -> bool:
    return _begun(silence.since, now_s) and now_s < silence.until.timestamp()


def _begun(since: datetime | None, now_s: float) -> bool:
    return since is None or since.timestamp() <= now_s
