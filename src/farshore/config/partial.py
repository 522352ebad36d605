"""What is left of a configuration when its mistakes are taken out, so that the rules can look at the rest.

A person wants to hear everything that is wrong at once; a misspelt duration must not hide two routes on one port.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from farshore.config.model import Config
from farshore.config.problem import Loc

_STAND_INS = {"listen": 1, "target": "192.0.2.1:1", "address": "127.0.0.1:1"}
_STAND_IN_ROUTE = {field: _STAND_INS[field] for field in ("listen", "target")}


def without_mistakes(data: Mapping[str, Any], mistakes: Iterable[Loc]) -> tuple[Config | None, frozenset[Loc]]:
    """The configuration with every mistake taken out or replaced, and the locations that now mean nothing.

    None where even that does not make a configuration.
    """
    rest = copy.deepcopy(dict(data))
    gone = frozenset(_take_out(rest, loc) for loc in mistakes)
    try:
        return Config.model_validate(rest, by_alias=True, by_name=False), gone
    except ValidationError:
        return None, gone


def _take_out(rest: dict[str, Any], loc: Loc) -> Loc:
    """Remove or replace the smallest part around a mistake that can go; returns what went."""
    match loc, rest.get(str(loc[0])):
        case ("routes", int(index), *_), list(routes):
            if not isinstance(routes[index], dict) or len(loc) == len(("routes", index)):
                routes[index] = dict(_STAND_IN_ROUTE)
                return loc[:2]
            return _replace(routes[index], loc)
        case ("egresses", str(name), *_), dict(egresses):
            if loc[2:] and loc[2] != "kind" and isinstance(egresses.get(name), dict):
                return _replace(egresses[name], loc)
            egresses.pop(name, None)
            if not egresses:
                del rest["egresses"]
            return loc[:2]
        case (_, str(field), *_), dict(section):
            section.pop(field, None)
            return loc[:2]
    rest.pop(str(loc[0]), None)
    rest.setdefault("routes", [])
    return loc[:1]


def _replace(inside: dict[str, Any], loc: Loc) -> Loc:
    field = str(loc[2])
    inside.pop(field, None)
    if field in _STAND_INS:
        inside[field] = _STAND_INS[field]
    return loc[:3]
