from typing import Any

import msgspec
import pytest
from tests.unit.surface.page.showing import Shown, end, path, record
from tests.unit.surface.seen import connection_state
from tests.unit.surface.top.test_picture import sent

from farshore.core.events import Health
from farshore.core.outcome import Code
from farshore.gateway.breaker import BreakerState
from farshore.surface.page.model import Headline, Numbers, Percentiles, Remedy, State
from farshore.surface.page.telling import Line, Tone
from farshore.surface.top import text
from farshore.surface.top.picture import begun
from farshore.surface.views import Views

NOW_S = 1_700_000_000.125


def shown(**more: Any) -> Shown:
    made = Shown(**more)
    made.paths(path("r1", Health.DOWN, "no pong for 6 s"), path("r2", Health.UP, state=BreakerState.OPEN), held=2)
    made.pulse.announce(end(Code.NO_ANSWER, path="r1", detail="nobody answered"))
    return made


def test_in_trouble_the_headline_answers_every_question() -> None:
    head = Headline(
        state=State.BROKEN,
        word="Outage",
        sentence="Clients of a fail.",
        since_s=NOW_S - 61,
        hop="router r1",
        cause="M01 Router has died",
        doing=("2 clients held", "retried"),
        do=Remedy(command="restart `r1`", owner="network", risk="none", verify="`tailscale ping r1`"),
    )
    assert str(text.headline(head, NOW_S)).splitlines() == [
        "✗ OUTAGE for 1 min 1 s, since 2023-11-14 22:12:19 UTC",
        "Clients of a fail.",
        "which hop  router r1",
        "why        M01 Router has died",
        "what to do restart r1 (network; risk: none)",
        "then see   tailscale ping r1",
        "being done 2 clients held; retried",
    ]
    well = msgspec.structs.replace(head, state=State.OK, word="Working")
    assert str(text.headline(well, NOW_S)).splitlines()[1:] == ["Clients of a fail."]


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [(0, 0, "-"), (5, 0, "100 %"), (0, 5, "0.0 %"), (1, 2, "33.3 %"), (1_000_000, 1, "99.9 %")],
)
def test_a_share_is_never_rounded_up_to_all(good: int, bad: int, says: str) -> None:
    assert text.success(good, bad) == says


def test_the_numbers_stand_in_a_line() -> None:
    told = Numbers(
        routes=2,
        active=12,
        held=3,
        accepted=9,
        good=1,
        bad=1,
        closed=1,
        half_open=1,
        open=0,
        waits=Percentiles(p50_ms=1.0, p95_ms=20, p99_ms=3000, of=9),
        outcomes=(),
    )
    assert str(text.numbers(told)) == (
        "12 open · 3 held · 10 min: 50.0 % of 2 well · wait 1.0 ms, p95 20 ms, p99 3.0 s · 1 breaker not closed"
    )
    quiet = msgspec.structs.replace(told, waits=None, half_open=0, good=0, bad=0)
    assert str(text.numbers(quiet)) == "12 open · 3 held · 10 min: - of 0 well · wait -"


def test_the_way_is_a_line_of_signs_and_ages_and_then_hop_by_hop() -> None:
    card = shown(records=(record(),)).card
    lines = str(text.route_detail(card, NOW_S + 5)).splitlines()
    assert lines[0] == "· clients → ✓ gateway → ? tailnet → ? tailscaled → ✗ r1 5 s | ! r2 → ? target"
    assert lines[1].startswith("8082  127.0.0.1:8082 → 172.16.20.88:1433  tcp: M01 Router has died (proven), for 1 min")
    assert lines[2] == "  · client     none now  0 connected, 2 held"
    assert lines[6] == (
        "  ✗ router     broken    r1 · no pong for 6 s · named by the diagnosis · 0 carried · seen 5 s ago"
    )
    assert lines[7] == "  ! router     in doubt  r2 · breaker open · 0 carried, breaker open"
    assert lines[8] == "  ? target     not known 172.16.20.88:1433 · not looked at yet"


def test_every_state_has_a_sign_and_a_word_of_its_own() -> None:
    told = [str(text.state(state)) for state in State]
    assert told == ["✓ works", "! in doubt", "✗ broken", "? not known"]


def test_a_row_of_a_route_says_why_only_in_trouble() -> None:
    made = shown()
    assert [str(cell) for cell in text.route_row(made.card)][:5] == ["8082", "✗ broken", "0", "2", "0.0 %"]
    assert "clients are held" in str(text.route_row(made.card)[-1])
    well = Shown()
    well.paths(path("r1", Health.UP), active=1)
    assert str(text.route_row(well.card)[-1]) == ""


def test_an_incident_says_how_long_and_what_to_do() -> None:
    over = record(id="2023-11-14-2", closed_s=NOW_S - 10, proven=False)
    made = Shown(records=(record(), over))
    ended, opened = begun(sent(made.page)).incidents
    assert [str(cell) for cell in text.incident_row(opened, NOW_S)][:4] == [
        "2023-11-14-1",
        "✗ open",
        "2023-11-14 22:12:20",
        "1 min 0 s",
    ]
    assert str(text.incident_row(ended, NOW_S)[1]) == "✓ over"
    assert str(text.incident_detail(opened)).splitlines() == [
        "2023-11-14-1  M01 Router has died (proven)",
        "routes 8082",
        "what to do tailscale ping r1",
        "The argument: farshore incidents show 2023-11-14-1",
    ]
    assert "nobody has come since" in str(text.incident_detail(ended))


def test_a_connection_is_a_row() -> None:
    made = Shown()
    state = msgspec.structs.replace(connection_state(7, client_bytes=2048), path="", client="[b]x[/b]")
    made.gateway.connection_states = [state]
    (view,) = Views(made.gateway, made.clock).connections(limit=1, offset=0).connections
    told = [str(cell) for cell in text.connection_row(view)]
    assert told == ["7", "8082", "-", "[b]x[/b]", "transfer", "1 s", "2.0 KiB", "0 B"]


def test_events_have_a_sign_for_their_tone() -> None:
    lines = [Line(number=at, at_s=NOW_S, tone=tone, text="[red]x[/]") for at, tone in enumerate(Tone)]
    assert [str(text.events([line])) for line in lines] == [
        f"{sign} 22:13:20 [red]x[/]" for sign in ("✗", "!", "✓", "·")
    ]
    assert str(text.events([])) == "Nothing worth telling has happened."


@pytest.mark.parametrize("chosen", ["routes", "incidents", "connections", "events"])
def test_the_chosen_view_stands_between_brackets(chosen: str) -> None:
    told = str(text.tabs(begun(sent(shown(records=(record(),)).page)), chosen))
    assert told.count("[") == 1
    assert f"[{'1234'[['routes', 'incidents', 'connections', 'events'].index(chosen)]} {chosen.title()}" in told
    assert "2 Incidents 1 open" in told
    assert "1 Routes 0" in str(text.tabs(None, chosen))
