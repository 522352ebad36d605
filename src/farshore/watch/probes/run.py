"""One probe of a route's target over one path: dialled as for a client, timed layer by layer.

The gateway's own attempt dials it, so it never leaks, and an address that the configuration does not dial is not
dialled here: the rule for 4via6 addresses holds by itself. One connection, or two where the first hears nothing for
1.5 s; the second one is abandoned as soon as one of them answers.
"""

import socket
from dataclasses import dataclass

from farshore.core.address import HostPort
from farshore.core.outcome import Code, Phase
from farshore.gateway.attempt import Surroundings
from farshore.gateway.dial import PhaseTimes
from farshore.gateway.judge import Failure
from farshore.gateway.redial import REDIAL_S
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path, Route
from farshore.watch.call import Call, Patience, address_of
from farshore.watch.probes.asking import Asked, Asking, ask
from farshore.watch.probes.kind import ProbeKind, Talked, kind_of
from farshore.watch.probes.leave import leave
from farshore.watch.probes.result import Layer, LayerTime, ProbeResult

_LAYERS = {Phase.ACCEPT: Layer.LOCAL, Phase.CONNECT: Layer.LOCAL, Phase.HANDSHAKE: Layer.EGRESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOrder:
    """What a probe does, and how long it may take, in seconds: until the target is connected, until it has greeted.

    With `asking` it logs in and asks in place of hearing the greeting alone.
    """

    kind: ProbeKind
    dial_s: float = 7.0
    greeting_s: float = 5.0
    asking: Asking | None = None


async def probe_path(
    route: Route, path: Path, shared: Surroundings, resolver: Resolver, order: ProbeOrder | None = None
) -> ProbeResult:
    """Probe the target of `route` over `path`, one of its paths; without an `order` as its protocol says.

    Never raises for what is out there; always ends within the order's limits, and 2 s for a good-bye.
    """
    order = order or ProbeOrder(kind=kind_of(route.protocol))
    run = _Run(order.kind, path, shared)
    target = await address_of(route, path, resolver)
    if isinstance(target, Failure):
        return run.failed(target)
    patience = Patience(limit_s=order.dial_s, redial_s=REDIAL_S)
    call = Call(path.egress, target, shared, patience, tolerate_leaks=route.allow_direct)
    ending = await call.run()
    run.note_dial(call.times)
    if isinstance(ending, Failure):
        return run.failed(ending)
    upstream, early = ending
    with upstream:
        run.note(Layer.TCP)
        if order.asking is not None:
            more = _More(route, path, shared, target, patience)
            asked = await ask(order.asking, upstream, early, str(route.target.host), more)
            return run.answered(asked)
        talked = await order.kind.talk(upstream, early, order.greeting_s)
        if talked is not None:
            run.note(Layer.PROTOCOL)
            await leave(upstream, talked.goodbye)
        return run.ended(talked)


@dataclass(frozen=True, slots=True)
class _More:
    """Calls another port of the target over the same path."""

    route: Route
    path: Path
    shared: Surroundings
    target: HostPort
    patience: Patience

    async def __call__(self, port: int) -> tuple[socket.socket, bytes] | None:
        there = HostPort(self.target.host, port)
        tolerant = self.route.allow_direct
        ending = await Call(self.path.egress, there, self.shared, self.patience, tolerate_leaks=tolerant).run()
        return None if isinstance(ending, Failure) else ending


class _Run:
    """One probe under way, and the time of each layer."""

    def __init__(self, kind: ProbeKind, path: Path, shared: Surroundings) -> None:
        self._kind = kind
        self._path = path
        self._clock = shared.clock
        self._since_s = shared.clock.monotonic_s()
        self._layers: list[LayerTime] = []

    def note_dial(self, times: PhaseTimes) -> None:
        """What the egress's own port and handshake took; all else that was waited for is the dial's."""
        for layer, took_ms in ((Layer.LOCAL, times.connect_ms), (Layer.EGRESS, times.handshake_ms)):
            if took_ms is not None:
                self._layers.append(LayerTime(layer=layer, took_ms=took_ms))
                self._since_s += took_ms / 1000

    def note(self, layer: Layer) -> None:
        """What has passed since the layer before is this one's."""
        now_s = self._clock.monotonic_s()
        self._layers.append(LayerTime(layer=layer, took_ms=max(round((now_s - self._since_s) * 1000, 3), 0.0)))
        self._since_s = now_s

    def failed(self, failure: Failure) -> ProbeResult:
        """There is no connection."""
        layer = _LAYERS.get(failure.code.phase, Layer.TCP)
        if all(passed.layer is not layer for passed in self._layers):
            self.note(layer)
        return self._result(failure.code, failure.detail, "")

    def ended(self, talked: Talked | None) -> ProbeResult:
        """There was one."""
        if talked is None:
            return self._result(None, "", "")
        return self._result(talked.code, talked.detail, talked.server)

    def answered(self, asked: Asked) -> ProbeResult:
        """A driver has been at work."""
        if asked.login_ms is not None:
            self._layers.append(LayerTime(layer=Layer.LOGIN, took_ms=asked.login_ms))
            self._since_s += asked.login_ms / 1000
        self.note(Layer.LOGIN if asked.login_ms is None else Layer.QUERY)
        return self._result(asked.code, asked.detail, asked.server)

    def _result(self, code: Code | None, detail: str, server: str) -> ProbeResult:
        return ProbeResult(
            kind=self._kind.name,
            path=self._path.name,
            layers=tuple(self._layers),
            ok=code is None,
            code=None if code is None else code.value,
            detail=detail,
            server=server,
        )
