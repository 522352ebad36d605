"""Real log lines and driver errors of other systems, kept beside the repository; skipped where they are not there.

Every line counts: what no dialect understands stands in a group, and the groups' counts make up the rest.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.clients import DriverFailed
from farshore.diagnosis.facts.dials import PendingOpen, RelayBroke, RouterDialFailed
from farshore.diagnosis.facts.statements import LinesGrouped
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.records import read_records
from farshore.diagnosis.intake.sources import Source

SAMPLES = Path(os.environ.get("FARSHORE_SHARED", Path(__file__).parents[4] / "shared")) / "samples"

EXPECTED = {
    "04-tailscaled-logs/go-forwarder-closed-conn.txt": {"teardown": 11, "broken": 3},
    "04-tailscaled-logs/health-warnables.txt": {"HealthWarned": 6, "StateChanged": 1, "counted": 18},
    "04-tailscaled-logs/key-expiry-lines.txt": {
        "StateChanged": 3,
        "DerpChanged": 2,
        "HealthWarned": 2,
        "LoginFailed": 7,
        "counted": 12,
    },
    "04-tailscaled-logs/netstack-backend-refused.txt": {
        "kernel-refused": 3,
        "kernel-unreachable": 1,
        "broken": 2,
        "DerpChanged": 1,
        "counted": 6,
    },
    "04-tailscaled-logs/openconntrack-variants.txt": {
        "no-peer": 5,
        "unanswered": 6,
        "unknown-to-wireguard": 2,
        "counted": 5,
    },
    "05-driver-errors/hikaricp.txt": {"counted": 11},
    "05-driver-errors/mssql-prelogin.txt": {
        "mssql-jdbc closed-before-reply": 3,
        "mssql-jdbc reset-before-reply": 4,
        "mssql-jdbc tls-failed": 1,
        "counted": 7,
    },
    "05-driver-errors/postgres-libpq.txt": {
        "libpq closed-before-reply": 1,
        "libpq died-established": 2,
        "libpq other": 4,
    },
}


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_a_sample_says(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    taken = take_in([Source(name=name, data=data)])
    assert taken.unread == []
    told: Counter[str] = Counter()
    for fact in taken.facts:
        told[_kind(fact)] += fact.count if isinstance(fact, LinesGrouped) else 1
    assert dict(told) == EXPECTED[name]
    records = list(read_records(Document(data), Origin(source=name)))
    understood = {fact.evidence.line for fact in taken.facts if not isinstance(fact, LinesGrouped)}
    assert told["counted"] == sum(record.count for record in records if record.line not in understood)


def _kind(fact: Fact) -> str:
    match fact:
        case LinesGrouped():
            return "counted"
        case RelayBroke():
            return "teardown" if fact.closed_here else "broken"
        case PendingOpen():
            return fact.verdict
        case RouterDialFailed():
            return fact.wording.value
        case DriverFailed():
            return f"{fact.driver} {fact.symptom.value}"
        case _:
            return type(fact).__name__


def test_every_sample_of_logs_and_drivers_is_expected() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the samples are not here")
    there = {str(path.relative_to(SAMPLES)) for path in SAMPLES.glob("0[45]-*/*.txt")}
    assert there == set(EXPECTED)
