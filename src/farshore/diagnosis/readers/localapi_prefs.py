"""tailscaled's preferences, as LocalAPI and `tailscale debug prefs` give them (tailscale ipn/prefs.go at v1.102.3)."""

from ipaddress import ip_network

from farshore.core.address import IPNetwork
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.peers import PrefsSeen
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner

_WORDS = ('"RouteAll"', '"WantRunning"', '"ControlURL"')


class _LocalApiPrefs:
    name = "tailscaled's preferences"

    def recognise(self, document: Document) -> Fit:
        if not document.looks_like_json or '"BackendState"' in document.head:
            return Fit.NO
        return Fit.CERTAIN if sum(word in document.head for word in _WORDS) > 1 else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        loose = document.loose if document.json is None else None
        value = document.json if loose is None else loose.value
        unread = () if loose is None or not loose.problem else (origin.unread(loose.problem),)
        if not isinstance(value, dict):
            return Reading(unread=unread)
        accepts, shields = _flag(value, "RouteAll"), _flag(value, "ShieldsUp")
        evidence = origin.evidence(
            f"accept-routes {_word(accepts)}, shields-up {_word(shields)}",
            pointer="/RouteAll",
            observer=str(value.get("Hostname") or ""),
        )
        seen = PrefsSeen(
            evidence=evidence,
            accept_routes=accepts,
            shields_up=shields,
            want_running=_flag(value, "WantRunning"),
            logged_out=_flag(value, "LoggedOut"),
            advertised=_networks(value.get("AdvertiseRoutes")),
        )
        return Reading(facts=(seen,), unread=unread)


def _flag(value: dict[object, object], name: str) -> bool | None:
    flag = value.get(name)
    return flag if isinstance(flag, bool) else None


def _word(flag: bool | None) -> str:  # noqa: FBT001 - three values
    return "not told" if flag is None else "on" if flag else "off"


def _networks(value: object) -> tuple[IPNetwork, ...]:
    found: list[IPNetwork] = []
    for text in value if isinstance(value, list) else ():
        try:
            found.append(ip_network(str(text), strict=False))
        except ValueError:
            continue
    return tuple(found)


READER = _LocalApiPrefs()
