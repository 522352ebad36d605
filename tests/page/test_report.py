"""The written report on an outage in a real Chromium: one file that loads nothing, in light, in dark, and on paper."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from tests.unit.report.outage.outages import HELPED, T0, course, given, journal, said, zombie

from farshore.core.clock import SystemClock
from farshore.report.outage.build import build
from farshore.report.outage.counts import figures
from farshore.report.outage.given import Figures, Span
from farshore.report.outage.html import render_html

WHITE = "rgb(255, 255, 255)"

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With figures, pictures, a remedy, and another outage beside it."""
    folder = tmp_path_factory.mktemp("report")
    told = figures(journal(folder), Span(from_s=T0 - 1, to_s=T0 + 1001), ["db"], SystemClock())
    assert isinstance(told, Figures)
    made = build(
        given(course(said(zombie()), remedies=(HELPED,)), figures=told), given(course(said(zombie()), name="x-1"))
    )
    path = folder / "report.html"
    path.write_text(render_html(made), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_loads_nothing_fits_its_window_and_keeps_nobody_out(
    browser: Browser, written: Path, scheme: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(written.as_uri())
    assert page.locator("svg").count() >= 2
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert (asked, complaints) == ([written.as_uri()], [])
    assert Axe().run(page).response["violations"] == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == WHITE) is (scheme == "light")
    page.close()


def test_on_paper_it_is_black_on_white_and_has_all_of_it(browser: Browser, written: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(written.as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == WHITE
    assert page.evaluate("[...document.querySelectorAll('h2')].every(each => each.checkVisibility())")
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF-")
    assert len(printed) > len(written.read_bytes())
    page.close()
