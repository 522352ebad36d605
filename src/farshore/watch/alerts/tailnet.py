"""What the tailnet says without any client: redundancy, nodes seen by control plane and data plane, keys. Pure.

A router that no ping reaches and that the control plane calls online is a router whose data plane is dead: the two are
rules of their own.
"""

from collections.abc import Iterator

from farshore.config.alerts import Rule
from farshore.core.events import Event, RedundancyLost, RedundancyRegained
from farshore.core.sampled import NodeSeen, TailscaledSampled
from farshore.watch.alerts.seen import Condition

DAY_S = 86_400.0
DAYS = (1, 7, 14)
RUNNING = "Running"
# A tailscaled that was not looked at for so long says nothing any more.
STALE_S = 600.0


class Tailnet:
    """What was last heard."""

    def __init__(self) -> None:
        self._lost: dict[str, RedundancyLost] = {}
        self._lost_s: dict[str, float] = {}
        self._samples: dict[str, tuple[float, TailscaledSampled]] = {}

    def note(self, event: Event, now_s: float) -> None:
        """Take in what happened."""
        match event:
            case RedundancyLost():
                self._lost[event.route] = event
                self._lost_s.setdefault(event.route, now_s)
            case RedundancyRegained():
                self._lost.pop(event.route, None)
                self._lost_s.pop(event.route, None)
            case TailscaledSampled():
                self._samples[event.egress] = (now_s, event)
            case _:
                pass

    def holds(self, routes: frozenset[str], now_s: float) -> Iterator[Condition]:
        """What holds now, of these routes and of all nodes."""
        yield from self._without_redundancy(routes)
        for at_s, sample in self._samples.values():
            if now_s - at_s <= STALE_S:
                yield from _daemon(sample, at_s)
                for node in sample.nodes:
                    yield from _node(node, at_s)
                    yield from _key(node, now_s)

    def _without_redundancy(self, routes: frozenset[str]) -> Iterator[Condition]:
        """One for each set of paths that are down, however many routes share it."""
        by_paths: dict[str, list[str]] = {}
        for name, event in self._lost.items():
            if name in routes:
                by_paths.setdefault(", ".join(event.down), []).append(name)
        for down, names in by_paths.items():
            yield Condition(
                rule=Rule.REDUNDANCY,
                subject=down,
                routes=tuple(sorted(names)),
                since_s=min(self._lost_s[name] for name in names),
                title=f"no path to spare: {down} down for {_list(names)}",
                command="farshore status",
            )


def _daemon(sample: TailscaledSampled, at_s: float) -> Iterator[Condition]:
    if sample.problem is None and sample.backend_state == RUNNING:
        return
    why = sample.problem or f"it is {sample.backend_state}"
    yield Condition(
        rule=Rule.TAILSCALED,
        subject=sample.egress,
        since_s=at_s,
        title=f"the tailscaled of egress {sample.egress} carries nothing: {why}",
        command="tailscale status",
    )


def _node(node: NodeSeen, at_s: float) -> Iterator[Condition]:
    who = f"router {node.name}" if node.is_router else f"this host's node {node.name}"
    subject = node.name or node.ip
    if node.online is False:
        title = f"{who} ({node.ip}) is not connected to the control plane"
        yield Condition(
            rule=Rule.NODE_OFFLINE, subject=subject, since_s=at_s, title=title, command="tailscale status --json"
        )
    if node.ping_ok is False:
        told = {True: "and the control plane calls it online", False: "and it is offline", None: ""}[node.online]
        title = f"{who} ({node.ip}) answers no ping inside WireGuard{', ' if told else ''}{told}"
        yield Condition(
            rule=Rule.NODE_SILENT,
            subject=subject,
            since_s=at_s,
            title=title,
            command=f"tailscale ping --tsmp {node.ip}",
        )


def _key(node: NodeSeen, now_s: float) -> Iterator[Condition]:
    if node.key_expiry_s is None:
        return
    left_s = node.key_expiry_s - now_s
    days = next((days for days in DAYS if left_s <= days * DAY_S), None)
    if days is None:
        return
    when = "has expired" if left_s <= 0 else f"expires within {days} day{'' if days == 1 else 's'}"
    who = f"router {node.name}" if node.is_router else f"this host's node {node.name}"
    yield Condition(
        rule=Rule.KEY_EXPIRY,
        subject=node.name or node.ip,
        since_s=node.key_expiry_s - DAYS[-1] * DAY_S,
        title=f"the key of {who} ({node.ip}) {when}",
        command=f"tailscale login on {node.name}, or disable its key expiry",
        mark="0" if left_s <= 0 else str(days),
    )


def _list(names: list[str]) -> str:
    return f"route {names[0]}" if len(names) == 1 else f"routes {', '.join(sorted(names))}"
