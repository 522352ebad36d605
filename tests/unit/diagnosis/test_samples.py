"""Real input of other systems, kept beside the repository; skipped where it is not there."""

import io
import os
from collections import Counter
from pathlib import Path

import pytest

from farshore.core.clock import SystemClock
from farshore.diagnosis.engine import diagnose
from farshore.diagnosis.evidence import Unread
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Opener, Source
from farshore.diagnosis.published import publish

SHARED = Path(os.environ.get("FARSHORE_SHARED", Path(__file__).parents[4] / "shared"))
ANALYSIS = SHARED / "founding-analysis.md"


def opened(path: Path) -> list[Source | Unread]:
    return list(Opener(SystemClock()).open_paths([path], io.BytesIO()))


@pytest.mark.skipif(not (SHARED / "samples").is_dir(), reason="the samples are not here")
def test_no_sample_surprises_its_reader() -> None:
    found = [each for each in opened(SHARED / "samples") if isinstance(each, Source) and each.name != "INDEX.md"]
    assert found
    assert [each for each in take_in(found).unread if "made a mistake" in each.reason] == []


# What each sample says, by kind of fact, and how many of its parts can't be used.
TOLD: dict[str, tuple[dict[str, int], int]] = {
    "01-status/2020-tailaddr-era.json": ({"PeerSeen": 2}, 2),  # its addresses are redacted
    "01-status/barathanaslan-tailmon.json": ({"DaemonSeen": 1, "PeerSeen": 2}, 0),
    "01-status/inframap-d2-status.json": ({"DaemonSeen": 1, "PeerSeen": 6}, 0),
    "01-status/johejo-minimal-1.76.json": ({"DaemonSeen": 1, "PeerSeen": 2}, 0),
    "01-status/nas-doctor-status.json": ({"DaemonSeen": 1, "PeerSeen": 3}, 0),
    "01-status/swift-status-sample.json": ({"DaemonSeen": 1, "PeerSeen": 1}, 0),
    "06-diag/debug-dial-types.txt": ({"DialSucceeded": 1}, 0),
    "06-diag/netcheck-udp-false-1.9x.txt": ({"NetworkChecked": 1, "LinesGrouped": 3}, 0),
    "06-diag/ping-variants.txt": ({"PingAnswered": 9, "DaemonUnreachable": 2, "DirectNotEstablished": 2}, 0),
    "06-diag/swift-derpmap-sample.json": ({"DerpRegionListed": 3}, 0),
    "06-diag/swift-ping-derp-sample.json": ({"PingAnswered": 1}, 0),
    "06-diag/swift-ping-error-sample.json": ({"PingUnanswered": 1}, 0),
    "06-diag/swift-ping-sample.json": ({"PingAnswered": 1}, 0),
    "07-api/client-go-v2-devices.json": ({"DeviceListed": 3}, 0),
    "07-api/frenck-device.json": ({"DeviceListed": 1, "NetworkChecked": 1}, 0),
    "07-api/frenck-device_routes.json": ({"RoutesListed": 1}, 0),
    "07-api/frenck-devices.json": ({"DeviceListed": 2, "NetworkChecked": 1}, 0),
    "07-api/openapi-Device-example.json": ({"DeviceListed": 1, "NetworkChecked": 1}, 0),
    "07-api/openapi-clientConnectivity-example.json": ({"NetworkChecked": 1}, 0),
    "08-tds/freetds-prelogin-hex.txt": ({"Greeted": 1}, 0),
    "08-tds/tedious-prelogin-debug.txt": ({"Greeted": 1}, 0),
}
# Foreign lines, which the readers of logs understand better and better.
OPEN_ENDED = ("08-tds/", "06-diag/netcheck")


@pytest.mark.parametrize("name", TOLD)
def test_a_sample_says_what_it_says(name: str) -> None:
    path = SHARED / "samples" / name
    if not path.is_file():
        pytest.skip("the samples are not here")
    taken = take_in(opened(path))
    told, unread = TOLD[name]
    found = Counter(type(fact).__name__ for fact in taken.facts)
    assert {kind: found[kind] for kind in told} == told
    assert len(taken.unread) == unread
    if not name.startswith(OPEN_ENDED):
        assert found.keys() == told.keys()


@pytest.mark.skipif(not (SHARED / "samples").is_dir(), reason="the samples are not here")
def test_every_sample_of_those_kinds_is_told_of() -> None:
    folders = {name.partition("/")[0] for name in TOLD}
    files = {f"{folder}/{path.name}" for folder in folders for path in (SHARED / "samples" / folder).iterdir()}
    assert files == set(TOLD)


@pytest.mark.skipif(not ANALYSIS.is_file(), reason="the founding analysis is not here")
def test_the_founding_analysis_is_contradicted_by_its_own_evidence() -> None:
    taken = take_in(opened(ANALYSIS))
    diagnosis = diagnose(taken.facts, taken.unread)
    told = publish(diagnosis)
    assert [(v.code, set(v.candidates)) for v in told.verdicts] == [
        (None, {"M05", "M06", "M07"}),
        ("M29", {"M29"}),
        ("M36", {"M36"}),
    ]
    assert told.verdicts[0].subject.target == "172.16.20.88:1433"
    assert told.verdicts[0].subject.router == "v-BHPSTailScale"
    zombie = [finding for finding in diagnosis.findings if finding.cause.code == "M01"]
    assert {finding.confidence for finding in zombie} == {"contradicted"}
    assert any("21 ms" in ground.says for finding in zombie for ground in finding.contradicts)
    claims = {misread.id for misread in diagnosis.misreadings}
    assert claims == {f"F{number}" for number in range(1, 24)} - {"F8", "F19"}
    sentences = " ".join(ground.says for misread in diagnosis.misreadings for ground in misread.because)
    for figure in (
        "1,508 (62.7 %)",
        "643 resets are 97.6 %",
        "240 attempts remain",
        "1,103 of 55,900",
        "24 min",
        "65 x",
    ):
        assert figure in sentences
    assert told.unread == []
