"""What the page's tests show: a gateway that only answers questions, what happened to it, and the page of both."""

from dataclasses import dataclass, field, replace
from typing import Any

from tests.unit.surface.seen import SeenGateway, StoppedClock, ended, path_state, route_state

from farshore.core.events import ConnectionEnded, Health, HealthChanged
from farshore.core.outcome import Code
from farshore.gateway.state import PathState
from farshore.incident.conclusion import Conclusion
from farshore.incident.record import Record, Verdict
from farshore.incident.threshold import Sign
from farshore.surface.page.compose import compose
from farshore.surface.page.model import Page, RouteCard
from farshore.surface.page.pulse import Pulse
from farshore.surface.views import IncidentsView, Views

NOW_S = 1_700_000_000.125


class ToldViews(Views):
    """Views that know these incidents."""

    records: tuple[Record, ...] = ()

    def incidents(self) -> IncidentsView:
        return IncidentsView(incidents=list(self.records))


def path(name: str, health: Health = Health.UNKNOWN, reason: str = "", **more: Any) -> PathState:
    return replace(path_state(name), health=health, health_reason=reason, **more)


def end(code: Code = Code.CLIENT_CLOSED, route: str = "8082", path: str = "r1", detail: str | None = None) -> Any:
    fields = {name: getattr(ended(code, detail=detail), name) for name in ConnectionEnded.__struct_fields__}
    return ConnectionEnded(**{**fields, "route": route, "path": path})


def record(**more: Any) -> Record:
    conclusion = Conclusion(
        code="M01",
        title="Router has died",
        confidence="proven",
        router="r1",
        command="tailscale ping r1",
        hop="router",
    )
    usual: dict[str, Any] = {
        "id": "2023-11-14-1",
        "since_s": NOW_S - 60,
        "opened_s": NOW_S - 58,
        "closed_s": None,
        "proven": True,
        "merged_into": None,
        "routes": {"8082": Sign.HELD},
        "well": (),
        "verdicts": (Verdict(at_s=NOW_S - 50, conclusion=conclusion),),
    }
    return Record(**{**usual, **more})


@dataclass
class Shown:
    """A gateway with one route, and what happened."""

    gateway: SeenGateway = field(default_factory=SeenGateway)
    clock: StoppedClock = field(default_factory=StoppedClock)
    records: tuple[Record, ...] = ()

    def __post_init__(self) -> None:
        self.pulse = Pulse(self.clock)

    def paths(self, *paths: PathState, held: int = 0, active: int = 0) -> None:
        self.gateway.route_states = [route_state(paths=paths, held=held, active=active)]

    def changed(self, name: str, health: Health, was: Health = Health.UP) -> None:
        self.pulse.announce(HealthChanged(route="8082", path=name, health=health, was=was, reason="no pong"))

    @property
    def views(self) -> Views:
        views = ToldViews(self.gateway, self.clock)
        views.records = self.records
        return views

    @property
    def page(self) -> Page:
        return compose(self.views, self.pulse, self.clock.now_s)

    @property
    def card(self) -> RouteCard:
        return self.page.routes[0]
