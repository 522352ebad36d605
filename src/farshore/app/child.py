"""The tailscaled that `serve` starts: where it lives on this host, and what the gateway needs of it."""

import os
import shutil
import socket
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from farshore.app.exits import Exit, Refusal
from farshore.config.egresses import Egress, Socks5Egress, TailscaledEgress, socket_of
from farshore.config.fields import MAX_SOCKET_PATH_BYTES
from farshore.config.model import Config
from farshore.config.tailscaled import Tailscaled
from farshore.core.clock import Clock
from farshore.core.events import Announce
from farshore.gateway.gateway import Gateway
from farshore.tailnet.supervisor.keeper import GaveUp, Needs, Place, Supervisor

PRIVATE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTailscaled:
    """What was prepared for the child."""

    settings: Tailscaled
    place: Place

    def completed(self, config: Config) -> Config:
        """The configuration with the child's socket and port wherever the tailscaled of this host is meant."""
        egresses = {name: self._completed(egress) for name, egress in config.egresses.items()}
        return config.model_copy(update={"egresses": egresses})

    def _completed(self, egress: Egress) -> Egress:
        match egress:
            case TailscaledEgress(socket=None):
                places = {"socket": self.place.socket, "socks5": egress.socks5 or self.settings.socks5}
                return egress.model_copy(update=places)
            case Socks5Egress(localapi=None) if egress.address == self.settings.socks5:
                return egress.model_copy(update={"localapi": self.place.socket})
            case _:
                return egress

    def supervisor(self, gateway: Gateway, announce: Announce, clock: Clock) -> Supervisor:
        """The child's keeper; inside a running event loop."""
        return Supervisor(
            self.settings,
            self.place,
            needs=lambda: needs(gateway, self.place.socket),
            announce=announce,
            clock=clock,
        )


def prepare(settings: Tailscaled, environment: Mapping[str, str], stack: ExitStack) -> OwnTailscaled | Refusal:
    """Find the program and make the folders; what is for this run only is removed when `stack` ends."""
    program = shutil.which(settings.program, path=environment.get("PATH", os.defpath))
    if program is None:
        return Refusal(
            exit=Exit.NO_TAILSCALED,
            sentence=f"there is no tailscaled to start because {settings.program} was not found in PATH; install it, "
            "or name it in `tailscaled: {program: …}`.",
        )
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="farshore-", ignore_cleanup_errors=True)))
    state_dir = settings.state_dir or folder / "state"
    localapi = settings.socket or folder / "tailscaled.sock"
    if len(os.fsencode(localapi)) > MAX_SOCKET_PATH_BYTES:
        return Refusal(
            exit=Exit.USAGE,
            sentence=f"tailscaled cannot listen on {localapi} because a socket's path has at most "
            f"{MAX_SOCKET_PATH_BYTES} bytes; name a shorter one in `tailscaled: {{socket: …}}`.",
        )
    for made, setting in ((state_dir, "state_dir"), (localapi.parent, "socket")):
        try:
            made.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        except OSError as error:
            return Refusal(
                exit=Exit.NOT_PERMITTED,
                sentence=f"tailscaled cannot use {made} because of: {(error.strerror or str(error)).lower()}; change "
                f"`tailscaled: {{{setting}: …}}`, or let this user ({os.geteuid()}) create it.",
            )
    place = Place(
        program=Path(program).absolute(),
        socket=localapi,
        state_dir=state_dir,
        port=settings.port or free_udp_port(),
        environment=environment,
    )
    return OwnTailscaled(settings=settings, place=place)


def free_udp_port() -> int:
    """A UDP port that nobody has on any IPv4 address; nobody holds it for the caller."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104 - tailscaled will listen on every address
        return int(probe.getsockname()[1])


def needs(gateway: Gateway, socket: Path) -> list[Needs]:
    """For each route that the child is to carry, the addresses of which one has to have an owner.

    A route that may leave through this host's own network needs none, nor does a target that is given as a name.
    """
    config = gateway.config
    through = {name for name, egress in config.egresses.items() if socket_of(egress) == socket}
    direct = {route.label for route in config.routes if route.allow_direct}
    found: list[Needs] = []
    for route in gateway.routes():
        hosts = [path.target.host for path in route.paths if path.egress in through]
        literal = tuple(host for host in hosts if not isinstance(host, str))
        if len(hosts) == len(route.paths) == len(literal) and route.name not in direct:
            found.append(Needs(route=f"{route.name} ({route.target})", addresses=literal))
    return found


def refusal(gave_up: GaveUp) -> Refusal:
    """How the program ends where the child could not be kept."""
    if gave_up.by_refusal:
        return Refusal(exit=Exit.NOT_LOGGED_IN, sentence=f"{gave_up.reason}.")
    return Refusal(
        exit=Exit.TAILSCALED_FAILED,
        sentence=f"tailscaled was given up because {gave_up.reason}; see its last lines in this log.",
    )
