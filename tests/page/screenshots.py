"""`make screenshots`: the page before, during and after a fault in the lab, as docs/images shows it."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright
from tests.interop.parts import program
from tests.page.theatre import Theatre, theatre

from farshore.lab.faults import RouterDead
from farshore.lab.stage import R1, R2

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PATIENCE_MS = 120_000
CLIENTS = 25
PAUSE_MS = 3000


def take(images: Path) -> None:
    """All of them, into a folder."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(
            executable_path=program("chromium", "chromium"), args=["--no-sandbox", "--hide-scrollbars"]
        )
        page = browser.new_page(viewport={"width": 1240, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        with theatre(folder, incidents={"folder": str(folder / "incidents"), "close_after": "3s"}) as stage:
            _story(stage, page, images)
        browser.close()


def _story(stage: Theatre, page: Page, images: Path) -> None:
    for _ in range(CLIENTS):
        stage.ask()
        stage.ask(sql_server=True)
    page.goto(stage.url)
    _says(page, "#headline h1", "Working")
    page.wait_for_timeout(PAUSE_MS)
    page.screenshot(path=images / "page-healthy.png")
    stage.lab.inject(RouterDead(R1))
    _says(page, "#headline h1", "Degraded")
    stage.ask()
    page.wait_for_timeout(PAUSE_MS)
    page.screenshot(path=images / "page-degraded.png")
    stage.lab.inject(RouterDead(R2))
    stage.ask()
    stage.ask(sql_server=True)
    _says(page, "#headline .answers", "M01")
    page.wait_for_timeout(PAUSE_MS)
    page.screenshot(path=images / "page-outage.png")
    page.locator(".incidents a").first.click()
    incident = page.url
    page.screenshot(path=images / "page-incident.png")
    stage.lab.heal(RouterDead(R1), RouterDead(R2))
    page.goto(stage.url)
    while "failed" in stage.ask() or "failed" in stage.ask(sql_server=True):
        page.wait_for_timeout(PAUSE_MS)
    _says(page, "#headline h1", "Working")
    page.goto(incident)
    while not page.get_by_role("link", name="read the report").is_visible():
        page.wait_for_timeout(PAUSE_MS)
        page.goto(incident)
    page.goto(f"{incident}/report")
    page.screenshot(path=images / "page-report.png")


def _says(page: Page, where: str, words: str) -> None:
    expect(page.locator(where)).to_contain_text(words, timeout=PATIENCE_MS)


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
