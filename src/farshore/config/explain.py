"""Turns pydantic's errors into problems that a person understands: the one place that knows pydantic's error types."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from farshore.config.alerts import AlertRule, Alerts, Silence
from farshore.config.did_you_mean import did_you_mean, nearest
from farshore.config.egresses import ConnectEgress, DirectEgress, Socks5Egress, TailscaledEgress
from farshore.config.fields import UnfitError
from farshore.config.incidents import Incidents
from farshore.config.journal import Journal
from farshore.config.model import Config, Drain, Keepalive, Limits, Path, PathHealth, Route, Router, Timeouts
from farshore.config.notify import CHANNEL_KINDS, HIDDEN, Channel, Secret, may_show, model_within
from farshore.config.observe import Observe
from farshore.config.otel import Otel
from farshore.config.places import NOTHING, Place, Places
from farshore.config.probe_login import Password, ProbeLogin
from farshore.config.problem import Loc, Problem, starts_within
from farshore.config.refuse_tls import RefuseTls
from farshore.config.remedies import Control, Lease, Remedies
from farshore.config.tailscaled import Tailscaled

MAX_EXPLAINED = 200
EGRESS_KINDS: dict[str, type[BaseModel]] = {
    "tailscaled": TailscaledEgress,
    "socks5": Socks5Egress,
    "connect": ConnectEgress,
    "direct": DirectEgress,
}
SECTIONS: dict[str, type[BaseModel]] = {
    "refuse_tls": RefuseTls,
    "limits": Limits,
    "timeouts": Timeouts,
    "keepalive": Keepalive,
    "path_health": PathHealth,
    "observe": Observe,
    "drain": Drain,
    "remedies": Remedies,
    "tailscaled": Tailscaled,
    "control": Control,
    "otel": Otel,
    "journal": Journal,
    "incidents": Incidents,
    "alerts": Alerts,
}
HOMES: dict[str, type[BaseModel]] = {
    "the top level": Config,
    "a route": Route,
    "a path of a route": Path,
    "probe_login: of a route": ProbeLogin,
    "password: of probe_login:": Password,
    "a router": Router,
    "lease: of remedies:": Lease,
    "a rule of alerts:": AlertRule,
    "a silence of alerts:": Silence,
    "a channel of notify:": Channel,
    "url: of a channel": Secret,
    **{f"{name}:": model for name, model in SECTIONS.items()},
    **{f"an egress of kind {kind}": model for kind, model in EGRESS_KINDS.items()},
    **{f"{kind}: of a channel": model for kind, model in CHANNEL_KINDS.items()},
}
_QUOTED = re.compile(r"'([^']*)'")


def real_loc(error: ErrorDetails) -> Loc:
    """Where the error is in what was written: pydantic puts the egress's kind between, and `[key]` after a key."""
    loc = error["loc"]
    if loc[:1] == ("egresses",) and len(loc) > 2 and loc[2] in EGRESS_KINDS:  # noqa: PLR2004 - egresses, name, kind
        loc = loc[:2] + loc[3:]
    if error["type"] in {"union_tag_not_found", "union_tag_invalid"}:
        return (*loc, "kind")
    return tuple(step for step in loc if step != "[key]")


def explain(
    details: Iterable[ErrorDetails], places: Places, data: Mapping[str, Any], *, silent: frozenset[Loc]
) -> list[Problem]:
    """Errors as problems, in the order of the model; nothing is said of what stands in one of the `silent` locations.

    A required field that is missing is not told where an unknown field beside it is most likely meant to be it.
    """
    told = [(each, loc) for each in details if not starts_within(loc := real_loc(each), silent)][:MAX_EXPLAINED]
    unknown = [loc for each, loc in told if each["type"] == "extra_forbidden"]
    meant = {(*loc[:-1], nearest(str(loc[-1]), fields_at(loc[:-1], data))) for loc in unknown}
    return [_problem(each, loc, places, data) for each, loc in told if each["type"] != "missing" or loc not in meant]


def fields_at(loc: Loc, data: Mapping[str, Any]) -> dict[str, str]:
    """The fields that may be written at a location, with their help; empty where there are none."""
    model: type[BaseModel] | None = None
    match loc:
        case ():
            model = Config
        case ("routes", int(), *inside):
            model = _in_route(inside)
        case ("routers", str()):
            model = Router
        case ("egresses", str(name)):
            egresses = data.get("egresses")
            egress = egresses.get(name) if isinstance(egresses, Mapping) else None
            model = EGRESS_KINDS.get(str(egress.get("kind"))) if isinstance(egress, Mapping) else None
        case ("remedies", "lease"):
            model = Lease
        case ("notify", int(), *inside):
            model = model_within(inside)
        case (str(section),):
            model = SECTIONS.get(section)
        case _:
            pass
    if model is None:
        return {}
    return {info.alias or name: info.description or "" for name, info in model.model_fields.items()}


def _problem(error: ErrorDetails, loc: Loc, places: Places, data: Mapping[str, Any]) -> Problem:
    place = _shown(places.value(loc), loc)
    context: Mapping[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return _unknown(loc, places.key(loc), data)
        case "missing" | "union_tag_not_found":
            return _missing(loc, places, data)
        case "enum" | "union_tag_invalid":
            known = _QUOTED.findall(context.get("expected") or context["expected_tags"])
            hint = did_you_mean(place.found.strip('"'), known)
            return place.problem(expected=f"one of {', '.join(known)}", hint=hint)
        case "value_error" if isinstance(unfit := context.get("error"), UnfitError):
            return place.problem(expected=unfit.expected, hint=unfit.hint)
        case kind:
            return place.problem(expected=_expected(kind, context) or error["msg"], hint=_type_hint(kind, place.found))


def _in_route(inside: list[str | int]) -> type[BaseModel] | None:
    match inside:
        case []:
            return Route
        case ["paths", int()]:
            return Path
        case ["probe_login"]:
            return ProbeLogin
        case ["probe_login", "password"]:
            return Password
        case _:
            return None


def _shown(place: Place, loc: Loc) -> Place:
    return place if may_show(loc, place.found) or place.found == NOTHING else replace(place, found=HIDDEN)


def _unknown(loc: Loc, place: Place, data: Mapping[str, Any]) -> Problem:
    word, known = str(loc[-1]), fields_at(loc[:-1], data)
    hint = did_you_mean(word, known) or _elsewhere(word) or f"known here: {', '.join(known)}"
    return place.problem(expected="a known field", hint=hint)


def _elsewhere(word: str) -> str | None:
    """Where a field belongs that exists, but not here."""
    found = [
        home
        for home, model in HOMES.items()
        for name, info in model.model_fields.items()
        if word == (info.alias or name)
    ]
    return f"it belongs to {' or '.join(found)}" if found else None


def _missing(loc: Loc, places: Places, data: Mapping[str, Any]) -> Problem:
    field = str(loc[-1])
    around, missing = places.value(loc[:-1]), places.value(loc)
    help_text = fields_at(loc[:-1], data).get(field) or f"one of {', '.join(EGRESS_KINDS)}"
    return Place(
        file=around.file, line=around.line, column=around.column, field=missing.field, found="no such field"
    ).problem(expected=f"{field}: {help_text}")


def _expected(kind: str, context: Mapping[str, Any]) -> str | None:
    words, _, bound = _EXPECTED.get(kind, "").partition("{")
    if not bound:
        return words
    value = context[bound.removesuffix("}")]
    return f"{words}{value:g}" if isinstance(value, float) else f"{words}{value}"


_EXPECTED = {
    "model_type": "a mapping of fields",
    "model_attributes_type": "a mapping of fields",
    "dict_type": "a mapping of names",
    "tuple_type": "a list",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
}
_YES = frozenset(("yes", "on", "y"))
_NO = frozenset(("no", "off", "n"))


def _type_hint(kind: str, found: str) -> str | None:
    bare = found.strip('"')
    if kind == "bool_type" and bare.lower() in _YES | _NO | {"true", "false"}:
        word = "true" if bare.lower() in _YES | {"true"} else "false"
        return f"write {word}; YAML 1.1 and 1.2 disagree about {bare}" if found == bare else f"write {word}, unquoted"
    if kind == "int_type" and bare.isdigit() and found != bare:
        return f"write {bare}, unquoted"
    if kind == "int_type" and re.fullmatch(r"[0-9][0-9A-Za-z_:,']*", bare):
        return "write it in decimal digits alone; other notations mean different numbers to different YAML readers"
    if kind == "tuple_type" and found != "nothing":
        return "put each item on a line of its own after a dash, or all in square brackets"
    return None
