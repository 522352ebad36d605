"""What a running gateway says of its routes, by its admin listener (`/stats`, its last endings, its tailscaled)."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from farshore.collect.documents import Notebook

TIMEOUT_S = 2.0
# How long ago something still belongs to what is wrong now; as far as the diagnosis looks around a symptom.
RECENT_S = 600
MAX_ANSWER = 8 << 20
NO_HEADERS: Mapping[str, str] = {}
_OF_DIALS = frozenset({"socks5", "localapi"})


class PathSeen(msgspec.Struct, frozen=True):
    """One path of a route; the same words as `/api/v1/routes`."""

    name: str
    target: str
    state: str = ""
    health: str = "unknown"
    health_reason: str = ""


class RouteSeen(msgspec.Struct, frozen=True):
    """One route; the same words as `/api/v1/routes`."""

    name: str
    listen: str
    target: str
    protocol: str = "tcp"
    egress_kind: str = ""
    active: int = 0
    held: int = 0
    accepted: int = 0
    ended: dict[str, int] = {}
    paths: list[PathSeen] = []


class _Stats(msgspec.Struct, frozen=True):
    ready: bool
    reason: str
    routes: list[RouteSeen]
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySeen:
    """A gateway that answered."""

    url: str
    version: str
    ready: bool
    reason: str
    routes: tuple[RouteSeen, ...]

    def route(self, name: str, target: str) -> RouteSeen | None:
        """The route of that name, or else to that target."""
        by_name = next((route for route in self.routes if route.name == name), None)
        return by_name or next((route for route in self.routes if route.target == target), None)


def ask(
    url: str, notebook: Notebook, recent_s: int = RECENT_S, headers: Mapping[str, str] = NO_HEADERS
) -> GatewaySeen | str:
    """Ask the gateway whose admin listener is at `url`; the reason where none answers.

    Of its past the last `recent_s` are taken; `headers` hold its token, where it wants one.
    """
    import httpx2  # noqa: PLC0415 - costs a fifth of a second

    try:
        with httpx2.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False, headers=headers) as client:
            stats = client.get("/stats").raise_for_status().content[:MAX_ANSWER]
            told = msgspec.json.decode(stats, type=_Stats)
            notebook.keep("gateway.json", stats, "the gateway's routes and what it has counted")
            endings = client.get("/api/v1/endings", params={"within_s": recent_s})
            if endings.is_success and endings.content.strip():
                notebook.keep("gateway-endings.log", endings.content[:MAX_ANSWER], "how its last connections ended")
            said = client.get("/api/v1/tailscaled", params={"within_s": recent_s})
            lines = _own(said.content[:MAX_ANSWER]) if said.is_success else b""
            if lines:
                notebook.keep("gateway-tailscaled.log", lines, "what the gateway's own tailscaled said")
    except httpx2.HTTPStatusError as error:
        return f"it answered {error.response.status_code}"
    except httpx2.TimeoutException:
        return f"it did not answer within {TIMEOUT_S:g} s"
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        return str(error).rstrip(".").partition("] ")[2] or str(error)
    except msgspec.DecodeError:
        return "what answered is not a gateway's admin listener"
    return GatewaySeen(url=url, version=told.version, ready=told.ready, reason=told.reason, routes=tuple(told.routes))


class _Said(msgspec.Struct):
    component: str = ""


def _own(lines: bytes) -> bytes:
    """Without what dials made it say: the endings tell the same with how long they took."""
    return b"".join(line for line in lines.splitlines(keepends=True) if _component(line) not in _OF_DIALS)


def _component(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=_Said).component
    except (msgspec.DecodeError, UnicodeError):
        return ""
