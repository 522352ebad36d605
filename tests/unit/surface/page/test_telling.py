import pytest
from tests.unit.surface.page.showing import end

from farshore.core.alerts import SilenceEnded
from farshore.core.events import Event, Health, HealthChanged, OutageEnded, OutageStarted, PathChecked, RemedyWithheld
from farshore.core.incidents import IncidentExamined
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy
from farshore.surface.page.telling import Tone, line_of

EXAMINED = IncidentExamined(
    incident="i-1",
    routes=("a",),
    code="M01",
    title="Router has died",
    confidence="proven",
    candidates=(),
    router="r1",
    target="",
    command="",
    took_ms=1,
)


@pytest.mark.parametrize(
    ("event", "tone", "words"),
    [
        (end(Code.LEAK, detail="no route"), Tone.BAD, "failed with tailnet.dial.leak: no route"),
        (
            HealthChanged(route="a", path="r1", health=Health.DOWN, was=Health.UP, reason="no pong"),
            Tone.BAD,
            "r1 is down",
        ),
        (OutageStarted(route="a", code=Code.NO_ANSWER, detail="silent"), Tone.BAD, "clients are held: silent"),
        (OutageEnded(route="a", duration_s=61, served=2, refused=1), Tone.GOOD, "over after 1 min 1 s, 2 held"),
        (
            RemedyWithheld(route="a", remedy=Remedy.MOVE, subject="r1", why="it is up"),
            Tone.PLAIN,
            "move-route on r1: withheld",
        ),
        (SilenceEnded(number=3, routes=()), Tone.PLAIN, "silence 3 of everything is over"),
        (EXAMINED, Tone.DOUBT, "M01 Router has died (proven)"),
    ],
)
def test_what_matters_is_told(event: Event, tone: Tone, words: str) -> None:
    told = line_of(event)
    assert told is not None
    assert told[0] is tone
    assert words in told[1]


@pytest.mark.parametrize(
    "event",
    [end(), PathChecked(route="a", path="r1", result="answered", reason="", took_ms=1)],
    ids=["ended", "checked"],
)
def test_what_is_routine_is_not(event: Event) -> None:
    assert line_of(event) is None
