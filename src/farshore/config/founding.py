"""The founding system's format: `portMappings: {8082: "172.16.20.88:1433"}`, and its way into the present one.

That system listened on every interface and handed names to tailscaled, which asked MagicDNS and then the host's own
resolver. Such a file goes on working; what it leaves unsaid is said in a warning.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from farshore.config.fields import UnfitError, is_local_word, read_target
from farshore.config.marks import Entry, Fields, Refused, Scalar, plain, written
from farshore.config.model import Resolve
from farshore.config.places import NOTHING, Place
from farshore.config.problem import Loc, Problem, excerpt

KEY = "portMappings"
_LISTEN_HOST = "0.0.0.0"  # noqa: S104 - what the founding system did; a warning says so
_TAILNET_SUFFIX = ".ts.net"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundingPlaces:
    """Places in a founding file: the route that each mapping became stands where the mapping stands."""

    file: str
    key_entry: Entry
    mappings: tuple[tuple[str, Entry], ...]

    def value(self, loc: Loc) -> Place:
        """The mapping's key for a listening port, its value for a target, the whole for everything else."""
        match loc:
            case ("routes", int(index), *rest) if index < len(self.mappings):
                port, entry = self.mappings[index]
                is_target = rest[:1] == ["target"]
                mark = entry.node.mark if is_target else entry.mark
                found = written(entry.node) if is_target else excerpt(port) or NOTHING
                return self._place(mark.line, mark.column, f"{KEY}.{excerpt(port)}", found)
            case _:
                mark = self.key_entry.mark
                return self._place(mark.line, mark.column, KEY, written(self.key_entry.node))

    def key(self, loc: Loc) -> Place:
        """The mapping's key."""
        return self.value(loc[:2])

    def _place(self, line: int, column: int, field: str, found: str) -> Place:
        return Place(file=self.file, line=line, column=column, field=field, found=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """A founding file, read as a configuration in the present format."""

    data: dict[str, Any]
    places: FoundingPlaces
    refused: frozenset[Loc]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def is_founding(root: Fields) -> bool:
    """Whether the file is written in the founding format."""
    return KEY in root.entries


def read_founding(root: Fields, file: str) -> Founding:
    """The same configuration in the present format, and what has to be said about the file."""
    entry = root.entries[KEY]
    mappings = tuple(entry.node.entries.items()) if isinstance(entry.node, Fields) else ()
    places = FoundingPlaces(file=file, key_entry=entry, mappings=mappings)
    return Founding(
        data={"listen_host": _LISTEN_HOST, "routes": [_route(port, value) for port, value in mappings]},
        places=places,
        refused=frozenset(_refused(places)),
        problems=tuple(_problems(root, places)),
        warnings=tuple(_warnings(places)),
    )


def migrated(data: dict[str, Any]) -> str:
    """The text of the file in the present format."""
    lines = [
        "# Written in the present format by `farshore check`; the founding format said only portMappings.",
        "# It listened on every interface. Are all clients on this host? Then leave listen_host out: it is 127.0.0.1.",
        f"listen_host: {data['listen_host']}",
        "routes:",
    ]
    for route in data["routes"]:
        lines.append(f"  - listen: {_yaml(route['listen'])}")
        lines.append(f"    target: {_yaml(route['target'])}")
        if "resolve" in route:
            lines.append(f"    resolve: {route['resolve']}")
    return "\n".join(lines) + "\n"


def _yaml(value: object) -> str:
    text = str(value)
    return text if text.isascii() and text.isdigit() else json.dumps(text, ensure_ascii=False)


def _route(port: str, value: Entry) -> dict[str, Any]:
    target = plain(value.node)
    route: dict[str, Any] = {"listen": port, "target": target}
    name = _name_of(target)
    if name is not None:
        route["resolve"] = (Resolve.TAILNET if name.endswith(_TAILNET_SUFFIX) else Resolve.POD).value
    return route


def _name_of(target: object) -> str | None:
    """The target's name where it is one that somebody can resolve."""
    try:
        host = read_target(target).host
    except UnfitError:
        return None
    return host if isinstance(host, str) and not is_local_word(host) else None


def _problems(root: Fields, places: FoundingPlaces) -> Iterator[Problem]:
    others = [name for name in root.entries if name != KEY]
    if others:
        yield places.value(()).problem(
            expected=f"either {KEY} or the present format",
            found=f"{KEY} beside {excerpt(', '.join(others))}",
            hint=f"move each mapping under routes: as listen: and target:; `farshore check` does it for a file with "
            f"nothing but {KEY}",
        )
    if not places.mappings and not isinstance(places.key_entry.node, Refused):
        yield places.value(()).problem(
            expected='a mapping of ports to targets, such as {8082: "172.16.20.88:1433"}',
            found=written(places.key_entry.node),
        )
    for index, (port, entry) in enumerate(places.mappings):
        if _lacks_space(port, entry):
            yield places.value(("routes", index)).problem(
                expected="a port, a colon, a space and a target", hint="the space after the colon is missing"
            )


def _lacks_space(port: str, entry: Entry) -> bool:
    """`{8082:172.16.20.88:1433}` is one key to YAML."""
    return ":" in port and isinstance(entry.node, Scalar) and not entry.node.text and not entry.node.quoted


def _refused(places: FoundingPlaces) -> Iterator[Loc]:
    if not places.mappings:
        yield ("routes",)
    for index, (port, entry) in enumerate(places.mappings):
        if isinstance(entry.node, Refused) or _lacks_space(port, entry):
            yield ("routes", index)


def _warnings(places: FoundingPlaces) -> list[Problem]:
    warnings = [
        places.value(()).problem(
            expected="the present format, with listen_host:",
            found=f"the founding format, which implies listen_host: {_LISTEN_HOST}",
            hint="every interface of this host is open, as it was then; `farshore check` prints the file in the "
            "present format",
        )
    ]
    for index, (port, entry) in enumerate(places.mappings):
        route = _route(port, entry)
        if "resolve" in route:
            warnings.append(
                places.value(("routes", index, "target")).problem(
                    expected="the address of a host",
                    hint=f"read as resolve: {route['resolve']}; the founding system let tailscaled resolve names",
                )
            )
    return warnings
