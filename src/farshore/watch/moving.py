"""Moves a route's prefix by the control plane, sees whether it helped, and undoes it where it did not."""

from collections.abc import Sequence
from dataclasses import dataclass

from farshore.core.address import HostPort, is_tailscale_address
from farshore.core.remedy import RemedyResult
from farshore.gateway.state import PathState
from farshore.tailnet.control.mover import Mover, NoLease
from farshore.tailnet.control.moves import Move
from farshore.tailnet.control.plane import ControlError
from farshore.tailnet.localapi import LocalApi, LocalApiError
from farshore.tailnet.remedy import Sighting
from farshore.watch.outages import Outage

IMPROVE_S = 10.0
DIAL_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a move."""

    result: RemedyResult
    detail: str


def plain_path(paths: Sequence[PathState]) -> PathState | None:
    """The path that dials the target's own address, whose router the control plane chooses; None if there is none."""
    return next(
        (
            path
            for path in paths
            if not isinstance(path.target.host, str) and not is_tailscale_address(path.target.host)
        ),
        None,
    )


class Moving:
    """One control plane, for one gateway. `only_suggest` says why routes are not moved without a person."""

    def __init__(self, mover: Mover, only_suggest: str | None) -> None:
        self.mover = mover
        self.only_suggest = only_suggest

    async def aclose(self) -> None:
        """Close every connection; idempotent."""
        await self.mover.plane.aclose()
        await self.mover.lease.aclose()

    async def plan(self, api: LocalApi, target: HostPort, pinged: Sequence[Sighting]) -> Move | str:
        """What to move, or why not; `pinged` as in `Mover.plan`."""
        assert not isinstance(target.host, str)  # noqa: S101 - see `plain_path`
        try:
            return await self.mover.plan(api, await api.status(), target.host, pinged)
        except ControlError as error:
            return f"the control plane cannot be asked, nothing was changed: {error.detail}"
        except LocalApiError as error:
            return f"tailscaled cannot be asked: {error.detail}"

    async def carry_out(self, api: LocalApi, move: Move, target: HostPort, outage: Outage) -> Done:
        """Move it, alone among the replicas; what a replica has done meanwhile is seen first."""
        refusal = await self.mover.lease.acquire()
        if refusal is not None:
            return Done(result=RemedyResult.WITHHELD, detail=refusal)
        try:
            planned = move if isinstance(self.mover.lease, NoLease) else await self.plan(api, target, ())
            if isinstance(planned, str):
                return Done(result=RemedyResult.WITHHELD, detail=planned)
            return await self._move(api, planned, target, outage)
        finally:
            await self.mover.lease.release()

    async def _move(self, api: LocalApi, move: Move, target: HostPort, outage: Outage) -> Done:
        try:
            await self.mover.move(move)
        except ControlError as error:
            return Done(result=RemedyResult.FAILED, detail=error.detail)
        about = f"{move.prefix} from {move.dead.name} to {move.living.name}"
        back = f"to have it back, when {move.dead.name} is well: {self.mover.undo_command(move)}"
        assert not isinstance(target.host, str)  # noqa: S101 - see `plain_path`
        if not await self.mover.arrives(api, move, target.host):
            return await self._undo(move, f"{about}: this host's tailscaled has not heard of it")
        await outage.ends_within(IMPROVE_S)
        if outage.is_proven_over:
            return Done(result=RemedyResult.HELPED, detail=f"moved {about}; {back}")
        failure = await _dial(api, target)
        if failure is None:
            kept = f"moved {about}, where the target answers; no client has come since; {back}"
            return Done(result=RemedyResult.NO_CHANGE, detail=kept)
        return await self._undo(move, f"{about}: {failure}")

    async def _undo(self, move: Move, why: str) -> Done:
        return Done(result=RemedyResult.UNDONE, detail=f"{why}; {await self.mover.undo(move)}")


async def _dial(api: LocalApi, target: HostPort) -> str | None:
    try:
        return await api.dial(target, timeout_s=DIAL_S)
    except LocalApiError as error:
        return error.detail
