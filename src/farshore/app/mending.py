"""Builds what acts against outages, from the configuration."""

from pathlib import Path

from farshore.config.model import Config, Egress, TailscaledEgress
from farshore.core.clock import Clock
from farshore.core.events import Announce
from farshore.core.remedy import Remedy
from farshore.gateway.gateway import Gateway
from farshore.tailnet.localapi import LocalApi
from farshore.tailnet.supervisor import Supervisor
from farshore.watch.mender import Mender, Surroundings
from farshore.watch.remedies import Ladder


def build_mender(
    config: Config, gateway: Gateway, supervisor: Supervisor | None, announce: Announce, clock: Clock
) -> Mender:
    """The mender of a gateway; it asks through LocalAPI clients of its own, and restarts a tailscaled of our own."""
    sockets = {name: _socket(egress) for name, egress in config.egresses.items()}
    around = Surroundings(
        routes=gateway.routes,
        tailscaleds={name: LocalApi(socket) for name, socket in sockets.items() if socket is not None},
        announce=announce,
        clock=clock,
        restarter=supervisor,
    )
    return Mender(Ladder({remedy: config.remedies.mode(remedy) for remedy in Remedy}), around)


def _socket(egress: Egress) -> Path | None:
    return egress.socket if isinstance(egress, TailscaledEgress) else egress.localapi
