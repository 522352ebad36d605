"""Keeps a tailscaled of Farshore's own: starts it, logs it in, watches it, starts it again, and ends it in order.

Does what `state` decides. `Supervisor.run` ends when it was told to stop, or when it has given up.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from farshore.config.tailscaled import Tailscaled
from farshore.core.address import IPAddress
from farshore.core.clock import Clock
from farshore.core.events import Announce, TailscaledChanged
from farshore.tailnet.localapi import LocalApi, LocalApiError
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Status
from farshore.tailnet.supervisor.child import Child, command_of, environment_of
from farshore.tailnet.supervisor.lines import Lines
from farshore.tailnet.supervisor.login import Key, NoKey, differs, find_key, preferences, refusal_in, trouble_in
from farshore.tailnet.supervisor.oauth_key import NotMade, make_key
from farshore.tailnet.supervisor.state import Machine, Phase, Policy, Sight, Standing, Step

LOOK_S = 0.2
STEADY_LOOK_S = 1.0
ROUTES_EVERY_S = 15.0
RETRY_LOGIN_S = 5.0
LOG_OUT_S = 5.0
LAST_QUESTION_S = 0.5
RESTART_TERM_S = 2.0

_BOOTING = frozenset({"", "NoState"})
_NEEDS_LOGIN = "NeedsLogin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a route needs of the tailnet: an owner for one of these addresses at least."""

    route: str
    addresses: tuple[IPAddress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the child is on this host: its program and socket, the folder that keeps its identity, the environment.

    `port` is the UDP port of all its lives: for some seconds routers answer where they knew the one before, and a
    handshake that is lost so is repeated only after five.
    """

    program: Path
    socket: Path
    state_dir: Path
    port: int
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    """Why there is no tailscaled any more, as a sentence. `by_refusal`: the control server did not let it in."""

    reason: str
    by_refusal: bool


class Supervisor:
    """One child tailscaled over all its lives. Belongs to one event loop."""

    def __init__(
        self,
        settings: Tailscaled,
        place: Place,
        *,
        needs: Callable[[], Sequence[Needs]],
        announce: Announce,
        clock: Clock,
    ) -> None:
        policy = Policy(lives=settings.give_up_after, routes_s=settings.wait_for_routes_s)
        self._settings = settings
        self._place = place
        self._needs = needs
        self._announce = announce
        self._clock = clock
        self._machine = Machine(policy, clock, SystemRandom())
        self._lines = Lines(clock)
        self._child: Child | None = None
        self._told: Standing | None = None
        self._key: Key | None = None
        self._by_refusal = False
        self._missing: tuple[str, ...] = ()
        self._routes_read_s: float | None = None
        self._prefs_checked = False
        self._restart_reason = ""
        self._restart_asked = asyncio.Event()
        self._stop_asked = asyncio.Event()

    @property
    def standing(self) -> Standing:
        """Where the child stands, and why or what it waits for."""
        return self._machine.standing

    @property
    def is_ready(self) -> bool:
        """Whether the child is in the tailnet and has the routes that it was to wait for."""
        return self._child is not None and self.standing.phase is Phase.RUNNING

    @property
    def socket(self) -> Path:
        """Where the child's LocalAPI is, while it lives."""
        return self._place.socket

    @property
    def pid(self) -> int | None:
        """The child's process id, None between its lives."""
        return None if self._child is None else self._child.pid

    async def restart(self, reason: str) -> None:
        """Another life of the child, at once: SIGTERM, and SIGKILL 2 s later. Connections through it end.

        Returns when the old one is gone. It does not count towards giving up. Does nothing where there is no child to
        end: one is about to be started, or all is over.
        """
        child = self._child
        if child is None or self._stop_asked.is_set():
            return
        self._restart_reason = reason
        self._restart_asked.set()
        await child.wait()

    async def run(self) -> GaveUp | None:
        """Keep the child alive until `stop`, or until there is no use in it any more."""
        while not self._stop_asked.is_set():
            how = await self._live()
            if self.standing.phase is Phase.GIVEN_UP:
                break
            if self._restart_asked.is_set():
                self._machine.restarted(f"restarted: {self._restart_reason}")
                self._tell()
                continue
            if self._stop_asked.is_set():
                break
            pause_s = self._machine.ended(how)
            self._tell()
            if pause_s is None:
                break
            await self._wait(self._stop_asked, pause_s)
        if self.standing.phase is Phase.GIVEN_UP:
            return GaveUp(reason=self.standing.reason, by_refusal=self._by_refusal)
        self._machine.stopped()
        self._tell()
        return None

    async def stop(self) -> None:
        """Log out a node that is not to be kept, then end the child. `run` ends soon after. Idempotent."""
        self._stop_asked.set()
        child = self._child
        if child is None:
            return
        if self._settings.logs_out and self.standing.phase in {Phase.RUNNING, Phase.WAITING_FOR_ROUTES}:
            await self._log_out()
        await child.end()

    async def _live(self) -> str:
        """One life of the child, to its end, and how it ended."""
        self._machine.started()
        self._restart_asked.clear()
        self._prefs_checked, self._routes_read_s = False, None
        place = self._place
        command = command_of(self._settings, place.program, place.socket, place.state_dir, place.port)
        try:
            child = await Child.start(command, environment_of(place.environment), self._said)
        except OSError as error:
            return f"tailscaled cannot be started: {error.strerror}"
        self._child = child
        self._tell()
        api = LocalApi(self._place.socket)
        try:
            async with asyncio.TaskGroup() as tasks:
                gone = asyncio.Event()
                watching = tasks.create_task(self._watch(child, api, gone))
                restarting = tasks.create_task(self._end_when_asked(child))
                how = await child.wait()
                if child.has_failed and self._lines.last_words:
                    how = f"{how}, and its last words were: {self._lines.last_words}"
                self._child = None
                restarting.cancel()
                # A question under way ends with the child's socket; to cancel it would upset its library.
                gone.set()
                await asyncio.wait({watching}, timeout=LAST_QUESTION_S)
                watching.cancel()
        finally:
            child.kill()
            self._child = None
            await api.aclose()
        return how

    async def _end_when_asked(self, child: Child) -> None:
        await self._restart_asked.wait()
        await child.end(grace_s=RESTART_TERM_S)

    async def _watch(self, child: Child, api: LocalApi, gone: asyncio.Event) -> None:
        while not gone.is_set():
            match await self._look(api):
                case Step.KILL:
                    child.kill()
                    return
                case Step.GIVE_UP:
                    self._tell()
                    await child.end()
                    return
                case _:
                    self._tell()
            await self._wait(gone, STEADY_LOOK_S if self.is_ready else LOOK_S)

    async def _look(self, api: LocalApi) -> Step:
        """Ask the child once how it is, and do what follows from the answer."""
        try:
            status = await self._ask(api)
            if status.backend_state in _BOOTING:
                return self._machine.seen(self._sight(status))
            if status.backend_state != _NEEDS_LOGIN:
                await self._put_preferences(api)
            step = self._machine.seen(self._sight(status))
            if step is Step.GIVE_UP:
                self._by_refusal = True
            return await self._log_in(api) if step is Step.LOG_IN else step
        except LocalApiError as error:
            return self._machine.unanswered(error.detail)

    async def _ask(self, api: LocalApi) -> Status:
        now_s = self._clock.monotonic_s()
        is_fresh = self._routes_read_s is not None and now_s - self._routes_read_s < ROUTES_EVERY_S
        if self.is_ready and is_fresh:
            return await api.own_status()
        status = await api.status()
        self._routes_read_s = now_s
        self._missing = tuple(
            need.route
            for need in self._needs()
            if need.addresses and all(owner_of(status, address) is None for address in need.addresses)
        )
        return status

    def _sight(self, status: Status) -> Sight:
        return Sight(
            backend_state=status.backend_state,
            login_url=status.auth_url,
            refusal=refusal_in(status.health, self._key, self._lines.clean),
            trouble=trouble_in(status.health, self._lines.clean),
            missing=self._missing,
        )

    async def _put_preferences(self, api: LocalApi) -> None:
        """Once in each life: a node that was logged in before knows only what it was told then."""
        if self._prefs_checked:
            return
        wanted = preferences(self._settings, os.uname().nodename)
        if differs(await api.prefs(), wanted):
            await api.start(wanted, "")
        self._prefs_checked = True

    async def _log_in(self, api: LocalApi) -> Step:
        key = find_key(self._settings, self._place.environment)
        if isinstance(key, NoKey):
            return self._refuse(f"tailscaled cannot log in because {key.sentence}")
        auth_key = ""
        if key is not None:
            self._lines.hide(key.secret)
            self._lines.hide(key.bare)
            auth_key = key.secret
            if key.is_client_secret:
                made = await make_key(key.secret, self._settings.tags, key.source)
                if isinstance(made, NotMade):
                    sentence = f"tailscaled cannot log in because {self._lines.clean(made.sentence)}"
                    if made.is_final:
                        return self._refuse(sentence)
                    self._machine.waits_for_key(sentence)
                    self._tell()
                    await asyncio.sleep(RETRY_LOGIN_S)
                    return Step.NOTHING
                self._lines.hide(made.auth_key)
                auth_key = made.auth_key
        self._key = key
        await api.start(preferences(self._settings, os.uname().nodename), auth_key)
        await api.log_in()
        self._prefs_checked = True
        self._machine.login_asked(with_key=key.source if key else None)
        return Step.NOTHING

    def _refuse(self, why: str) -> Step:
        self._by_refusal = True
        return self._machine.refused(why)

    async def _log_out(self) -> None:
        api = LocalApi(self._place.socket)
        try:
            await api.log_out(timeout_s=LOG_OUT_S)
        except LocalApiError as error:
            self._announce(
                TailscaledChanged(
                    phase=self.standing.phase,
                    reason=f"the node could not be logged out: {error.detail}",
                    pid=self.pid,
                    starts=self._machine.starts,
                )
            )
        finally:
            await api.aclose()

    def _said(self, raw: bytes) -> None:
        event = self._lines.event(raw)
        if event is not None:
            self._announce(event)

    def _tell(self) -> None:
        standing = self.standing
        if standing != self._told:
            self._told = standing
            self._announce(
                TailscaledChanged(
                    phase=standing.phase, reason=standing.reason, pid=self.pid, starts=self._machine.starts
                )
            )

    @staticmethod
    async def _wait(event: asyncio.Event, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return
