"""What a client is told when it is sent away: one line, from the account of its connection."""

from farshore.core.outcome import MEANINGS, Code
from farshore.gateway.route import Route
from farshore.wire.refusal.turn import Why, Words

# Shorter than what any of the drivers cuts, and long enough for two routers and a link.
MAX_CHARACTERS = 400
_KINDS = {
    Code.CLIENT_NOT_ALLOWED: Why.NOT_ALLOWED,
    Code.ROUTE_FULL: Why.FULL,
    Code.GATEWAY_FULL: Why.FULL,
    Code.NO_DESCRIPTORS: Why.FULL,
    Code.DRAINING: Why.ENDING,
    Code.DRAIN_CUT_DIAL: Why.ENDING,
}


def wording(route: Route, code: Code, detail: str | None, remark: str) -> Words:
    """The reason for people, and its kind for drivers. `remark` is what an incident knows.

    With `redact`, and for somebody who is not let in, no address, host or router is named.
    """
    why = kind_of(code)
    is_discreet = route.redact or why is Why.NOT_ALLOWED
    target = None if is_discreet else route.target_text
    text = text_of(route.name, target, code, detail, "" if is_discreet else remark)
    return Words(text=text, why=why, detail=_plain(MEANINGS[code].summary), hint=_plain(MEANINGS[code].remedy))


def kind_of(code: Code) -> Why:
    """What a refusal with this code is to drivers."""
    return _KINDS.get(code, Why.NO_WAY)


def text_of(route: str, target: str | None, code: Code, detail: str | None, remark: str = "") -> str:
    """The line that a client reads; without a target it names neither the target nor what was tried."""
    if kind_of(code) is Why.NO_WAY and target is not None:
        told = (detail or _summary(code)).removeprefix(f"{target}: ")
        reason = f"no way to {target}: {told}"
    else:
        reason = f"route {route}: {_summary(code)}"
    rest = f" [{code}]; {remark}" if remark else f" [{code}]"
    return _one_line(f"farshore: {reason}", MAX_CHARACTERS - len(rest)) + _one_line(rest)


def _summary(code: Code) -> str:
    text = _plain(MEANINGS[code].summary).rstrip(".")
    return text[0].lower() + text[1:]


def _plain(text: str) -> str:
    return text.replace("`", "")


def _one_line(text: str, limit: int = MAX_CHARACTERS) -> str:
    """Printable, on one line, and cut where it is too long."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return plain if len(plain) <= limit else f"{plain[: limit - 3]}..."
