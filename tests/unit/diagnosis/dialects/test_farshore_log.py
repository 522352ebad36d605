import io

import pytest
from tests.unit.surface.seen import StoppedClock, ended

from farshore.core.outcome import MEANINGS, Code
from farshore.diagnosis.dialects.farshore_log import DIALECT
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.dials import DialFailed, DialSucceeded, GatewayEnded, Wording
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.records import read_records
from farshore.surface.logs import LogFormat, LogLevel, Logs


def read(code: Code, detail: str | None = None, log_format: LogFormat = LogFormat.JSON) -> list[Fact]:
    """What the dialect makes of the line that Farshore itself writes."""
    sink = io.BytesIO()
    Logs(sink, clock=StoppedClock(), log_format=log_format, level=LogLevel.DEBUG).announce(ended(code, detail=detail))
    records = list(read_records(Document(sink.getvalue()), Origin(source="farshore.log")))
    return [fact for record in records for fact in DIALECT.read(record)]


@pytest.mark.parametrize("log_format", list(LogFormat))
@pytest.mark.parametrize("code", list(Code))
def test_every_failure_is_understood_in_both_formats(code: Code, log_format: LogFormat) -> None:
    facts = read(code, log_format=log_format)
    told = [fact for fact in facts if isinstance(fact, GatewayEnded)]
    assert [fact.code for fact in told] in ([code.value], []), code
    assert told or not MEANINGS[code].is_failure
    for fact in facts:
        assert str(getattr(fact, "target", "")) == ended(code).target
        assert fact.at is not None


@pytest.mark.parametrize(
    ("code", "detail", "wording", "elapsed_s"),
    [
        (
            Code.TARGET_REFUSED,
            "connect tcp 10.9.8.7:1433: connection was refused (after 0.02 s)",
            "tailnet-refused",
            0.02,
        ),
        (
            Code.TARGET_UNREACHABLE,
            "connect tcp 10.9.8.7:1433: no route to host (after 3.06 s)",
            "tailnet-unreachable",
            3.06,
        ),
        (Code.TARGET_REFUSED, "10.9.8.7:1433: Connection refused (ECONNREFUSED)", "refused", None),
        (Code.DIAL_FAILED, "SOCKS reply 1 (after 5.01 s)", "socks-general", 5.01),
        (Code.NO_ANSWER, "nobody answered for 3.0 s", "deadline", None),
        (Code.EGRESS_MISSING, "/run/tailscaled.sock: No such file or directory (ENOENT)", "egress-refused", None),
    ],
)
def test_a_failed_dial_keeps_its_words(code: Code, detail: str, wording: str, elapsed_s: float | None) -> None:
    (failed,) = (fact for fact in read(code, detail) if isinstance(fact, DialFailed))
    assert failed.wording is Wording(wording)
    if elapsed_s is not None or code is Code.NO_ANSWER:
        assert failed.elapsed_s == elapsed_s


def test_a_connection_that_carried_data_had_reached_its_target() -> None:
    (reached,) = read(Code.CLIENT_CLOSED)
    assert isinstance(reached, DialSucceeded)
    assert any(isinstance(fact, DialSucceeded) for fact in read(Code.UPSTREAM_CLOSED_SILENT))
    assert not any(isinstance(fact, DialSucceeded) for fact in read(Code.TARGET_REFUSED))


@pytest.mark.parametrize(
    "text", ['{"event":"connection-ended","code":"nobody.ever.was"}', "connection-ended code=", '{"code":"x"}']
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    (record,) = read_records(Document(text.encode()), Origin(source="a"))
    assert list(DIALECT.read(record)) == []
