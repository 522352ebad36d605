"""What is known, in words and signs for a terminal; a colour never says what a sign and a word don't. Pure.

Texts are put together of spans, never of markup, so a name can hold whatever it likes.
"""

from collections.abc import Iterable, Iterator, Mapping

from rich.text import Text

from farshore.gateway.breaker import BreakerState
from farshore.surface.page.model import Exit, Headline, Hop, IncidentRow, Numbers, RouteCard, State
from farshore.surface.page.telling import Line, Tone
from farshore.surface.page.words import age, clock_time, millis, moment, plural, size
from farshore.surface.top.picture import Picture
from farshore.surface.views import ConnectionView

SIGNS: Mapping[State, str] = {State.OK: "✓", State.DOUBT: "!", State.BROKEN: "✗", State.UNKNOWN: "?"}
WORDS: Mapping[State, str] = {
    State.OK: "works",
    State.DOUBT: "in doubt",
    State.BROKEN: "broken",
    State.UNKNOWN: "not known",
}
_STYLES: Mapping[State, str] = {
    State.OK: "green",
    State.DOUBT: "yellow",
    State.BROKEN: "bold red",
    State.UNKNOWN: "dim",
}
_TONES: Mapping[Tone, State] = {
    Tone.GOOD: State.OK,
    Tone.DOUBT: State.DOUBT,
    Tone.BAD: State.BROKEN,
    Tone.PLAIN: State.UNKNOWN,
}
_PLAIN_SIGN = "·"
NONE = "-"

ROUTES = ("route", "state", "open", "held", "success", "p50", "p95", "why")
INCIDENTS = ("incident", "state", "since (UTC)", "lasted", "routes", "cause")
CONNECTIONS = ("id", "route", "path", "client", "phase", "age", "sent", "received")


def said(text: str, style: str = "") -> Text:
    """A word of somebody's, as it is."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


def headline(head: Headline, now_s: float) -> Text:
    """The answer in five seconds."""
    text = Text()
    sign = f"{SIGNS[head.state]} {head.word.upper()}"
    text.append(sign, style=f"reverse {_STYLES[head.state]}")
    text.append(f" for {age(now_s - head.since_s)}, since {moment(head.since_s)}\n", style="bold")
    text.append(head.sentence)
    for name, words in _answers(head):
        text.append(f"\n{name:<10} ", style="bold")
        text.append_text(ticked(words))
    return text


def _answers(head: Headline) -> Iterator[tuple[str, str]]:
    if head.state is State.OK:
        return
    if head.hop:
        yield "which hop", head.hop
    if head.cause:
        yield "why", head.cause
    if head.do is not None:
        who = f" ({head.do.owner}; risk: {head.do.risk})" if head.do.owner else ""
        yield "what to do", f"{head.do.command}{who}"
        if head.do.verify:
            yield "then see", head.do.verify
    if head.doing:
        yield "being done", "; ".join(head.doing)


def ticked(text: str) -> Text:
    """Text with what stands between backticks in bold."""
    return Text.assemble(*((part, "bold" if at % 2 else "") for at, part in enumerate(text.split("`"))))


def numbers(told: Numbers) -> Text:
    """All routes together, in a line."""
    wait = NONE if told.waits is None else millis(told.waits.p50_ms)
    more = () if told.waits is None else (f"p95 {millis(told.waits.p95_ms)}", f"p99 {millis(told.waits.p99_ms)}")
    parts = [
        f"{told.active:,} open",
        f"{told.held:,} held",
        f"10 min: {success(told.good, told.bad)} of {told.good + told.bad:,} well",
        ", ".join((f"wait {wait}", *more)),
    ]
    if told.open + told.half_open:
        parts.append(f"{plural(told.open + told.half_open, 'breaker')} not closed")
    return said(" · ".join(parts))


def success(good: int, bad: int) -> str:
    """The share that ended well, never rounded up to all."""
    if not good + bad:
        return NONE
    share = 100 * good / (good + bad)
    return f"{min(share, 99.9):.1f} %" if bad else "100 %"


def state(of: State) -> Text:
    """Its sign and its word."""
    return said(f"{SIGNS[of]} {WORDS[of]}", _STYLES[of])


def route_row(card: RouteCard) -> tuple[Text, ...]:
    """Under `ROUTES`."""
    waits = card.waits
    return (
        said(card.name),
        state(card.state),
        said(f"{card.active:,}"),
        said(f"{card.held:,}", "bold" if card.held else ""),
        said(success(card.good, card.bad)),
        said(NONE if waits is None else millis(waits.p50_ms)),
        said(NONE if waits is None else millis(waits.p95_ms)),
        said("" if card.state is State.OK else card.says),
    )


def route_detail(card: RouteCard, now_s: float) -> Text:
    """The way of a route: in a line, and hop by hop."""
    text = Text()
    text.append_text(_way(card, now_s))
    since = "" if card.since_s is None else f", for {age(now_s - card.since_s)}"
    text.append(f"\n{card.name}  {card.listen} → {card.target}  {card.protocol}: {card.says}{since}")
    for hop, more in _stations(card):
        text.append("\n")
        text.append_text(_hop(hop, more, now_s))
    for count in card.ended:
        text.append(f"\n{count.count:>9,} ended {count.code}: {count.meaning}")
    return text


def _way(card: RouteCard, now_s: float) -> Text:
    arrow = " → "
    line = Text.assemble(_sign(card.client, "clients"), arrow, _sign(card.gateway, "gateway"), arrow)
    line.append_text(Text("  or  ").join(_leaving(each, now_s) for each in card.exits))
    line.append(arrow)
    line.append_text(_sign(card.target_hop, "target", now_s))
    return line


def _leaving(leaving: Exit, now_s: float) -> Text:
    line = _sign(leaving.egress, leaving.egress.name)
    if leaving.tailscaled is not None:
        line.append(" → ").append_text(_sign(leaving.tailscaled, "tailscaled"))
    if leaving.ways:
        line.append(" → ").append_text(
            Text(" | ").join(_sign(way.router, way.router.name, now_s) for way in leaving.ways)
        )
    return line


def _sign(hop: Hop, name: str, now_s: float | None = None) -> Text:
    seen = "" if now_s is None or hop.seen_s is None else f" {age(now_s - hop.seen_s)}"
    return Text.assemble((f"{_standing(hop)[0]} {name}", _STYLES[hop.state]), seen)


def _standing(hop: Hop) -> tuple[str, str]:
    """Its sign and its word; that nobody is connected is no doubt about anybody."""
    if hop.kind == "client" and hop.state is State.UNKNOWN:
        return _PLAIN_SIGN, "none now"
    return SIGNS[hop.state], WORDS[hop.state]


def _stations(card: RouteCard) -> Iterator[tuple[Hop, str]]:
    yield card.client, ""
    yield card.gateway, ""
    for leaving in card.exits:
        yield leaving.egress, ""
        if leaving.tailscaled is not None:
            yield leaving.tailscaled, ""
        for way in leaving.ways:
            breaker = "" if way.breaker == BreakerState.CLOSED else f", breaker {way.breaker}"
            yield way.router, f"{way.connections:,} carried{breaker}"
    yield card.target_hop, ""


def _hop(hop: Hop, more: str, now_s: float) -> Text:
    sign, word = _standing(hop)
    text = Text.assemble((f"  {sign} {hop.kind:<10} {word:<9}", _STYLES[hop.state]), " ")
    told = [hop.name] if hop.name not in {hop.kind, "clients"} else []
    told.append(hop.says)
    if hop.is_verdict:
        told.append("named by the diagnosis")
    if more:
        told.append(more)
    if hop.seen_s is not None:
        told.append(f"seen {age(now_s - hop.seen_s)} ago")
    text.append(" · ".join(told))
    return text


def incident_row(row: IncidentRow, now_s: float) -> tuple[Text, ...]:
    """Under `INCIDENTS`."""
    until_s = now_s if row.until_s is None else row.until_s
    sign = said("✗ open", _STYLES[State.BROKEN]) if row.is_open else said("✓ over", _STYLES[State.OK])
    lasted, since = said(age(until_s - row.since_s)), said(moment(row.since_s).removesuffix(" UTC"))
    return said(row.id), sign, since, lasted, said(row.routes), said(row.verdict)


def incident_detail(row: IncidentRow) -> Text:
    """What was concluded and what to do."""
    text = Text.assemble((f"{row.id}  ", "bold"), row.verdict, f"\nroutes {row.routes}")
    if not row.is_open and not row.is_proven:
        text.append("; nobody has come since it was over")
    if row.command:
        text.append("\nwhat to do ", style="bold").append_text(ticked(row.command))
    text.append(f"\nThe argument: farshore incidents show {row.id}", style="dim")
    return text


def connection_row(each: ConnectionView) -> tuple[Text, ...]:
    """Under `CONNECTIONS`."""
    told = (str(each.connection), each.route, each.path or NONE, each.client, each.phase, age(each.age_s))
    return tuple(said(word) for word in (*told, size(each.client_bytes), size(each.upstream_bytes)))


def events(lines: Iterable[Line]) -> Text:
    """The last of what happened, the latest first."""
    told = Text("\n").join(_event(line) for line in lines)
    return told if told.plain else Text("Nothing worth telling has happened.")


def _event(line: Line) -> Text:
    of = _TONES[line.tone]
    sign = _PLAIN_SIGN if line.tone is Tone.PLAIN else SIGNS[of]
    return Text.assemble((sign, _STYLES[of]), f" {clock_time(line.at_s)} ", line.text)


def tabs(picture: Picture | None, chosen: str) -> Text:
    """The views, the chosen one between brackets, with how much there is to see in each."""
    opened = 0 if picture is None else sum(row.is_open for row in picture.incidents)
    told = {
        "routes": f"1 Routes {0 if picture is None else len(picture.routes)}",
        "incidents": f"2 Incidents {opened} open",
        "connections": f"3 Connections {0 if picture is None else picture.numbers.active:,}",
        "events": "4 Events",
    }
    spans = ((f"[{words}]", "bold reverse") if name == chosen else (f" {words} ", "") for name, words in told.items())
    return Text(" ").join(Text(words, style=style) for words, style in spans)
