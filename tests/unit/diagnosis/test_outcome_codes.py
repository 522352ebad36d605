"""Every way in which Farshore itself says that a connection failed leads to a cause, and to the right one."""

import io

import pytest
from tests.unit.surface.seen import StoppedClock, ended

from farshore.core.outcome import MEANINGS, ClientEnd, Code
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source
from farshore.surface.logs import LogFormat, LogLevel, Logs

CAUSES = {
    Code.UPSTREAM_RESET: {"M26"},
    Code.UPSTREAM_CLOSED_SILENT: {"M36"},
    Code.UPSTREAM_RESET_SILENT: {"M36"},
    Code.CLIENT_NOT_ALLOWED: {"M34"},
    Code.ROUTE_FULL: {"M31"},
    Code.GATEWAY_FULL: {"M31"},
    Code.DRAINING: {"M28"},
    Code.NO_DESCRIPTORS: {"M31"},
    Code.EGRESS_REFUSED: {"M23"},
    Code.EGRESS_SILENT: {"M27"},
    Code.EGRESS_MISSING: {"M23"},
    Code.EGRESS_NOT_PERMITTED: {"M23"},
    Code.HANDSHAKE_TIMEOUT: {"M27"},
    Code.HANDSHAKE_CLOSED: {"M26"},
    Code.HANDSHAKE_MALFORMED: {"M30"},
    Code.HANDSHAKE_REFUSED: {"M30"},
    Code.NO_ANSWER: {"M01", "M02", "M06", "M09", "M10", "M45"},
    Code.LEAK: {"M07"},
    Code.EGRESS_STARTING: {"M25"},
    Code.OWNER_UNCONFIRMED: {"M23", "M27"},
    Code.DIAL_FAILED: {"M05", "M06", "M07"},
    Code.NAME_UNKNOWN: {"M35"},
    Code.TARGET_REFUSED: {"M05"},
    Code.TARGET_UNREACHABLE: {"M06"},
    Code.TARGET_SILENT: {"M06"},
    Code.TARGET_MISTAKEN: {"M30"},
    Code.EGRESS_DIED: {"M26"},
    Code.ROUTER_DEAD: {"M01"},
    Code.DRAIN_CUT_DIAL: {"M28"},
    Code.DRAIN_CUT: {"M28"},
    Code.INTERNAL: {"M34"},
}
DETAILS = {
    Code.DIAL_FAILED: "SOCKS reply 1 (after 0.02 s)",
    Code.TARGET_REFUSED: "connect tcp 172.16.20.88:1433: connection was refused (after 0.02 s)",
}


def causes_of(code: Code) -> set[str]:
    """The causes that a log of nothing else makes possible."""
    sink = io.BytesIO()
    logs = Logs(sink, clock=StoppedClock(), log_format=LogFormat.TEXT, level=LogLevel.DEBUG)
    logs.announce(ended(code, detail=DETAILS.get(code, "as it was")))
    if code is Code.NAME_UNKNOWN:
        sink = io.BytesIO(sink.getvalue().replace(ended(code).target.encode(), b"ledger.internal:1433"))
    taken = take_in([Source(name="farshore.log", data=sink.getvalue())])
    verdicts = diagnose(taken.facts, taken.unread).verdicts
    return {finding.cause.code for verdict in verdicts for finding in verdict.candidates}


def is_of_connections(code: Code) -> bool:
    """Whether a client's connection may end so; the others are what a probe says."""
    return MEANINGS[code].client_end is not ClientEnd.NO_CLIENT


@pytest.mark.parametrize("code", [code for code in Code if MEANINGS[code].is_failure and is_of_connections(code)])
def test_a_failure_has_its_cause(code: Code) -> None:
    assert causes_of(code) >= CAUSES[code]


@pytest.mark.parametrize(
    "code", [code for code in Code if not MEANINGS[code].is_failure and code is not Code.HALF_CLOSE]
)
def test_an_orderly_end_is_no_fault(code: Code) -> None:
    assert causes_of(code) == ({"M32"} if code is Code.HALF_CLOSE else set())
