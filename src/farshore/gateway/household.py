"""What all sessions of a gateway share, and who keeps them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from farshore.config.model import Limits, Timeouts
from farshore.core.clock import Clock
from farshore.core.events import Announce
from farshore.core.outcome import Code
from farshore.gateway.attempt import Surroundings
from farshore.gateway.closing import Closings
from farshore.gateway.ftp_data import DataPorts
from farshore.gateway.hold import WaitingRoom
from farshore.gateway.pipes import Pipes
from farshore.gateway.poller import Poller
from farshore.gateway.refusal import Refusals
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Route
from farshore.gateway.sweep import Sweep

if TYPE_CHECKING:
    from farshore.gateway.session import Session


class Keeper(Protocol):
    """Who keeps the sessions."""

    def session_ended(self, session: "Session", code: Code) -> None:
        """Nothing of it is open any more."""
        ...

    def live_routes(self) -> tuple[Route, ...]:
        """The routes that clients can come by now."""
        ...

    def waiting_room(self, route: Route) -> WaitingRoom:
        """Where the held clients of a route wait."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """What all sessions of a gateway share."""

    clock: Clock
    poller: Poller
    timeouts: Timeouts
    limits: Limits
    pipes: Pipes
    sweep: Sweep
    closings: Closings
    refusals: Refusals
    data_ports: DataPorts
    resolver: Resolver
    surroundings: Surroundings
    announce: Announce
    keeper: Keeper
