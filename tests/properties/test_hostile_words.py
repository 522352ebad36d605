"""Words of peers, logs and gateways move no cursor, forge no line and change no colour where they are printed."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from tests.unit.app.admins import admin_listener
from tests.unit.app.test_alerts import ALERT
from tests.unit.app.test_incidents import CLOSED, STILL
from tests.unit.app.test_status import CONNECTIONS, REMEDIES, STATS
from tests.unit.diagnosis.making import failed

from farshore.app.cli import run
from farshore.core.outcome import Code
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Origin, Unread
from farshore.report.markdown import render_markdown
from farshore.report.text import render_text
from farshore.surface.views import AlertsView, IncidentsView

EVIL = "r1\x1b[2J\x1b]0;owned\x07\r\x08\x9b31m\u202e\u2028[red]"
VALUES = {*map(str, Code), CLOSED.id, STILL.id}
WORDS = {"name", "target", "detail", "health_reason", "subject", "why", "title", "routes", "client", "path", "reason"}
WORDS |= {"egress", "command", "router", "whom", "trying", "verify", "link", "before", "version", "protocol", "phase"}


def poisoned(value: Any, name: str = "") -> Any:
    """The document with every word of it replaced that somebody else may choose."""
    match value:
        case dict() if name == "routes":
            return {EVIL + key: each for key, each in value.items()}
        case dict():
            return {key: poisoned(each, key) for key, each in value.items()}
        case list():
            return [poisoned(each, name if isinstance(each, str) else "") for each in value]
        case str() if name in WORDS and value not in VALUES:
            return EVIL
        case _:
            return value


def document(view: object) -> bytes:
    return msgspec.json.encode(poisoned(msgspec.to_builtins(view)))


@pytest.fixture
def url() -> Iterator[str]:
    views: dict[str, object] = {
        "/stats": STATS,
        "/api/v1/routes": {"routes": STATS.routes},
        "/api/v1/connections": CONNECTIONS,
        "/api/v1/remedies": REMEDIES,
        "/api/v1/alerts": AlertsView(alerts=[ALERT]),
        "/api/v1/incidents": IncidentsView(incidents=[CLOSED, STILL]),
    }
    with admin_listener({path: document(view) for path, view in views.items()}) as url:
        yield url


def assert_harmless(text: str) -> None:
    assert "r1" in text
    assert [character for character in text if not character.isprintable() and character != "\n"] == []


@pytest.mark.parametrize(
    "words",
    [["status"], ["alerts"], ["incidents"], ["incidents", "show", CLOSED.id], ["incidents", "show", STILL.id]],
    ids=" ".join,
)
def test_what_a_gateway_says(words: list[str], url: str, capsys: pytest.CaptureFixture[str]) -> None:
    run([*words, "--url", url])
    printed = capsys.readouterr()
    assert_harmless(printed.out + printed.err)


@pytest.mark.parametrize("render", [render_text, render_markdown])
def test_what_evidence_says(render: Callable[..., str]) -> None:
    fact = msgspec.structs.replace(failed(), evidence=Origin(source=EVIL).evidence(EVIL, observer=EVIL, version=EVIL))
    assert_harmless(render(diagnose([fact], [Unread(source=EVIL, reason=EVIL, position=EVIL)])))


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_what_a_file_says(form: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    said = f"2026/03/04 05:06:07 [unexpected] dial tcp 172.16.20.88:1433: {EVIL}: i/o timeout\n"
    (tmp_path / "r1.log").write_text(said * 3)
    (tmp_path / f"r1{EVIL.replace('/', '')}.log").write_text(said + "\0\0\0")
    run(["diagnose", str(tmp_path), "--format", form])
    printed = capsys.readouterr()
    assert_harmless(printed.out + printed.err)
