from typing import Any

import msgspec
import pytest
from tests.unit.surface.page.showing import Shown, end, path, record
from tests.unit.surface.seen import route_state

from farshore.core.events import Health
from farshore.core.outcome import Code
from farshore.surface.page.model import Page, State
from farshore.surface.page.stream import News, values_of
from farshore.surface.top.picture import Heard, begun, continued, understood


def sent(page: Page, *names: str, **more: Any) -> Heard:
    """What a gateway sends of a page: all of it, or what is named."""
    parts = {name: part for name, part in values_of(page).items() if not names or name in names}
    return understood(msgspec.json.encode(News(at=page.at_s, word=page.headline.word, parts=parts, **more)))


def two_routes() -> Shown:
    shown = Shown(records=(record(),))
    shown.gateway.route_states = [route_state("a"), route_state("b", paths=(path("r1", Health.DOWN, "no pong"),))]
    shown.pulse.announce(end(Code.NO_ANSWER, detail="nobody answered"))
    return shown


def test_the_first_event_gives_the_whole_picture() -> None:
    page = two_routes().page
    picture = begun(sent(page, order=tuple(card.key for card in page.routes)))
    assert picture.headline == page.headline
    assert picture.numbers == page.numbers
    assert picture.incidents == page.incidents
    assert picture.events == page.lines
    assert picture.routes == page.routes
    assert (picture.at_s, picture.about.version, picture.is_well) == (page.at_s, page.version, False)
    assert picture.route(page.routes[1].key) == page.routes[1]
    assert picture.route("x") is None
    assert picture.incident("2023-11-14-1") == page.incidents[0]
    assert picture.incident("x") is None


def test_later_events_change_what_they_name_and_nothing_else() -> None:
    shown = two_routes()
    before = shown.page
    order = tuple(card.key for card in before.routes)
    first = begun(sent(before, order=order))
    shown.gateway.route_states = [route_state("a", active=7), route_state("b")]
    shown.clock.now_s += 1
    after = shown.page
    changed = next(card.key for card in after.routes if card.name == "a")
    second = continued(first, sent(after, "numbers", changed))
    assert [card.name for card in second.routes] == [card.name for card in before.routes]
    assert next(card.active for card in second.routes if card.name == "a") == 7
    assert next(card.state for card in second.routes if card.name == "b") is State.BROKEN
    assert (second.numbers, second.headline, second.at_s) == (after.numbers, before.headline, after.at_s)
    assert continued(second, sent(after, "x", order=order[::-1])).routes == second.routes[::-1]
    assert [card.key for card in continued(second, sent(after, "x", order=order[:1])).routes] == [order[0]]


def test_what_a_terminal_could_act_on_is_escaped() -> None:
    shown = Shown()
    shown.pulse.announce(end(Code.NO_ANSWER, detail="\x1b[2J\u202e\u2028\x9b31m"))
    picture = begun(sent(shown.page))
    assert r"\x1b[2J\u202e\u2028\x9b31m" in picture.events[0].text


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"at": "now"}', b'{"at": 1, "parts": 2}', b"\xff"])
def test_what_is_no_event_is_refused(data: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        understood(data)


@pytest.mark.parametrize("broken", [{"headline": 1}, {"events": [{}]}, {"r00000000": {"name": "a"}}])
def test_parts_of_another_kind_are_refused(broken: dict[str, Any]) -> None:
    heard = sent(Shown().page)
    with pytest.raises(msgspec.ValidationError):
        begun(msgspec.structs.replace(heard, parts=heard.parts | broken))


def test_a_first_event_that_lacks_something_is_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="about, events, headline, incidents"):
        begun(sent(Shown().page, "numbers"))
