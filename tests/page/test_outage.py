"""The page in a real Chromium, before, during and after a real fault. Nothing is judged by the clock."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.page.theatre import Theatre, theatre

from farshore.lab.faults import RouterDead
from farshore.lab.stage import R1, R2

PATIENCE_MS = 60_000
GRAVE = {"serious", "critical"}
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
BOTH = RouterDead(R1), RouterDead(R2)

# WCAG 2.2, 2.5.8: what stands in a line of text may be smaller.
TOO_SMALL = """[...document.querySelectorAll("a, button, summary, input, select")]
  .filter(each => getComputedStyle(each).display !== "inline" && each.checkVisibility())
  .filter(each => each.getBoundingClientRect().height < 24).map(each => each.outerHTML)"""
# A word that stands alone takes one line.
BROKEN_WORDS = """[...document.querySelectorAll("nav a, nav button, .brand, th")]
  .filter(each => !each.textContent.trim().includes(" ") && each.getBoundingClientRect().height > 45)
  .map(each => each.textContent)"""
# What has the focus, and whether one can see that it has; null once that is the browser's own.
FOCUSED = """(() => {
  const each = document.activeElement;
  if (each === document.body) return null;
  const name = document.getElementById(each.getAttribute("aria-labelledby")) ?? each.querySelector("h3") ?? each;
  const seen = getComputedStyle(each).outlineStyle === "none" ? " with a hidden focus" : "";
  return `${each.tagName} ${name.textContent.trim()}${seen}`;
})()"""

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]


class Tab:
    """A page, and everything that it complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def word(self, word: str) -> None:
        """Wait until the headline says so."""
        expect(self.page.locator("#headline h1")).to_contain_text(word, timeout=PATIENCE_MS)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield Tab(page)
    page.close()


def grave(page: Page) -> list[str]:
    """What axe-core finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in GRAVE]


def test_the_page_follows_an_outage_from_its_beginning_to_its_report(stage: Theatre, tab: Tab) -> None:
    page = tab.page
    for _ in range(5):
        assert stage.ask() == "Postgres on 172.16.20.88"
    page.goto(stage.url)
    tab.word("Working")
    expect(page.locator("#chart-ended canvas")).to_be_visible()
    states = page.locator("#routes > article").first.locator(".hop[data-hop=router]")
    expect(states).to_have_count(2)
    assert grave(page) == []

    stage.lab.inject(RouterDead(R1))
    tab.word("Degraded")
    expect(page.locator("#headline .which")).to_contain_text("router r1")
    assert stage.ask() == "Postgres on 172.16.20.88"

    stage.lab.inject(RouterDead(R2))
    tab.word("Outage")
    assert "no way to 172.16.20.88:5432" in stage.ask()
    expect(page.locator("#headline .which")).to_contain_text("r1, r2", timeout=PATIENCE_MS)
    expect(page.locator("#headline .answers")).to_contain_text("M01", timeout=PATIENCE_MS)
    expect(page.locator("#headline .do .command")).not_to_be_empty()
    expect(page.locator(".hop[data-hop=tailscaled]").first).to_have_attribute("data-state", "ok")
    expect(page.locator(".hop[data-hop=target]").first).to_have_attribute("data-state", "unknown")
    assert page.title().startswith("Outage")
    assert grave(page) == []

    page.locator(".incidents a").first.click()
    expect(page.locator("h1")).to_contain_text("M01")
    expect(page.locator(".finding").first).to_contain_text("the router answers no ping")
    incident = page.url
    assert grave(page) == []

    stage.lab.heal(*BOTH)
    assert any(stage.ask() == "Postgres on 172.16.20.88" for _ in range(20))
    assert any(stage.ask(sql_server=True) == "SQL Server on 172.16.20.88" for _ in range(20))
    link = page.get_by_role("link", name="read the report")
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    page.goto(stage.url)
    tab.word("Working")
    expect(page.locator(".incidents li.closed")).to_be_visible(timeout=PATIENCE_MS)
    assert tab.complaints == []
    page.goto(incident)
    link.click()
    expect(page).to_have_url(f"{incident}/report")
    expect(page.locator("h1").first).not_to_be_empty()


def test_the_page_of_one_route_follows_a_fault(stage: Theatre, tab: Tab) -> None:
    page = tab.page
    page.goto(stage.url)
    page.goto(f"{stage.url}/routes/{page.locator('#routes > article').first.get_attribute('id')}")
    router = page.locator(".hop[data-hop=router]").first
    expect(router).to_have_attribute("data-state", "ok", timeout=PATIENCE_MS)
    stage.lab.inject(RouterDead(R1))
    expect(router).to_have_attribute("data-state", "broken", timeout=PATIENCE_MS)
    stage.lab.heal(RouterDead(R1))
    expect(router).to_have_attribute("data-state", "ok", timeout=PATIENCE_MS)
    assert tab.complaints == []


def test_another_order_of_the_connections_needs_no_new_page(stage: Theatre, tab: Tab) -> None:
    page = tab.page
    with ExitStack() as held:
        for _ in range(3):
            client = held.enter_context(socket.create_connection(("127.0.0.1", stage.postgres), timeout=60))
            client.sendall(SSL_REQUEST)
            assert client.recv(1) in {b"N", b"S"}
        page.goto(f"{stage.url}/connections")
        oldest_first = page.locator("tbody td:first-child").all_inner_texts()
        assert len(oldest_first) == 3
        page.evaluate("window.isTheSame = true")
        page.get_by_label("Sorted by").select_option("newest")
        expect(page.locator("tbody td:first-child")).to_have_text(oldest_first[::-1])
        page.get_by_label("Client, path or phase").fill("no such client")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("caption")).to_have_text("No open connection like this")
        assert page.evaluate("window.isTheSame")
        assert "sort=newest" in page.url
        page.reload()
        expect(page.locator("caption")).to_have_text("No open connection like this")
    assert tab.complaints == []


def test_without_a_script_it_answers_the_same(stage: Theatre, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(stage.url)
    expect(page.locator("#headline h1")).to_be_visible()
    expect(page.locator("#routes > article")).to_have_count(2)
    page.get_by_role("link", name="Connections", exact=True).click()
    expect(page.locator("caption")).to_contain_text("open connection")
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (768, "dark"), (1280, "dark"), (2560, "light")])
def test_it_fits_every_screen_and_scheme(stage: Theatre, browser: Browser, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for path in ("/", "/connections", "/nowhere"):
        page.goto(f"{stage.url}{path}")
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow == 0
        assert grave(page) == []
        assert page.evaluate(TOO_SMALL) == []
        assert page.evaluate(BROKEN_WORDS) == []
    context.close()


def test_a_keyboard_reaches_and_opens_everything(stage: Theatre, tab: Tab) -> None:
    page = tab.page
    page.goto(stage.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    reached = [page.evaluate(FOCUSED)]
    while (focused := page.evaluate(FOCUSED)) is not None and len(reached) < 100:
        reached.append(focused)
        page.keyboard.press("Tab")
    assert {"A Now", "A Connections", "SUMMARY billing", "SUMMARY reports", "DIV What happened", "A stats"} <= set(
        reached
    )
    assert [each for each in reached if "hidden" in each] == []
    summary = page.locator("#routes summary").first
    summary.focus()
    was_open = page.locator("#routes details").first.evaluate("each => each.open")
    page.keyboard.press("Enter")
    expect(page.locator("#routes details").first).to_have_js_property("open", not was_open)


def test_a_gateway_that_is_gone_is_said_to_be_silent(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page()
    with theatre(tmp_path) as running:
        page.goto(running.url)
        expect(page.locator("#chart-ended canvas")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator("#stale")).to_contain_text("Nothing was heard from the gateway", timeout=PATIENCE_MS)
    page.close()


def test_who_has_the_token_logs_in_and_ends_a_connection(browser: Browser, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a-token-of-this-test\n")
    page = browser.new_page()
    with theatre(tmp_path, admin_token_file=str(token)) as running:
        page.goto(f"{running.url}/connections")
        page.get_by_label("Token").fill("not the token, alas")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_have_text("That is not the token.")
        assert grave(page) == []
        page.get_by_label("Token").fill("a-token-of-this-test")
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(f"{running.url}/connections")
        with socket.create_connection(("127.0.0.1", running.postgres), timeout=60) as client:
            client.sendall(SSL_REQUEST)
            assert client.recv(1) in {b"N", b"S"}
            page.get_by_role("button", name="End connection").click(timeout=PATIENCE_MS)
            assert client.recv(1) == b""
        ended = next(event for event in running.program.events() if event["event"] == "connection-ended")
        assert ended["code"] == "gateway.transfer.ended"
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_label("Token")).to_be_visible()
    page.close()
