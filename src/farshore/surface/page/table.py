"""Which of the open connections are shown, in which order. Pure; thousands of them take some milliseconds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from farshore.gateway.state import ConnectionState

PER_PAGE = 100
LONGEST = 100
SORTS: Mapping[str, str] = {
    "age": "oldest first",
    "newest": "newest first",
    "bytes": "most bytes first",
    "client": "client",
    "route": "route",
}
_KEYS: Mapping[str, Callable[[ConnectionState], Any]] = {
    "age": lambda each: each.connection,
    "newest": lambda each: -each.connection,
    "bytes": lambda each: (-each.client_bytes - each.upstream_bytes, each.connection),
    "client": lambda each: (each.client, each.connection),
    "route": lambda each: (each.route, each.connection),
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to see: of a route (empty: of all), with these letters in client, path or phase."""

    route: str = ""
    contains: str = ""
    sort: str = "age"
    offset: int = 0

    @property
    def is_as_they_stand(self) -> bool:
        """Whether all are asked for, in the order in which they came."""
        return not (self.route or self.contains) and self.sort == "age"

    def link(self, offset: int) -> str:
        """The same, from another place on."""
        return "/connections?" + urlencode(
            {"route": self.route, "contains": self.contains, "sort": self.sort, "offset": offset}
        )


def asked_of(parameters: Mapping[str, str]) -> Asked:
    """What a query asks for; what makes no sense in it is left out."""
    sort, offset = parameters.get("sort", ""), parameters.get("offset", "")
    return Asked(
        route=parameters.get("route", ""),
        contains=parameters.get("contains", "")[:LONGEST],
        sort=sort if sort in SORTS else "age",
        offset=int(offset) if offset.isascii() and offset.isdigit() and len(offset) < LONGEST // 10 else 0,
    )


def chosen(states: Sequence[ConnectionState], asked: Asked) -> list[ConnectionState]:
    """Those that are asked for, all of them, in their order."""
    words = asked.contains.casefold()
    found = [
        each
        for each in states
        if (not asked.route or each.route == asked.route)
        and (not words or any(words in text.casefold() for text in (each.client, each.path, each.phase)))
    ]
    return sorted(found, key=_KEYS[asked.sort])
