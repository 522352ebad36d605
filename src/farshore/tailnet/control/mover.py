"""Moves a prefix by the control plane: reads, finds who lives, writes, and puts back what was not whole."""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from farshore.core.address import IPAddress
from farshore.tailnet.control.moves import Change, Move, candidates, prefix_of, router_of
from farshore.tailnet.control.plane import ControlError, ControlPlane
from farshore.tailnet.localapi import LocalApi, LocalApiError
from farshore.tailnet.remedy import Sighting, sight
from farshore.tailnet.routes import owner_of
from farshore.tailnet.status import Peer, Status

OWNER_S = 5.0
LOOK_S = 0.2


class Lease(Protocol):
    """What only one replica can hold at a time."""

    async def acquire(self) -> str | None:
        """Take it; None, or why it cannot be had."""
        ...

    async def release(self) -> None:
        """Give it back, if it is held. Raises nothing."""
        ...

    async def aclose(self) -> None:
        """Close every connection; idempotent."""
        ...


class NoLease:
    """For a gateway that is alone."""

    async def acquire(self) -> str | None:
        """Nobody else asks."""
        return None

    async def release(self) -> None:
        """Nothing to give back."""

    async def aclose(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """One control plane and who may use it. `kernel` are the routers known to forward in the kernel."""

    plane: ControlPlane
    lease: Lease
    kernel: AbstractSet[str]

    async def plan(
        self, api: LocalApi, status: Status, target: IPAddress, pinged: Sequence[Sighting] = ()
    ) -> Move | str:
        """How the target's prefix leaves its router, or why it must not.

        Only where the router is silent to pings from here, and another one that advertises the prefix answers them.
        `pinged` is what pings of these seconds have said; who is not among them is pinged now.

        Raises:
            ControlError: the control plane does not say.
        """
        owner = owner_of(status, target)
        prefix = None if owner is None else prefix_of(owner, target)
        if owner is None or prefix is None:
            return f"no router serves a prefix with {target}"
        seen = next((each for each in pinged if each.router == owner.host_name and each.is_silent), None)
        seen = seen or await sight(api, owner)
        if not seen.is_silent:
            return f"the router is not shown dead: {seen}"
        routers = await self.plane.routers()
        dead = router_of(owner, routers)
        if dead is None:
            return f"the control plane does not know {owner.host_name}"
        others = candidates(prefix, dead, routers, self.kernel)
        if isinstance(others, str):
            return others
        told = []
        for router in others:
            peer = _peer_of(router.ips, status)
            if peer is None:
                told.append(f"{router.name} is not seen from here")
                continue
            seen = await sight(api, peer)
            if seen.answers:
                return Move(prefix=prefix, dead=dead, living=router)
            told.append(f"no living router for {prefix}: {seen}")
        return "; ".join(told)

    async def move(self, move: Move) -> None:
        """Write it; what was written of it before a failure is taken back as far as possible.

        Raises:
            ControlError: it was not made; says whether anything is left of it.
        """
        written: list[Change] = []
        for change in move.changes:
            try:
                await self.plane.approve(change.router, change.routes)
            except ControlError as error:
                left = await self._put_back(move, written) if written else "nothing was changed"
                raise ControlError(error.reason, f"{error.detail}; {left}") from error
            written.append(change)

    async def undo(self, move: Move) -> str:
        """Put everything back as it was; what came of it, as text."""
        return await self._put_back(move, list(move.changes))

    async def arrives(self, api: LocalApi, move: Move, target: IPAddress) -> bool:
        """Whether this host's tailscaled sends to the living router now; it is given some seconds."""
        try:
            async with asyncio.timeout(OWNER_S):
                while True:
                    owner = owner_of(await api.status(), target)
                    if owner is not None and set(owner.ips) & set(move.living.ips):
                        return True
                    await asyncio.sleep(LOOK_S)
        except (TimeoutError, LocalApiError):
            return False

    def command(self, move: Move) -> str:
        """What a person runs to move it."""
        return _commands(self.plane, move.changes)

    def undo_command(self, move: Move) -> str:
        """What a person runs to have it as it was."""
        return _commands(self.plane, move.undoing)

    async def _put_back(self, move: Move, written: list[Change]) -> str:
        touched = {change.router.id for change in written}
        undoing = tuple(change for change in move.undoing if change.router.id in touched)
        try:
            for change in undoing:
                await self.plane.approve(change.router, change.routes)
        except ControlError as error:
            return f"not put back ({error.detail}); run: {_commands(self.plane, undoing)}"
        return "put back as it was"


def _commands(plane: ControlPlane, changes: tuple[Change, ...]) -> str:
    return " && ".join(plane.command(change.router, change.routes) for change in changes)


def _peer_of(ips: tuple[IPAddress, ...], status: Status) -> Peer | None:
    return next((peer for peer in status.peers if set(peer.ips) & set(ips)), None)
