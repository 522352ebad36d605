"""Builds what acts against outages, from the configuration."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from farshore.config.model import Config, Forwarding
from farshore.config.remedies import Control, ControlKind
from farshore.core.clock import Clock
from farshore.core.events import Announce
from farshore.core.remedy import Remedy
from farshore.gateway.gateway import Gateway
from farshore.tailnet.control.headscale import Headscale
from farshore.tailnet.control.http import JsonApi, Key, key_in_environment, key_in_file
from farshore.tailnet.control.kubernetes import KubernetesLease
from farshore.tailnet.control.mover import Lease, Mover, NoLease
from farshore.tailnet.control.plane import ControlPlane
from farshore.tailnet.control.tailscale import API, OAuthClient, Tailscale
from farshore.tailnet.supervisor.keeper import Supervisor
from farshore.watch.mender import Allowance, Mender, Surroundings
from farshore.watch.moving import Moving

# Kubernetes sets it in every container: kubelet_pods.go, getServiceEnvVarMap.
IN_KUBERNETES = "KUBERNETES_SERVICE_HOST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """What the mender announces to, and what it may reach for beside LocalAPI."""

    announce: Announce
    clock: Clock
    supervisor: Supervisor | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


def build_mender(config: Config, gateway: Gateway, hands: Hands) -> Mender:
    """The mender of a gateway; it restarts a tailscaled of our own."""
    clock, supervisor = hands.clock, hands.supervisor
    around = Surroundings(
        routes=gateway.routes,
        tailscaleds=gateway.tailscaleds,
        announce=hands.announce,
        clock=clock,
        restarters={} if supervisor is None else {supervisor.socket: supervisor},
    )
    return Mender(allowance(config, hands), around)


def allowance(config: Config, hands: Hands) -> Allowance:
    """What a configuration lets the mender do."""
    return Allowance(
        modes={remedy: config.remedies.mode(remedy) for remedy in Remedy},
        moving=None if config.control is None else _moving(config, config.control, hands.clock, hands.environment),
    )


def allows_otherwise(before: Config, after: Config) -> bool:
    """Whether `allowance` differs."""
    return any(getattr(before, name) != getattr(after, name) for name in ("remedies", "control", "routers"))


def _moving(config: Config, control: Control, clock: Clock, environment: Mapping[str, str]) -> Moving:
    settings = config.remedies.lease
    lease: Lease = NoLease()
    only_suggest: str | None = None
    if settings is not None:
        lease = KubernetesLease(settings.name, settings.namespace, socket.gethostname(), clock)
    elif IN_KUBERNETES in environment:
        only_suggest = "this is Kubernetes, where replicas could move one route at once: write remedies: {lease: …}"
    kernel = {name for name, router in config.routers.items() if router.forwarding is Forwarding.KERNEL}
    plane = control_plane(control, clock, environment)
    return Moving(Mover(plane=plane, lease=lease, kernel=kernel), only_suggest)


def control_plane(control: Control, clock: Clock, environment: Mapping[str, str]) -> ControlPlane:
    """The control plane that a configuration names; its keys are read when they are needed."""
    if control.kind is ControlKind.HEADSCALE:
        assert control.url is not None  # noqa: S101 - the rules have asked for it
        return Headscale(JsonApi(control.url, clock), _key(control.key_file, control.key_env, environment))
    api = JsonApi(control.url or API, clock)
    if control.client_id is None:
        return Tailscale(api, _key(control.key_file, control.key_env, environment), clock, control.tailnet)
    secret = _key(control.client_secret_file, control.client_secret_env, environment)
    return Tailscale(api, OAuthClient(id=control.client_id, secret=secret), clock, control.tailnet)


def _key(path: Path | None, variable: str | None, environment: Mapping[str, str]) -> Key:
    if path is not None:
        return key_in_file(path)
    assert variable is not None  # noqa: S101 - the rules have asked for one of them
    return key_in_environment(variable, environment)
