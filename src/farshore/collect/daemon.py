"""What one tailscaled says of itself: status and preferences as they came, and read."""

import math
from dataclasses import dataclass
from pathlib import Path

import msgspec

from farshore.collect.documents import Notebook
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure
from farshore.tailnet.status import Status, StatusError, parse_status

ANSWER_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """A tailscaled that answered. `accepts_routes` None: its preferences could not be read."""

    socket: Path
    api: LocalApi
    status: Status
    accepts_routes: bool | None

    @property
    def version(self) -> str:
        """Its version without the build's suffix."""
        return self.status.version.partition("-")[0]


async def look(api: LocalApi, notebook: Notebook, label: str, left_s: float = math.inf) -> Daemon | LocalApiError:
    """Ask for status and preferences; the first daemon that answers is the notebook's observer."""
    try:
        told = await api.answer("status", timeout_s=min(ANSWER_S, left_s))
        status = parse_status(told)
    except LocalApiError as error:
        return error
    except StatusError as error:
        return LocalApiError(LocalApiFailure.MALFORMED, str(error))
    if not notebook.observer:
        notebook.observer = status.self_node.host_name if status.self_node is not None else ""
        notebook.version = status.version.partition("-")[0]
    notebook.keep(f"{label}status-1.json", told, "tailscaled's status before anything was asked of anybody")
    return Daemon(socket=api.socket, api=api, status=status, accepts_routes=await _prefs(api, notebook, label))


async def look_again(
    daemon: Daemon, notebook: Notebook, label: str, left_s: float = math.inf
) -> Status | LocalApiError:
    """The second sample: counters say nothing of now without it."""
    try:
        told = await daemon.api.answer("status", timeout_s=min(ANSWER_S, left_s))
    except LocalApiError as error:
        return error
    notebook.keep(f"{label}status-2.json", told, "tailscaled's status afterwards")
    return parse_status(told)


def objection(error: LocalApiError, what: str, page: Notebook) -> str | None:
    """Why an answer is missing, as a `Source` says it; what this user or this version is not told is left out."""
    if error.reason in {LocalApiFailure.NOT_PERMITTED, LocalApiFailure.DECLINED}:
        page.leave(what, error.detail)
        return None
    return error.detail


async def _prefs(api: LocalApi, notebook: Notebook, label: str) -> bool | None:
    try:
        told = await api.answer("prefs", timeout_s=ANSWER_S)
        prefs = msgspec.json.decode(told)
    except (LocalApiError, msgspec.DecodeError):
        return None
    notebook.keep(f"{label}prefs.json", told, "tailscaled's preferences")
    accepts = prefs.get("RouteAll") if isinstance(prefs, dict) else None
    return accepts if isinstance(accepts, bool) else None
