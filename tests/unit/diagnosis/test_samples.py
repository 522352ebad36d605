"""Real input of other systems, kept beside the repository; skipped where it is not there."""

import io
import os
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


@pytest.mark.skipif(not ANALYSIS.is_file(), reason="the founding analysis is not here")
def test_the_founding_analysis_is_contradicted_by_its_own_evidence() -> None:
    taken = take_in(opened(ANALYSIS))
    diagnosis = diagnose(taken.facts, taken.unread)
    told = publish(diagnosis)
    assert [(v.code, set(v.candidates)) for v in told.verdicts] == [
        (None, {"M05", "M06", "M07"}),
        ("M36", {"M36"}),
        ("M29", {"M29"}),
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
