"""What the page costs the gateway, and how soon it answers a hand: `python -m bench.page [--seconds 20]`.

200 routes hold 9,000 connections, and ten new ones a second keep the page changing. A real Chromium then watches the
page, reads the connections, or is not there, in turn. The gateway's CPU is that of its process alone, in per cent of
one processor. A hand's wait is from the event to the frame after it was painted, as the browser's own clock has it.
"""

import argparse
import json
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.machine import describe
from bench.processes import Process, end_in_order
from playwright.sync_api import Browser, Page, sync_playwright
from tests.interop.parts import program

ROUTES = 200
CONNECTIONS = 9_000
PER_SECOND = 10
HOST = "127.0.0.1"
FARSHORE = [sys.executable, "-m", "farshore", "serve", "-c"]
SETTLE_S = 5.0
# From the event to the first task after the frame that shows what it did.
NOTING = """
window.waits = [];
window.tasks = [];
new PerformanceObserver((list) => list.getEntries().forEach((each) => window.tasks.push(each.duration)))
  .observe({type: "longtask"});
for (const kind of ["keydown", "pointerdown"]) {
  addEventListener(kind, (event) => requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => window.waits.push(performance.now() - event.timeStamp);
    painted.port2.postMessage(0);
  }), true);
}
"""
SHOWN = """
window.shown = [];
window.since = null;
addEventListener("change", (event) => { window.since = event.timeStamp; }, true);
new MutationObserver(() => requestAnimationFrame(() => {
  const painted = new MessageChannel();
  painted.port1.onmessage = () => {
    if (window.since !== null) window.shown.push(performance.now() - window.since);
    window.since = null;
  };
  painted.port2.postMessage(0);
})).observe(document.getElementById("table"), {childList: true});
"""


@dataclass(kw_only=True)
class Seen:
    """What one kind of watching cost; waits in milliseconds."""

    name: str
    shares: list[float] = field(default_factory=list[float])
    waits_ms: list[float] = field(default_factory=list[float])
    longest_task_ms: float = 0.0


def free_ports(count: int) -> list[int]:
    """All different, and free a moment ago."""
    taken = [socket.create_server((HOST, 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in taken]
    for each in taken:
        each.close()
    return ports


def far_side() -> None:
    """A target that takes everything and says nothing: prints its port, ends with its standard input."""
    _many_descriptors()
    server, held = socket.create_server((HOST, 0), backlog=1024), []

    def take() -> None:
        while True:
            held.append(server.accept()[0])
            if len(held) > CONNECTIONS + 500:
                held.pop(CONNECTIONS).close()

    print(server.getsockname()[1], flush=True)
    threading.Thread(target=take, daemon=True).start()
    sys.stdin.read()


def _many_descriptors() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def gateway(folder: Path) -> Iterator[tuple[Process, list[int], int]]:
    """Its process, its routes' ports, and its admin listener's."""
    far = subprocess.Popen([sys.executable, "-m", "bench.page", "--far"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert far.stdout is not None
    target = int(far.stdout.readline())
    admin, *ports = free_ports(ROUTES + 1)
    routes = [
        {"name": f"route-{at:03d}", "listen": f"{HOST}:{port}", "target": f"{HOST}:{target}", "allow_direct": True}
        for at, port in enumerate(ports)
    ]
    config = folder / "farshore.json"
    more = {
        "limits": {"max_connections": CONNECTIONS + 1000},
        "health": None,
        "drain": {"settle": "0s", "grace": "0s"},
        "admin": f"{HOST}:{admin}",
    }
    config.write_text(json.dumps({"egresses": {"here": {"kind": "direct"}}, "routes": routes, **more}))
    with (folder / "log").open("wb") as log, subprocess.Popen([*FARSHORE, str(config)], stdout=log) as running:
        try:
            _until(lambda: _listens(admin))
            yield Process(running.pid), ports, admin
        finally:
            running.terminate()
            far.communicate()


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise TimeoutError


@contextmanager
def crowd(ports: list[int]) -> Iterator[None]:
    """Those who stay, and those who come and go."""
    over = threading.Event()
    held = [socket.create_connection((HOST, ports[at % ROUTES]), timeout=30) for at in range(CONNECTIONS)]

    def come_and_go() -> None:
        at = 0
        while not over.wait(1 / PER_SECOND):
            at += 1
            socket.create_connection((HOST, ports[at % ROUTES]), timeout=30).close()

    coming = threading.Thread(target=come_and_go)
    coming.start()
    try:
        yield
    finally:
        over.set()
        coming.join()
        for each in held:
            each.close()


def share(process: Process, seconds: float, meanwhile: Callable[[float], None]) -> float:
    """Per cent of one processor that the gateway took meanwhile."""
    begun, begun_s = process.cpu_s(), time.monotonic()
    meanwhile(begun_s + seconds)
    return 100 * (process.cpu_s() - begun) / (time.monotonic() - begun_s)


def nobody(until_s: float) -> None:
    """Look at nothing."""
    time.sleep(max(0.0, until_s - time.monotonic()))


def hands_on(page: Page, until_s: float) -> None:
    """Keys and clicks that the page has to answer, at moments of no order."""
    at = 0
    while time.monotonic() < until_s:
        page.keyboard.press("Tab")
        page.mouse.click(5, 5)
        at += 1
        page.wait_for_timeout(130 + 37 * (at % 7))


def filtering(page: Page, until_s: float) -> None:
    """Letters into the filter."""
    at = 0
    while time.monotonic() < until_s:
        page.locator("[name=contains]").press("1" if at % 6 else "Backspace")
        at += 1
        page.wait_for_timeout(130 + 37 * (at % 7))


def watch(browser: Browser, url: str, seen: Seen, process: Process, hand: tuple[Callable[..., None], float]) -> None:
    """One browser at one page for so long; adds what it saw."""
    use, seconds = hand
    page = browser.new_page(viewport={"width": 1240, "height": 900})
    page.goto(url)
    page.wait_for_timeout(SETTLE_S * 1000)
    page.evaluate(NOTING)
    seen.shares.append(share(process, seconds, lambda until_s: use(page, until_s)))
    seen.waits_ms += page.evaluate("window.waits")
    seen.longest_task_ms = max(seen.longest_task_ms, *page.evaluate("window.tasks"), 0.0)
    page.close()


def reordered(browser: Browser, url: str) -> list[float]:
    """From the choice of another order to its paint: all are sorted, and a page of them written, by the gateway."""
    page = browser.new_page(viewport={"width": 1240, "height": 900})
    page.goto(url)
    page.evaluate(SHOWN)
    for sort in ("newest", "bytes", "client", "route", "age") * 5:
        known = page.evaluate("window.shown.length")
        page.locator("[name=sort]").select_option(sort)
        page.wait_for_function("known => window.shown.length > known", arg=known)
        page.wait_for_timeout(150)
    waits: list[float] = page.evaluate("window.shown")
    page.close()
    return waits


def _row(name: str, values: list[float], unit: str) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"| {name} | {unit} | {statistics.median(ordered):.1f} | {p95:.1f} | {ordered[-1]:.1f} | {len(ordered)} |"


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=20.0, help="how long each is watched, each round")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--far", action="store_true", help=argparse.SUPPRESS)
    wanted = asked.parse_args()
    if wanted.far:
        far_side()
        return
    end_in_order()
    _many_descriptors()
    alone, page, table = Seen(name="nobody"), Seen(name="the page"), Seen(name="the connections")
    with TemporaryDirectory() as name, gateway(Path(name)) as (process, ports, admin), crowd(ports):
        url = f"http://{HOST}:{admin}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program("chromium", "chromium"), args=["--no-sandbox"])
            for _ in range(wanted.rounds):
                time.sleep(SETTLE_S)
                alone.shares.append(share(process, wanted.seconds, nobody))
                watch(browser, f"{url}/", page, process, (hands_on, wanted.seconds))
                watch(browser, f"{url}/connections", table, process, (filtering, wanted.seconds))
            shown = reordered(browser, f"{url}/connections")
            browser.close()
    base = statistics.median(alone.shares)
    print(f"{describe()}\n{ROUTES} routes, {CONNECTIONS:,} connections open, {PER_SECOND} new ones a second.\n")
    print("| | unit | median | p95 | most | of |\n| --- | --- | --- | --- | --- | --- |")
    for each in (alone, page, table):
        print(_row(f"gateway's CPU while {each.name} is watched" if each is not alone else "gateway's CPU, unwatched",
                   each.shares, "% of a processor"))  # fmt: skip
    for each in (page, table):
        print(_row(f"{each.name}, more than unwatched", [one - base for one in each.shares], "% of a processor"))
        print(_row(f"{each.name}, from a key or a click to its paint", each.waits_ms, "ms"))
        print(_row(f"{each.name}, longest task", [each.longest_task_ms], "ms"))
    print(_row("the connections in another order, from the choice to its paint", shown, "ms"))


if __name__ == "__main__":
    main()
