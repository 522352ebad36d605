import io
import json
import logging

import pytest
from tests.unit.surface.seen import REFUSED, StoppedClock, applied, ended

from farshore.core.alerts import Alert, AlertChanged, AlertState, NotificationFailed, NotificationSent, Severity
from farshore.core.events import (
    AttemptFailed,
    DrainEnded,
    DrainStarted,
    Health,
    HealthChanged,
    JournalFailed,
    JournalRecovered,
    LeakRefused,
    ListenerClosed,
    ListenerOpened,
    OutageEnded,
    OutageStarted,
    PathChanged,
    PathChecked,
    RedundancyLost,
    RedundancyRegained,
    RemedyApplied,
    RemedySuggested,
    RemedyWithheld,
    TailscaledChanged,
    TailscaledSaid,
    TargetProbed,
)
from farshore.core.incidents import IncidentClosed, IncidentNotExamined, IncidentOpened
from farshore.core.outcome import MEANINGS, Code
from farshore.core.redirected import ClientRedirected
from farshore.core.remedy import Remedy, RemedyResult
from farshore.core.sampled import TailscaledSampled
from farshore.surface.logs import LogFormat, LogLevel, Logs, route_standard_logging

AT = "2023-11-14T22:13:20.125Z"


def logs(log_format: LogFormat = LogFormat.JSON, level: LogLevel = LogLevel.INFO) -> tuple[Logs, io.BytesIO]:
    written = io.BytesIO()
    return Logs(written, clock=StoppedClock(), log_format=log_format, level=level), written


def lines(written: io.BytesIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_connection_is_one_line_with_every_field_of_its_event() -> None:
    log, written = logs()
    log.announce(ended())
    assert written.getvalue().count(b"\n") == 1
    assert lines(written) == [
        {
            "at": AT,
            "level": "info",
            "event": "connection-ended",
            "who": "client",
            "connection": 7,
            "route": "8082",
            "egress": "tailnet",
            "path": "172.16.20.88:1433",
            "client": "127.0.0.1:50123",
            "target": "172.16.20.88:1433",
            "code": "client.transfer.closed",
            "detail": None,
            "client_end": "fin",
            "started_at_s": 1_700_000_000.0,
            "connect_ms": 0.5,
            "handshake_ms": 1.0,
            "dial_ms": 1.5,
            "first_byte_ms": None,
            "reached_ms": 3.0,
            "duration_ms": 125.0,
            "client_bytes": 10,
            "upstream_bytes": 20,
            "leaked_dial": False,
        }
    ]


@pytest.mark.parametrize("code", Code)
def test_a_failure_is_a_warning_with_its_remedy_and_a_normal_ending_is_not(code: Code) -> None:
    log, written = logs()
    log.announce(ended(code))
    line = lines(written)[0]
    meaning = MEANINGS[code]
    assert (line["code"], line["who"]) == (code.value, code.value.split(".")[0])
    assert line["level"] == ("warning" if meaning.is_failure else "info")
    assert line.get("remedy") == (meaning.remedy if meaning.is_failure else None)


@pytest.mark.parametrize("log_format", LogFormat)
def test_what_is_less_important_than_the_level_is_not_written(log_format: LogFormat) -> None:
    log, written = logs(log_format, LogLevel.WARNING)
    log.announce(ended(Code.CLIENT_CLOSED))
    log.announce(ListenerOpened(route="a", listen="127.0.0.1:1", target="10.0.0.1:2", egress="tailnet"))
    assert written.getvalue() == b""
    log.announce(ended(Code.TARGET_REFUSED))
    assert b"target.dial.refused" in written.getvalue()


def test_every_other_event_has_a_line() -> None:
    log, written = logs(level=LogLevel.DEBUG)
    log.announce(ListenerOpened(route="a", listen="127.0.0.1:1", target="10.0.0.1:2", egress="tailnet"))
    log.announce(LeakRefused(route="a", egress="tailnet", target="10.0.0.1:2", tell="Dial-Self", connected=False))
    log.announce(DrainStarted(connections=3))
    log.announce(ListenerClosed(route="a", listen="127.0.0.1:1"))
    log.announce(DrainEnded(cut=1))
    first, leak, *rest = lines(written)
    assert first == {
        "at": AT,
        "level": "info",
        "event": "listener-opened",
        "route": "a",
        "listen": "127.0.0.1:1",
        "target": "10.0.0.1:2",
        "egress": "tailnet",
    }
    assert (leak["level"], leak["event"], leak["tell"]) == ("debug", "leak-refused", "Dial-Self")
    assert [line["event"] for line in rest] == ["drain-started", "listener-closed", "drain-ended"]


@pytest.mark.parametrize("health", Health)
def test_a_changed_health_is_a_warning_only_where_the_path_is_down(health: Health) -> None:
    log, written = logs()
    log.announce(HealthChanged(route="a", path="r1", health=health, was=Health.UNKNOWN, reason="no pong for 6 s"))
    (line,) = lines(written)
    assert line == {
        "at": AT,
        "level": "warning" if health is Health.DOWN else "info",
        "event": "health-changed",
        "route": "a",
        "path": "r1",
        "health": health.value,
        "was": "unknown",
        "reason": "no pong for 6 s",
    }


def test_a_client_that_is_sent_past_the_gateway_is_a_warning_with_its_remedy() -> None:
    log, written = logs()
    log.announce(
        ClientRedirected(route="a", client="10.1.2.3:4", protocol="oracle", to="10.2.0.7:1526", remedy="a route")
    )
    (line,) = lines(written)
    assert (line["event"], line["level"], line["remedy"]) == ("client-redirected", "warning", "a route")


def test_an_incident_is_a_warning_until_it_is_over() -> None:
    log, written = logs()
    log.announce(IncidentOpened(incident="2026-11-18-1", route="a", sign="held", since_s=1.0))
    log.announce(IncidentNotExamined(incident="2026-11-18-1", reason="no doctor"))
    log.announce(IncidentClosed(incident="2026-11-18-1", routes=("a",), code=None, duration_s=2.0, proven=False))
    assert [(line["event"], line["level"]) for line in lines(written)] == [
        ("incident-opened", "warning"),
        ("incident-not-examined", "warning"),
        ("incident-closed", "info"),
    ]


def test_an_alert_is_a_warning_as_long_as_it_fires_and_its_fields_are_the_line() -> None:
    log, written = logs()
    for state in (AlertState.FIRING, AlertState.RESOLVED):
        alert = Alert(
            key="M01/r1",
            rule="outage",
            severity=Severity.PAGE,
            state=state,
            title="A router is dead",
            routes=("a",),
            since_s=1.0,
            at_s=2.0,
        )
        log.announce(AlertChanged(alert=alert))
    told = [(line["event"], line["level"], line["key"], line["state"]) for line in lines(written)]
    assert told == [
        ("alert-changed", "warning", "M01/r1", "firing"),
        ("alert-changed", "info", "M01/r1", "resolved"),
    ]


def test_a_message_that_is_not_sent_is_a_warning_until_it_is_given_up() -> None:
    log, written = logs()
    log.announce(NotificationSent(channel="slack", key="k", state=AlertState.FIRING, took_ms=1.5, tries=1))
    for will_retry in (True, False):
        log.announce(
            NotificationFailed(
                channel="slack", key="k", state=AlertState.FIRING, reason="500: no", tries=1, will_retry=will_retry
            )
        )
    told = [(line["event"], line["level"]) for line in lines(written)]
    assert told == [
        ("notification-sent", "info"),
        ("notification-failed", "warning"),
        ("notification-failed", "error"),
    ]
    assert lines(written)[1]["reason"] == "500: no"


def test_a_lost_redundancy_is_a_warning_and_single_checks_are_for_who_debugs() -> None:
    events = (
        PathChecked(route="a", path="r1", result="failed", reason="no pong", took_ms=2000.0),
        TargetProbed(route="a", path="r1", result="refused", detail="refused"),
        TailscaledSampled(egress="e", backend_state="Running", nodes=(), health=()),
        RedundancyLost(route="a", left="r2", down=("r1",)),
        RedundancyRegained(route="a", up=("r1", "r2")),
    )
    log, written = logs(level=LogLevel.DEBUG)
    for event in events:
        log.announce(event)
    assert [(line["event"], line["level"]) for line in lines(written)] == [
        ("path-checked", "debug"),
        ("target-probed", "debug"),
        ("tailscaled-sampled", "debug"),
        ("redundancy-lost", "warning"),
        ("redundancy-regained", "info"),
    ]


def test_an_outage_is_a_warning_when_it_starts_and_so_is_a_path_that_is_lost() -> None:
    log, written = logs()
    log.announce(PathChanged(route="a", path="r1", state="open", was="closed", reason="overtaken by r2"))
    log.announce(OutageStarted(route="a", code=Code.NO_ANSWER, detail="r1: nobody answered"))
    log.announce(PathChanged(route="a", path="r1", state="half-open", was="open", reason="one client tries it"))
    log.announce(OutageEnded(route="a", duration_s=2.5, served=3, refused=1))
    assert [(line["level"], line["event"]) for line in lines(written)] == [
        ("warning", "path-changed"),
        ("warning", "outage-started"),
        ("info", "path-changed"),
        ("info", "outage-ended"),
    ]
    first, second, _, last = lines(written)
    assert (first["path"], first["was"], first["state"], first["reason"]) == ("r1", "closed", "open", "overtaken by r2")
    assert (second["code"], second["detail"]) == ("tailnet.dial.no-answer", "r1: nobody answered")
    assert [last[name] for name in ("duration_s", "served", "refused", "proven")] == [2.5, 3, 1, True]


def test_a_refused_configuration_is_an_error_and_one_that_waits_for_a_restart_a_warning() -> None:
    log, written = logs()
    for event in (REFUSED, applied("admin"), applied()):
        log.announce(event)
    assert [line["level"] for line in lines(written)] == ["error", "warning", "info"]
    assert lines(written)[0]["sentence"] == "line 3 is wrong."


def test_a_journal_that_cannot_be_written_is_an_error_and_a_dial_of_a_search_a_detail() -> None:
    log, written = logs(level=LogLevel.DEBUG)
    log.announce(JournalFailed(path="/j", reason="the disk is full"))
    log.announce(JournalRecovered(path="/j", failed_for_s=2.5, lost=7))
    log.announce(
        AttemptFailed(
            route="a", path="r1", egress="e", target="10.0.0.1:1", code=Code.NO_ANSWER, detail="silent", took_ms=1.0
        )
    )
    told = [(line["level"], line["event"]) for line in lines(written)]
    assert told == [("error", "journal-failed"), ("info", "journal-recovered"), ("debug", "attempt-failed")]


def test_a_remedy_is_a_warning_where_a_person_is_needed() -> None:
    log, written = logs()
    for result in (RemedyResult.HELPED, RemedyResult.FAILED):
        log.announce(
            RemedyApplied(
                route="a", remedy=Remedy.REBIND, subject="s", why="w", result=result, detail="d", duration_ms=1.0
            )
        )
    log.announce(RemedySuggested(route="a", remedy=Remedy.REBIND, subject="s", why="w", command="tailscale debug"))
    log.announce(RemedyWithheld(route="a", remedy=Remedy.MOVE, subject="s", why="w"))
    assert [(line["level"], line["event"]) for line in lines(written)] == [
        ("info", "remedy-applied"),
        ("warning", "remedy-applied"),
        ("warning", "remedy-suggested"),
        ("info", "remedy-withheld"),
    ]


def test_what_a_tailscaled_of_our_own_does_and_says() -> None:
    log, written = logs(level=LogLevel.DEBUG)
    log.announce(TailscaledChanged(phase="running", reason="in the tailnet", pid=7, starts=1))
    log.announce(TailscaledChanged(phase="backing-off", reason="tailscaled was ended by SIGKILL", pid=None, starts=1))
    log.announce(TailscaledSaid(severity="warning", component="socks5", text="client connection failed", left_out=0))
    log.announce(TailscaledSaid(severity="info", component="control", text="client.Login(2)", left_out=3))
    told = [(line["level"], line["event"]) for line in lines(written)]
    assert told == [
        ("info", "tailscaled-changed"),
        ("warning", "tailscaled-changed"),
        ("warning", "tailscaled-said"),
        ("debug", "tailscaled-said"),
    ]
    assert (lines(written)[1]["reason"], lines(written)[2]["component"]) == (
        "tailscaled was ended by SIGKILL",
        "socks5",
    )


@pytest.mark.parametrize("log_format", LogFormat)
def test_foreign_text_cannot_forge_a_line_or_move_a_cursor(log_format: LogFormat) -> None:
    log, written = logs(log_format)
    log.announce(ended(Code.DIAL_FAILED, detail='x\n{"event":"forged"}\r\x1b[2J\x00\u202e" a=b'))
    log.logger.info("said", by="a\nb\x9bc")
    text = written.getvalue().decode()
    assert text.count("\n") == 2
    assert not any(ord(character) < 32 for character in text.replace("\n", ""))
    if log_format is LogFormat.TEXT:
        assert all(character.isprintable() for character in text.replace("\n", ""))
        assert '\\" a=b' in text


def test_text_says_the_same_in_one_readable_line() -> None:
    log, written = logs(LogFormat.TEXT)
    log.announce(ended(Code.TARGET_REFUSED))
    line = written.getvalue().decode()
    assert line.startswith(f"{AT} warning connection-ended who=target connection=7 route=8082 egress=tailnet ")
    assert "dial_ms=1.5 reached_ms=3 duration_ms=125 " in line
    assert line.endswith(f'remedy="{MEANINGS[Code.TARGET_REFUSED].remedy}"\n')


def test_what_libraries_log_arrives_as_lines_from_warnings_up() -> None:
    log, written = logs()
    root = logging.getLogger()
    before, level, uvicorn_level = root.handlers[:], root.level, logging.getLogger("uvicorn.error").level
    try:
        route_standard_logging(log.logger, describe=repr)
        logging.getLogger("some.library").info("quiet")
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
        logging.getLogger("asyncio").error("it broke", exc_info=ValueError("why"))
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logging.getLogger("uvicorn.error").setLevel(uvicorn_level)
    assert lines(written) == [
        {
            "at": AT,
            "level": "error",
            "event": "library",
            "logger": "asyncio",
            "message": "it broke",
            "error": "ValueError('why')",
        }
    ]
