"""One attempt to reach a target over one egress, and the proof that it did not leave through this host's own network.

Ask for the owner where the dial cannot prove itself, dial, check the proof, and where a failure has no reason of its
own, ask once more before it is named. Nothing is sent to the target before the proof holds.
"""

import math
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Protocol

from farshore.config.model import Keepalive, Timeouts
from farshore.core.address import HostPort, IPAddress, is_tailscale_address
from farshore.core.clock import Clock
from farshore.core.events import Announce, Event
from farshore.core.outcome import Code, Phase
from farshore.gateway.dial import REPLY_BYTES, Dial, PhaseTimes
from farshore.gateway.egress import Egress, Speech, Way, direct_way
from farshore.gateway.judge import Failure
from farshore.gateway.ownership import Answer, View, tell_of_leak
from farshore.gateway.poller import Poller
from farshore.tailnet.localapi import LocalApiError, LocalApiFailure
from farshore.tailnet.version import refuses_to_leak
from farshore.wire.handshake import Established

OWNER_AGE_S = 1.0
# A tailscaled that has only just started: it knows neither routes nor peers yet (ipn.State at v1.102.3).
_STARTING = frozenset({"", "NoState", "Starting"})
# Where tailscaled itself can tell more: it may be starting, or have no route.
_UNEXPLAINED = frozenset({Code.NO_ANSWER, Code.DIAL_FAILED, Code.LEAK})


def _tell_nobody(_: Event) -> None:
    """Nobody wants to know."""


class Attempted(Protocol):
    """Who is told how an attempt ends; exactly one call, unless it was aborted."""

    def attempt_succeeded(self, upstream: socket.socket, early: bytes) -> None:
        """The target is connected, proven, and `early` is what it has already sent.

        The dial's reader may still be registered on the socket: replace it.
        """

    def attempt_failed(self, failure: Failure) -> None:
        """There is no connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every attempt of a gateway shares. `reply_bytes` of an egress's reply are read at once."""

    clock: Clock
    poller: Poller
    timeouts: Timeouts
    keepalive: Keepalive = field(default_factory=Keepalive)
    announce: Announce = _tell_nobody
    reply_bytes: int = REPLY_BYTES


class Attempt:
    """Reaches `target`, an address, over `egress`. `tolerate_leaks` is the route's `allow_direct`."""

    __slots__ = ("_address", "_attempted", "_dial", "_egress", "_held", "_over", "_shared", "_started_s", "_target",
                 "_tolerate_leaks", "_way")  # fmt: skip

    def __init__(self, egress: Egress, target: HostPort, attempted: Attempted, shared: Surroundings,
                 *, tolerate_leaks: bool) -> None:  # fmt: skip
        assert not isinstance(target.host, str)  # noqa: S101 - names are resolved before an attempt is made
        self._egress = egress
        self._target = target
        self._address: IPAddress = target.host
        self._attempted = attempted
        self._shared = shared
        self._tolerate_leaks = tolerate_leaks
        self._way = egress.way
        self._dial: Dial | None = None
        self._held: socket.socket | None = None
        self._over = False
        self._started_s = shared.clock.monotonic_s()

    @property
    def phase(self) -> Phase:
        """How far it has come."""
        return Phase.DIAL if self._dial is None else self._dial.phase

    @property
    def times(self) -> PhaseTimes:
        """What each phase took so far."""
        return PhaseTimes() if self._dial is None else self._dial.times

    def again(self) -> "Attempt":
        """The same once more, not yet begun."""
        return Attempt(self._egress, self._target, self._attempted, self._shared, tolerate_leaks=self._tolerate_leaks)

    def tell(self, attempted: Attempted) -> None:
        """Tell the end to somebody else."""
        self._attempted = attempted

    def start(self) -> None:
        """Begin; the end may be told before this returns."""
        ownership = self._egress.ownership
        if ownership is None:
            self._dial_unasked()
        elif self._way.speech is Speech.LOCALAPI and not is_tailscale_address(self._address):
            ownership.ask(math.inf, self._choose_way)
        else:
            ownership.ask(OWNER_AGE_S, self._check_owner_before)

    def abort(self) -> None:
        """Stop and close; nobody is told. Idempotent."""
        self._over = True
        if self._dial is not None:
            self._dial.abort()
        if self._held is not None:
            self._drop(self._held)
            self._held = None

    def check_deadline(self, now_s: float) -> None:
        """End what has taken too long."""
        if self._dial is not None:
            self._dial.check_deadline(now_s)

    def silence(self, now_s: float) -> Failure:
        """What it means that nobody has answered up to now."""
        if self._dial is None:
            detail = f"tailscaled has not said yet who owns {self._address}"
            return Failure(code=Code.OWNER_UNCONFIRMED, detail=detail)
        return self._dial.silence(now_s)

    def _dial_unasked(self) -> None:
        """Dial where no tailscaled can be asked, if a success will prove itself or needs no proof."""
        if self._tolerate_leaks or self._way.proves_itself(self._address):
            self._dial_over(self._way)
            return
        detail = f"egress {self._egress.name} has no LocalAPI that says who owns {self._address}"
        self._fail(Failure(code=Code.OWNER_UNCONFIRMED, detail=detail))

    def _check_owner_before(self, answer: Answer) -> None:
        if self._over:
            return
        if isinstance(answer, View) and not self._tolerate_leaks:
            tell = self._tell_of_leak(answer)
            if tell is not None and answer.asked_s < self._started_s and self._egress.ownership is not None:
                self._egress.ownership.ask(0.0, self._check_owner_before)  # an old view refuses nobody
                return
            if tell is not None:
                self._fail(_would_leak(answer, tell))
                return
        self._choose_way(answer)

    def _tell_of_leak(self, view: View) -> str | None:
        if self._egress.way.speech is Speech.NOTHING and not view.status.tun:
            return "tailscaled runs in userspace: this host's own network does not lead into the tailnet"
        return tell_of_leak(view, self._address)

    def _choose_way(self, answer: Answer) -> None:
        if self._over:
            return
        if isinstance(answer, LocalApiError):
            if self._way.speech is not Speech.SOCKS5 or is_tailscale_address(self._address):
                self._fail(self._unconfirmed(answer))
                return
            self._dial_over(self._way)
        elif self._way.speech is not Speech.LOCALAPI or refuses_to_leak(answer.status.version):
            self._dial_over(self._way)
        elif self._egress.fallback is not None:
            self._dial_over(self._egress.fallback)
        else:
            detail = f"tailscaled {answer.status.version} leaks on LocalAPI dial (before 1.98); set the egress's socks5"
            self._fail(Failure(code=Code.OWNER_UNCONFIRMED, detail=detail))

    def _dial_over(self, way: Way) -> None:
        if way.port is None:
            way = direct_way(self._shared.timeouts, self._shared.keepalive, self._target)
        self._way = way
        assert way.port is not None  # noqa: S101 - direct_way has one
        self._dial = Dial(way.port, way.handshake(self._target), self, self._shared.clock, self._shared.poller)
        self._dial.reply_bytes = self._shared.reply_bytes
        self._dial.start()

    def dial_succeeded(self, upstream: socket.socket, established: Established) -> None:
        """The egress says that the target is connected: see that it is the right one."""
        if self._tolerate_leaks or self._is_proven(established):
            self._succeed(upstream, established.early)
            return
        ownership = self._egress.ownership
        if ownership is None:
            self._drop(upstream)
            self._fail(_leaked(f"bound to {_bound(established)}, which is not tailscaled's own address"))
            return
        self._shared.poller.remove_reader(upstream.fileno())
        self._held = upstream
        ownership.ask(0.0, lambda answer: self._check_owner_after(answer, established))

    def dial_failed(self, failure: Failure) -> None:
        """The egress has no connection: find the reason where it gave none."""
        if failure.code is Code.LEAK and self._tolerate_leaks and self._way.speech is Speech.LOCALAPI:
            self._dial_over(direct_way(self._shared.timeouts, self._shared.keepalive, self._target))
        elif failure.code in _UNEXPLAINED and self._egress.ownership is not None and not self._tolerate_leaks:
            self._egress.ownership.ask(0.0, lambda answer: self._explain(answer, failure))
        else:
            self._fail(failure)

    def _is_proven(self, established: Established) -> bool:
        """Whether the success alone proves that the dial went through the tailnet."""
        if is_tailscale_address(self._address):
            return False
        if self._way.speech is Speech.LOCALAPI:
            return refuses_to_leak(established.version or "")
        if self._way.speech is Speech.SOCKS5 and established.bound is not None:
            return self._is_own(established.bound.host)
        return False

    def _is_own(self, bound: IPAddress | str) -> bool:
        egress = self._egress
        if egress.own_ips:
            return bound in egress.own_ips
        if egress.ownership is not None:
            last = egress.ownership.last
            return last is not None and bound in last.status.self_ips
        return not isinstance(bound, str) and is_tailscale_address(bound) and not is_of_this_host(bound)

    def _check_owner_after(self, answer: Answer, established: Established) -> None:
        upstream, self._held = self._held, None
        if upstream is None:
            return
        failure = self._judge_proof(answer, established)
        if failure is None:
            self._succeed(upstream, established.early)
            return
        self._drop(upstream)
        self._fail(failure)

    def _judge_proof(self, answer: Answer, established: Established) -> Failure | None:
        if isinstance(answer, LocalApiError):
            return self._unconfirmed(answer)
        if self._way.speech is Speech.SOCKS5 and not self._is_bound_to(answer, established):
            return _leaked(f"bound to {_bound(established)}, not to one of tailscaled's own addresses")
        tell = self._tell_of_leak(answer)
        return None if tell is None else _leaked(tell)

    def _is_bound_to(self, view: View, established: Established) -> bool:
        own = self._egress.own_ips or view.status.self_ips
        return established.bound is not None and established.bound.host in own

    def _explain(self, answer: Answer, failure: Failure) -> None:
        if self._over:
            return
        if isinstance(answer, LocalApiError):
            hung = answer.reason is LocalApiFailure.TIMEOUT and failure.code is not Code.LEAK
            detail = f"{failure.detail}; tailscaled's LocalAPI does not answer either"
            self._fail(Failure(code=Code.HANDSHAKE_TIMEOUT, detail=detail) if hung else failure)
            return
        tell = self._tell_of_leak(answer)
        self._fail(failure if tell is None else _would_leak(answer, f"{tell} ({failure.detail})"))

    def _unconfirmed(self, error: LocalApiError) -> Failure:
        is_same_port = self._egress.way.speech is Speech.LOCALAPI
        code = _UNREACHED.get(error.reason) if is_same_port else None
        return Failure(code=code or Code.OWNER_UNCONFIRMED, detail=error.detail)

    def _drop(self, upstream: socket.socket) -> None:
        self._shared.poller.remove_reader(upstream.fileno())
        upstream.close()

    def _succeed(self, upstream: socket.socket, early: bytes) -> None:
        self._over = True
        self._attempted.attempt_succeeded(upstream, early)

    def _fail(self, failure: Failure) -> None:
        self._over = True
        self._attempted.attempt_failed(failure)


def is_of_this_host(address: IPAddress) -> bool:
    """Whether this host (its network namespace) has the address: a userspace tailnet's address is on no interface.

    True also where no descriptor is left to find out with: what is not proven is not trusted.
    """
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    try:
        probe = socket.socket(family, socket.SOCK_DGRAM)
    except OSError:
        return True
    with probe, suppress(OSError):
        probe.bind((str(address), 0))
        return True
    return False


def _would_leak(view: View, tell: str) -> Failure:
    """A dial that did not connect: a leak, unless tailscaled has yet to learn where the target is."""
    is_starting = view.status.backend_state in _STARTING
    return Failure(code=Code.EGRESS_STARTING if is_starting else Code.LEAK, detail=tell)


def _leaked(tell: str) -> Failure:
    return Failure(code=Code.LEAK, detail=tell, leak_connected=True)


def _bound(established: Established) -> str:
    return "no address" if established.bound is None else str(established.bound.host)


_UNREACHED = {
    LocalApiFailure.MISSING: Code.EGRESS_MISSING,
    LocalApiFailure.REFUSED: Code.EGRESS_REFUSED,
    LocalApiFailure.NOT_PERMITTED: Code.EGRESS_NOT_PERMITTED,
    LocalApiFailure.TIMEOUT: Code.HANDSHAKE_TIMEOUT,
}
