"""What a watching program has heard of a gateway: whole at first, then part by part. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from farshore.core.visible import visible_words
from farshore.surface.page.model import About, Headline, IncidentRow, Numbers, RouteCard, State
from farshore.surface.page.telling import Line

_KINDS: Mapping[str, Any] = {
    "about": About,
    "headline": Headline,
    "numbers": Numbers,
    "incidents": tuple[IncidentRow, ...],
    "events": tuple[Line, ...],
}


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One event of `/api/v1/watch`: the parts that changed, and the routes' places where those did."""

    at: float
    parts: dict[str, Any] = {}
    order: tuple[str, ...] = ()


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """How all stood at `at_s` (Unix seconds, by the gateway's clock); the routes in trouble come first."""

    at_s: float
    about: About
    headline: Headline
    numbers: Numbers
    incidents: tuple[IncidentRow, ...]
    events: tuple[Line, ...]
    routes: tuple[RouteCard, ...]

    def route(self, key: str) -> RouteCard | None:
        """The route with this key, where it is still carried."""
        return next((card for card in self.routes if card.key == key), None)

    def incident(self, name: str) -> IncidentRow | None:
        """The incident with this name, where it is still listed."""
        return next((row for row in self.incidents if row.id == name), None)

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to do."""
        return self.headline.state is State.OK


def understood(data: bytes) -> Heard:
    """An event's data; what a terminal could act on is escaped in it.

    Raises:
        msgspec.DecodeError: it is no such event.
    """
    return msgspec.convert(visible_words(msgspec.json.decode(data)), type=Heard)


def begun(heard: Heard) -> Picture:
    """The picture that the first event of a stream gives, which holds every part.

    Raises:
        msgspec.ValidationError: a part is missing, or of another kind.
    """
    missing = _KINDS.keys() - heard.parts.keys()
    if missing:
        msg = f"it did not tell its {', '.join(sorted(missing))}"
        raise msgspec.ValidationError(msg)
    known = {name: msgspec.convert(heard.parts[name], type=kind) for name, kind in _KINDS.items()}
    return Picture(at_s=heard.at, routes=_routes(heard, {}), **known)


def continued(picture: Picture, heard: Heard) -> Picture:
    """The picture after one more event of the same stream.

    Raises:
        msgspec.ValidationError: a part is of another kind.
    """
    changed = {
        name: msgspec.convert(heard.parts[name], type=kind) for name, kind in _KINDS.items() if name in heard.parts
    }
    routes = _routes(heard, {card.key: card for card in picture.routes})
    return msgspec.structs.replace(picture, at_s=heard.at, routes=routes, **changed)


def _routes(heard: Heard, known: dict[str, RouteCard]) -> tuple[RouteCard, ...]:
    told = {name: part for name, part in heard.parts.items() if name not in _KINDS}
    known = known | {key: msgspec.convert(part, type=RouteCard) for key, part in told.items()}
    return tuple(known[key] for key in heard.order or known if key in known)
