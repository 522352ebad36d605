import pytest
from markupsafe import Markup
from tests.unit.surface.page.showing import Shown, end, path, record
from tests.unit.surface.seen import route_state

from farshore.core.events import Health
from farshore.core.outcome import Code
from farshore.surface.page.dossier import dossier
from farshore.surface.page.render import Fragments, cut, environment, render, render_page, runs, ticked

HOSTILE = '<img src=x onerror="alert(1)">\'&`'


def outage() -> Shown:
    shown = Shown(records=(record(),))
    shown.paths(path("r1", Health.DOWN, "no pong for 6 s"), path("r2", Health.DOWN, "silent"), held=2, active=2)
    shown.changed("r1", Health.DOWN)
    shown.pulse.announce(end(Code.NO_ANSWER, detail="nobody answered"))
    return shown


def test_the_page_answers_in_words_without_a_script() -> None:
    html = render_page(outage().page, can_leave=False)
    for words in (
        "Outage",
        "Which hop",
        "M01 Router has died (proven)",
        "tailscale ping r1",
        "no pong for 6 s",
        "held",
    ):
        assert words in html
    assert "<script>" not in html
    assert " style=" not in html
    assert " onclick=" not in html


@pytest.mark.parametrize("template", environment().list_templates())
def test_no_template_marks_anything_as_safe(template: str) -> None:
    source, _, _ = environment().loader.get_source(environment(), template)  # type: ignore[union-attr]
    assert "|safe" not in source
    assert "autoescape" not in source


def test_hostile_names_and_log_lines_stay_text() -> None:
    shown = Shown(records=(record(routes={HOSTILE: "held"}, id="2023-11-14-1"),))
    shown.paths(path(HOSTILE, Health.DOWN, HOSTILE))
    shown.gateway.route_states[0].ended[Code.LEAK] = 1
    shown.pulse.announce(end(Code.NO_ANSWER, path=HOSTILE, detail=HOSTILE))
    page = shown.page
    html = render_page(page, can_leave=False)
    parts = "".join(Fragments().of(page).values())
    told = dossier(shown.records[0], shown.records, [], has_report=False)
    incident = render("incident.html", here="", can_leave=False, told=told, now_s=page.at_s)
    for text in (html, parts, incident):
        assert "<img" not in text
        assert "&lt;img src=x onerror=" in text


def test_a_part_is_written_again_only_when_its_values_change() -> None:
    shown, fragments = outage(), Fragments()
    before = fragments.of(shown.page)
    shown.clock.now_s += 5
    same = fragments.of(shown.page)
    shown.pulse.announce(end(Code.NO_ANSWER, detail="again"))
    after = fragments.of(shown.page)
    assert same == before
    changed = {name for name in after if after[name] != before[name]}
    assert "events" in changed
    assert "incidents" not in changed


def test_the_parts_are_all_that_the_page_has_places_for() -> None:
    page = outage().page
    html = render_page(page, can_leave=False)
    for name in Fragments().of(page):
        assert f'data-live="{name}"' in html


def test_ticks_become_code_and_nothing_else_does() -> None:
    assert ticked("run `a <b>` & see") == Markup("run <code>a &lt;b&gt;</code> &amp; see")


def test_long_evidence_is_cut() -> None:
    assert cut("x" * 600) == "x" * 600
    assert cut("x" * 601) == "x" * 600 + " …"


def test_equal_neighbours_are_drawn_as_one() -> None:
    assert runs(("none", "good", "good", "bad")) == [("none", 0, 1), ("good", 1, 2), ("bad", 3, 1)]
    assert runs(()) == []


def test_of_many_routes_those_that_are_well_take_a_line_each() -> None:
    shown = Shown()
    shown.gateway.route_states = [route_state(f"a{number}", paths=(path("r1", Health.UP),)) for number in range(40)]
    shown.gateway.route_states.append(route_state("ill", paths=(path("r1", Health.DOWN),)))
    html = render_page(shown.page, can_leave=False)
    assert html.count('class="way"') == 2
    assert html.count("its way") == 40
    assert all(f'href="/routes/{card.key}"' in html for card in shown.page.routes if card.name != "ill")
