"""How soon an incident is noticed, named and told of, on a real tailnet: a table of docs/resilience.md.

`python -m bench.incidents [--write] [--only NAME ...]`: faults that clients feel, five new connections a second, every
time from the gateway's own log. The threshold is crossed when the third connection in a row has failed, when clients
have been held for a second, or when the last path is called down; what the incident says it was noticed by decides.
"""

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import machine
from bench.processes import ROOT, end_in_order
from bench.resilience.table import duration
from tests.tailnet.conftest import requires_tailnet
from tests.tailnet.harness import faults, gateways, servers
from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.nodes import Node
from tests.tailnet.harness.servers import Server
from tests.tailnet.harness.streams import Stream
from tests.tailnet.harness.tailnet import SITES, TARGET, VIA_ONLY_TARGET, Tailnet, listening
from tests.tailnet.harness.waiting import until

from farshore.incident.threshold import FAILURES, HELD_S

PAGE = ROOT / "docs" / "resilience.md"
BEGIN, END = "<!-- incidents -->\n", "<!-- /incidents -->\n"
ROUTE = "db"
EVERY_S = 0.2
BEFORE_S = 2.0
LONGEST_S = 30.0
# After the first verdict so long for a notification, which may take ten seconds from the threshold.
NOTIFIED_S = 10.0
GOALS_S = {"threshold": 3.0, "opened": 1.0, "verdict": 8.0, "notified": 10.0}
PATHS: list[dict[str, object]] = [{"via": name, "site": site} for name, site in SITES.items()]

Line = Mapping[str, Any]
Strike = Callable[["Scene"], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a fault may strike. `back_end` closes each connection without a byte while it is `closing`."""

    tailnet: Tailnet
    server: Server
    closing: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One fault. With `paths` there is one over each router, and the target is another host of the LAN."""

    name: str
    title: str
    strike: Strike
    paths: Sequence[Mapping[str, object]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Seconds since the fault, None for what did not come. `sign` and `verdict` are the incident's words."""

    sign: str
    verdict: str
    failed_s: float | None
    crossed_s: float | None
    opened_s: float | None
    examined_s: float | None
    notified_s: float | None

    def spans(self) -> dict[str, float | None]:
        """Each span that has a goal: to the threshold since the first failed client, and from there on."""
        return {
            "threshold": _span(self.failed_s, self.crossed_s),
            "opened": _span(self.crossed_s, self.opened_s),
            "verdict": _span(self.crossed_s, self.examined_s),
            "notified": _span(self.crossed_s, self.notified_s),
        }


def _span(start_s: float | None, end_s: float | None) -> float | None:
    return None if start_s is None or end_s is None else max(0.0, end_s - start_s)


@contextlib.contextmanager
def _refuses(scene: Scene) -> Iterator[None]:
    """The server on the target ends; another one comes afterwards."""
    scene.server.close()
    yield


def _dropped(scene: Scene) -> AbstractContextManager[None]:
    return faults.dropped_at_target(scene.tailnet, scene.server.port)


@contextlib.contextmanager
def _closes(scene: Scene) -> Iterator[None]:
    scene.closing.add("")
    try:
        yield
    finally:
        scene.closing.clear()


def _zombie(*routers: str) -> Strike:
    return lambda scene: faults.zombie(scene.tailnet, *(r for r in scene.tailnet.routers if r.name in routers))


def _on(fault: Callable[[Tailnet, Node], AbstractContextManager[None]], node: str) -> Strike:
    """The fault of one node."""
    return lambda scene: fault(scene.tailnet, next(each for each in scene.tailnet.nodes if each.name == node))


CASES = (
    Case(name="data-plane", title="The only router's data plane dead", strike=_zombie("r1")),
    Case(name="both", title="Both routers' data planes dead", strike=_zombie("r1", "r2"), paths=PATHS),
    Case(name="frozen", title="SIGSTOP of the only router", strike=_on(faults.frozen, "r1")),
    Case(name="lan", title="The only router's LAN leg down", strike=_on(faults.lan_leg_down, "r1")),
    Case(name="withdrawn", title="The routes withdrawn", strike=lambda scene: faults.route_withdrawn(scene.tailnet)),
    Case(name="accept-routes", title="accept-routes turned off", strike=_on(faults.accept_routes_off, "gw")),
    Case(name="killed", title="The pod's tailscaled killed", strike=_on(faults.killed, "gw")),
    Case(name="hung", title="The pod's tailscaled frozen (SIGSTOP)", strike=_on(faults.frozen, "gw")),
    Case(name="refuses", title="The target refuses", strike=_refuses),
    Case(name="silent", title="The target is silent (a firewall drops)", strike=_dropped),
    Case(name="closes", title="The back end accepts and closes without a byte", strike=_closes),
)


def run(tailnet: Tailnet, case: Case) -> Seen:
    """One case with a gateway of its own; ends when all is told that will be."""
    closing: set[str] = set()
    arrived: list[float] = []

    def talk(connection: Any, server: Server) -> None:
        if server.read(connection) and not closing:
            connection.sendall(b"SELECT 1")
            servers.swallow(connection, server)

    def hear(connection: Any, server: Server) -> None:
        if server.read(connection):
            arrived.append(time.time())
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    host = VIA_ONLY_TARGET if case.paths else TARGET
    hearing = tailnet.free_port()
    with (
        tailnet.serving(talk, host=host) as server,
        listening(tailnet.gw.namespace, "127.0.0.1", hearing, hear),
        gateways.serving(
            tailnet,
            gateways.egresses(tailnet, ["tailscaled"]),
            {ROUTE: ("tailscaled", f"{host}:{server.port}")},
            paths=case.paths,
            incidents={},
            **_told_at(hearing),
        ) as gateway,
    ):
        stream = Stream(gateway, ROUTE, every_s=EVERY_S)
        time.sleep(BEFORE_S)
        scene = Scene(tailnet=tailnet, server=server, closing=closing)
        with case.strike(scene):
            fault_s = time.time()
            with contextlib.suppress(TimeoutError):
                until(lambda: gateway.lines("incident-examined"), "a verdict", deadline_s=LONGEST_S)
                until(lambda: arrived, "a notification", deadline_s=NOTIFIED_S)
        stream.end()
        return seen_of(_lines(gateway), fault_s, arrived[0] if arrived else None)


def _told_at(port: int) -> dict[str, Any]:
    """Pages are sent here, from the gateway's first moment on."""
    channel = {"name": "bench", "webhook": {"url": {"plain": f"http://127.0.0.1:{port}/"}}, "severities": ["page"]}
    return {"alerts": {"startup_grace": "0s"}, "notify": [channel]}


def _lines(gateway: Gateway) -> list[Line]:
    events = ("connection-ended", "outage-started", "health-changed", "incident-opened", "incident-examined")
    return [line for event in events for line in gateway.lines(event)]


def seen_of(lines: Sequence[Line], fault_s: float, notified_s: float | None) -> Seen:
    """The times, from the lines of a gateway's log; `fault_s` and `notified_s` in Unix seconds."""

    def of(event: str) -> list[tuple[float, Line]]:
        found = [(_at(line) - fault_s, line) for line in lines if line["event"] == event]
        return sorted(((at_s, line) for at_s, line in found if at_s >= 0), key=lambda each: each[0])

    ended, held, healths = of("connection-ended"), of("outage-started"), of("health-changed")
    opened, examined = of("incident-opened"), of("incident-examined")
    sign = str(opened[0][1]["sign"]) if opened else "nothing"
    failures = [at_s for at_s, line in ended if line["level"] == "warning"]
    first = [*failures[:1], *(at_s for at_s, _ in held[:1])]
    opened_s = opened[0][0] if opened else None
    return Seen(
        sign=sign,
        verdict=_verdict(examined[0][1]) if examined else "none",
        failed_s=min(first, default=None),
        crossed_s=_crossed_s(sign, ended, held, [at_s for at_s, _ in healths if opened_s and at_s <= opened_s]),
        opened_s=opened_s,
        examined_s=examined[0][0] if examined else None,
        notified_s=None if notified_s is None else notified_s - fault_s,
    )


def _crossed_s(
    sign: str, ended: Sequence[tuple[float, Line]], held: Sequence[tuple[float, Line]], healths: Sequence[float]
) -> float | None:
    match sign:
        case "held":
            return held[0][0] + HELD_S if held else None
        case "paths down":
            return healths[-1] if healths else None
        case _:
            in_a_row = 0
            for at_s, line in ended:
                in_a_row = in_a_row + 1 if line["level"] == "warning" else 0
                if in_a_row == FAILURES:
                    return at_s
            return None


def _verdict(line: Line) -> str:
    return str(line["code"] or f"undecided between {', '.join(line['candidates'])}")


def _at(line: Line) -> float:
    return datetime.fromisoformat(line["at"]).timestamp()


HEAD = (
    "fault",
    "noticed by",
    "fault to the first failed or held client",
    f"from there to the threshold (≤ {GOALS_S['threshold']:g} s)",
    f"threshold to the incident (≤ {GOALS_S['opened']:g} s)",
    f"to the first verdict (≤ {GOALS_S['verdict']:g} s)",
    "which",
    f"to the notification (≤ {GOALS_S['notified']:g} s)",
    "",
)


def cells(case: Case, seen: Seen | str) -> list[str]:
    """One line of the table; where nothing could be seen, the reason."""
    if isinstance(seen, str):
        return [case.title, *[""] * (len(HEAD) - 2), f"not measured: {seen.replace('|', '/')}"]
    spans = seen.spans()
    first_s = seen.failed_s
    if first_s is not None and seen.crossed_s is not None and first_s > seen.crossed_s:
        spans["threshold"] = 0.0
    missed = [name for name, goal_s in GOALS_S.items() if (span_s := spans[name]) is not None and span_s > goal_s]
    missed += [name for name in ("opened", "verdict") if spans[name] is None]
    return [
        case.title,
        seen.sign,
        duration(first_s),
        *(duration(spans[name]) for name in ("threshold", "opened", "verdict")),
        seen.verdict,
        duration(spans["notified"]),
        f"**missed**: {', '.join(missed)}" if missed else "met",
    ]


def render(results: Sequence[tuple[Case, Seen | str]]) -> str:
    """The whole table."""
    lines = [HEAD, ["---"] * len(HEAD), *(cells(*result) for result in results)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def write(page: Path, text: str) -> None:
    """Put the table between its marks in the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def main(argv: Sequence[str]) -> int:
    """Measure, print, and write if asked to. Whether the goals were met stands in the table, not in the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.incidents", description=__doc__)
    names = [case.name for case in CASES]
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"only these: {', '.join(names)}")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(argv)
    if reason := requires_tailnet():
        print(f"no tailnet can stand here: {reason}", file=sys.stderr)
        return 2
    results: list[tuple[Case, Seen | str]] = []
    tailnet = Tailnet()
    try:
        tailnet.up()
        for case in CASES:
            if options.only and case.name not in options.only:
                continue
            seen = _tried(tailnet, case)
            results.append((case, seen))
            print(" | ".join(cells(case, seen)), file=sys.stderr, flush=True)
    finally:
        tailnet.down()
    text = f"{machine.describe()}\n\n{render(results)}"
    print(text)
    if options.write:
        write(PAGE, text)
    return 0


def _tried(tailnet: Tailnet, case: Case) -> Seen | str:
    try:
        return run(tailnet, case)
    except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
        faults.recover(tailnet)
        return " ".join(str(error).split())[:300] or type(error).__name__


if __name__ == "__main__":
    end_in_order()
    sys.exit(main(sys.argv[1:]))
