import msgspec
import pytest

from farshore.core.clock import SystemClock
from farshore.core.events import (
    Health,
    HealthChanged,
    OutageEnded,
    OutageStarted,
    PathChanged,
    RedundancyLost,
    TailscaledChanged,
    TailscaledSaid,
)
from farshore.core.outcome import Code
from farshore.diagnosis.dialects.farshore_events import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.gateway import KeptDaemonChanged, OutageToldOf, PathShifted, RedundancyChanged
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.records import Record, read_records
from farshore.surface.logs import LogFormat, LogLevel, Logs


class Lines:
    def __init__(self) -> None:
        self.written = b""

    def write(self, line: bytes, /) -> object:
        self.written += line.rstrip(b"\n") + b"\n"
        return None

    def flush(self) -> object:
        return None


def records(event: msgspec.Struct, log_format: LogFormat) -> list[Record]:
    """What the gateway's own logger writes of an event, as the diagnosis sees it."""
    sink = Lines()
    Logs(sink, clock=SystemClock(), log_format=log_format, level=LogLevel.DEBUG).announce(event)  # type: ignore[arg-type]
    return list(read_records(Document(sink.written), Origin(source="farshore.log")))


def read(event: msgspec.Struct, log_format: LogFormat) -> Fact:
    (record,) = records(event, log_format)
    assert record.time is not None
    (fact,) = DIALECT.read(record)
    return fact


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_what_the_gateway_logs_is_read_back(log_format: LogFormat) -> None:
    began = read(OutageStarted(route="ledger", code=Code.NO_ANSWER, detail='for "7.0 s"'), log_format)
    assert isinstance(began, OutageToldOf)
    assert (began.route, began.ended, began.code, began.detail) == (
        "ledger",
        False,
        "tailnet.dial.no-answer",
        'for "7.0 s"',
    )
    over = read(OutageEnded(route="ledger", duration_s=10.5, served=4, refused=2, proven=False), log_format)
    assert isinstance(over, OutageToldOf)
    assert (over.ended, over.duration_s, over.served, over.refused, over.proven) == (True, 10.5, 4, 2, False)
    path = read(PathChanged(route="ledger", path="a", state="open", was="closed", reason="3 failed"), log_format)
    assert isinstance(path, PathShifted)
    assert (path.path, path.now, path.was, path.reason) == ("a", "open", "closed", "3 failed")
    health = read(
        HealthChanged(route="ledger", path="a", health=Health.DOWN, was=Health.UP, reason="pings"), log_format
    )
    assert isinstance(health, PathShifted)
    assert (health.now, health.was) == ("down", "up")
    lost = read(RedundancyLost(route="ledger", left="b", down=("a",)), log_format)
    assert isinstance(lost, RedundancyChanged)
    assert (lost.lost, lost.left) == (True, "b")
    daemon = read(TailscaledChanged(phase="backing-off", reason="it ended", pid=None, starts=3), log_format)
    assert isinstance(daemon, KeptDaemonChanged)
    assert (daemon.phase, daemon.reason, daemon.starts) == ("backing-off", "it ended", 3)


@pytest.mark.parametrize("log_format", list(LogFormat))
def test_what_its_tailscaled_said_reads_as_if_it_had_said_it_itself(log_format: LogFormat) -> None:
    said = TailscaledSaid(severity="warning", component="magicsock", text='derp-1 "gone"', left_out=0)
    (record,) = records(said, log_format)
    assert (record.text, record.speaker) == ('magicsock: derp-1 "gone"', "tailscaled")
    assert record.time is not None


def test_an_event_that_it_does_not_know_is_nothing() -> None:
    (record,) = read_records(Document(b'{"event":"unheard-of","route":"a"}'), Origin(source="a"))
    assert list(DIALECT.read(record)) == []
