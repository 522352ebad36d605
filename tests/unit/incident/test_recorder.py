"""What is opened, examined, merged and closed, and what is told of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
from tests.unit.incident.making import published
from tests.unit.surface.seen import StoppedClock, ended, path_state, route_state

from farshore.core.events import Event, Health, HealthChanged, OutageEnded, OutageStarted, RemedyApplied
from farshore.core.incidents import (
    IncidentClosed,
    IncidentExamined,
    IncidentMerged,
    IncidentNotExamined,
    IncidentNotKept,
    IncidentOpened,
)
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy, RemedyResult
from farshore.gateway.state import RouteState
from farshore.incident import recorder as room
from farshore.incident.book import TOGETHER_S, Incident
from farshore.incident.examiner import FIRST_WITHIN_S, WITHIN_S, Examined, NotExamined
from farshore.incident.record import Record, record_of
from farshore.incident.recorder import AGAIN_S, MARGIN_S, Around, Recorder
from farshore.incident.shelf import Shelf
from farshore.incident.threshold import WELL_S

pytestmark = pytest.mark.anyio


@dataclass
class Doctor:
    """Says what it is told to; the last thing again where it is told nothing new."""

    says: list[Examined | NotExamined] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    within_s: list[float] = field(default_factory=list)
    since_s: list[float] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    """What happens while it looks."""

    async def examine(self, routes: Sequence[str], *, within_s: float, since_s: float) -> Examined | NotExamined:
        self.asked.append(tuple(routes))
        self.since_s.append(since_s)
        self.within_s.append(within_s)
        self.before()
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]


def says(code: str | None, router: str = "r1") -> Examined:
    return Examined(diagnosis=published(code, router=router, candidates=() if code else ("M01", "M05")), bundle=b"")


class SlowShelf(Shelf):
    """Takes a while to save, so that whoever doesn't wait for it reads what was there before."""

    def save(self, record: Record) -> None:
        time.sleep(0.05)
        super().save(record)


@dataclass
class Clerk:
    """Writes reports, or says why not; remembers what was in the folder then."""

    folder: Path
    reason: str | None = None
    asked: list[tuple[str, bool]] = field(default_factory=list)

    async def report(self, incident: str) -> str | None:
        record = msgspec.json.decode((self.folder / incident / "incident.json").read_bytes())
        self.asked.append((incident, record["closed_s"] is not None))
        return self.reason


@dataclass
class Scene:
    recorder: Recorder
    clock: StoppedClock
    doctor: Doctor
    states: dict[str, RouteState]
    told: asyncio.Queue[Event]

    def fail(self, route: str, times: int = 3, code: Code = Code.NO_ANSWER) -> None:
        for _ in range(times):
            one = msgspec.structs.replace(ended(code), route=route, started_at_s=self.clock.now_s, duration_ms=0)
            self.recorder.announce(one)

    def serve(self, route: str) -> None:
        self.fail(route, 1, Code.CLIENT_CLOSED)

    async def next(self) -> Event:
        async with asyncio.timeout(10):
            return await self.told.get()

    async def looks(self, times: int = 3) -> None:
        """Let it look so often, with nothing to say."""
        for _ in range(times * 4):
            await asyncio.sleep(room.LOOK_S)
        assert self.told.empty(), self.told.get_nowait()


@asynccontextmanager
async def scene(
    monkeypatch: pytest.MonkeyPatch,
    *said: Examined | NotExamined,
    shelf: Shelf | None = None,
    clock: StoppedClock | None = None,
    clerk: Clerk | None = None,
) -> AsyncIterator[Scene]:
    monkeypatch.setattr(room, "LOOK_S", 0.002)
    told: asyncio.Queue[Event] = asyncio.Queue()
    clock = clock or StoppedClock()
    doctor, states = Doctor([*said]), {name: route_state(name) for name in ("a", "b")}
    around = Around(
        routes=lambda: list(states.values()), examiner=doctor, announce=told.put_nowait, clock=clock, reporter=clerk
    )
    recorder = Recorder(around, shelf)
    running = asyncio.create_task(recorder.run())
    try:
        yield Scene(recorder=recorder, clock=clock, doctor=doctor, states=states, told=told)
    finally:
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()


async def test_an_incident_from_its_opening_to_its_close(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        since_s = on.clock.now_s
        on.fail("a")
        assert await on.next() == IncidentOpened(
            incident="2023-11-14-1", route="a", sign="failures", since_s=round(since_s, 3)
        )
        examined = await on.next()
        assert isinstance(examined, IncidentExamined)
        assert (examined.code, examined.router, examined.routes, on.doctor.asked) == ("M01", "r1", ("a",), [("a",)])
        on.clock.now_s += 20
        on.fail("a", 1)
        on.clock.now_s += WELL_S - 1
        on.serve("a")
        await on.looks()
        on.clock.now_s += 1
        closed = IncidentClosed(incident="2023-11-14-1", routes=("a",), code="M01", duration_s=20, proven=True)
        assert await on.next() == closed


async def test_a_clock_that_is_set_back_delays_neither_the_next_look_nor_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene(monkeypatch, says("M01"), says("M02")) as on:
        on.clock.now_s += 3_600
        on.fail("a")
        assert isinstance(await on.next(), IncidentOpened)
        assert isinstance(await on.next(), IncidentExamined)
        on.clock.now_s -= 3_600
        on.fail("a")
        await on.looks()
        assert len(on.doctor.asked) == 2
        on.clock.now_s += WELL_S
        closed = await on.next()
        assert isinstance(closed, IncidentClosed)
        assert closed.duration_s >= 0


async def test_what_happened_to_paths_shortly_before_and_in_its_course_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(path: str, route: str = "a") -> HealthChanged:
        return HealthChanged(route=route, path=path, health=Health.DOWN, was=Health.UP, reason="no answer")

    helped = RemedyApplied(
        route="a",
        remedy=Remedy.RESTART,
        subject="ts.sock",
        why="no path",
        result=RemedyResult.HELPED,
        detail="",
        duration_ms=1.0,
    )
    async with scene(monkeypatch, says("M01")) as on:
        on.recorder.announce(down("long ago"))
        on.clock.now_s += room.BEFORE_S + 1
        on.recorder.announce(down("r1"))
        on.recorder.announce(down("elsewhere", "b"))
        on.fail("a")
        assert isinstance(await on.next(), IncidentOpened)
        await on.next()
        on.recorder.announce(helped)
        on.recorder.announce(down("r2"))
        (record,) = on.recorder.records()
        assert [each.path for each in record.paths] == ["r1", "r2"]
        assert [(each.remedy, each.result) for each in record.remedies] == [(Remedy.RESTART, RemedyResult.HELPED)]
        on.clock.now_s += WELL_S
        closed = await on.next()
        assert isinstance(closed, IncidentClosed)
        (record,) = on.recorder.records()
        assert record.ended_s == record.since_s + closed.duration_s


async def test_what_was_alike_before_is_told_with_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        for told in ("", "the same cause and subject once before, since 2023-11-14"):
            on.fail("a")
            assert isinstance(await on.next(), IncidentOpened)
            examined = await on.next()
            assert isinstance(examined, IncidentExamined)
            assert (examined.before == "") is (told == "")
            assert examined.before.startswith(told)
            on.clock.now_s += WELL_S
            assert isinstance(await on.next(), IncidentClosed)
            on.clock.now_s += 1


async def test_the_report_is_written_once_the_record_says_that_it_is_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clerk = Clerk(folder=tmp_path, reason="the disk is full")
    shelf = SlowShelf(folder=tmp_path, keep=10)
    async with scene(monkeypatch, says("M01"), shelf=shelf, clerk=clerk) as on:
        on.fail("a")
        assert isinstance(await on.next(), IncidentOpened)
        await on.next()
        on.clock.now_s += WELL_S
        closed = await on.next()
        assert isinstance(closed, IncidentClosed)
        assert await on.next() == IncidentNotKept(
            incident=closed.incident, reason="its report is not written: the disk is full"
        )
        assert clerk.asked == [(closed.incident, True)]
        await on.looks()
        assert len(clerk.asked) == 1


async def test_a_report_that_the_last_gateway_did_not_come_to_is_written_by_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shelf, clock = Shelf(folder=tmp_path, keep=10), StoppedClock()

    def kept(number: int, closed_s: float, merged_into: str | None = None) -> None:
        incident = Incident(
            id=f"2023-11-13-{number}", since_s=1.0, opened_s=2.0, closed_s=closed_s, merged_into=merged_into
        )
        shelf.save(record_of(incident))

    kept(1, clock.now_s - room.LATE_S - 1)
    kept(2, clock.now_s - 60)
    kept(3, clock.now_s - 50)
    kept(4, clock.now_s - 40, merged_into="2023-11-13-3")
    shelf.save_report("2023-11-13-2", "report.json", b"{}")
    clerk = Clerk(folder=tmp_path)
    async with scene(monkeypatch, says("M01"), shelf=shelf, clock=clock, clerk=clerk) as on:
        await on.looks()
    assert clerk.asked == [("2023-11-13-3", True)]


async def test_what_is_concluded_again_is_no_news_and_what_changes_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says(None), says(None), says("M01")) as on:
        on.fail("a")
        assert isinstance(await on.next(), IncidentOpened)
        first = await on.next()
        assert isinstance(first, IncidentExamined)
        assert (first.code, first.candidates) == (None, ("M01", "M05"))
        on.clock.now_s += AGAIN_S[0]
        await on.looks()
        on.clock.now_s += AGAIN_S[1]
        second = await on.next()
        assert isinstance(second, IncidentExamined)
        assert (second.code, len(on.doctor.asked)) == ("M01", 3)


async def test_what_is_seen_while_it_is_mended_makes_nothing_less_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01"), says(None), says("M01"), says(None)) as on:
        on.fail("a")
        await on.next()
        assert isinstance(await on.next(), IncidentExamined)
        (incident,) = on.recorder.book.open.values()
        for wait_s in AGAIN_S[:3]:
            assert [reached.conclusion.code for reached in incident.history] == ["M01"]
            on.clock.now_s += wait_s
            on.fail("a", 1)
            await on.looks()
        assert len(on.doctor.asked) == 4
        on.clock.now_s += AGAIN_S[3]
        on.fail("a", 1)
        twice = await on.next()
        assert isinstance(twice, IncidentExamined)
        assert (twice.code, twice.candidates) == (None, ("M01", "M05"))


@pytest.mark.parametrize("still_fails", [False, True])
async def test_no_other_root_is_found_while_clients_are_served_again(
    monkeypatch: pytest.MonkeyPatch, *, still_fails: bool
) -> None:
    async with scene(monkeypatch, says("M01"), says("M03")) as on:
        on.fail("a")
        await on.next()
        assert isinstance(await on.next(), IncidentExamined)
        on.clock.now_s += 1
        on.serve("a")
        if still_fails:
            on.doctor.before = lambda: on.fail("a", 1)
        on.clock.now_s += AGAIN_S[0]
        if still_fails:
            await on.looks()
            on.clock.now_s += AGAIN_S[1]
            told = await on.next()
            assert isinstance(told, IncidentExamined)
            assert told.code == "M03"
            assert len(on.doctor.asked) == 3
        else:
            await on.looks()
            assert len(on.doctor.asked) == 2
        (record,) = on.recorder.records()
        assert [each.conclusion.code for each in record.verdicts] == ["M01", "M03"][: 1 + still_fails]


@pytest.mark.parametrize(("health", "told"), [(Health.UP, ["M01"]), (Health.DOWN, ["M01", "M03"])])
async def test_no_other_root_is_found_while_a_path_comes_back(
    monkeypatch: pytest.MonkeyPatch, health: Health, told: list[str]
) -> None:
    async with scene(monkeypatch, says("M01"), says("M03")) as on:
        on.fail("a")
        await on.next(), await on.next()
        changed = HealthChanged(route="a", path="r1", health=health, was=Health.SUSPECT, reason="")
        on.doctor.before = lambda: on.recorder.announce(changed)
        on.clock.now_s += AGAIN_S[0]
        await on.looks()
        on.clock.now_s += AGAIN_S[1]
        if len(told) == 1:
            await on.looks()
        else:
            assert isinstance(await on.next(), IncidentExamined)
        assert len(on.doctor.asked) == 3
        (record,) = on.recorder.records()
        assert [each.conclusion.code for each in record.verdicts] == told


async def test_one_route_is_looked_at_first_and_more_of_them_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        on.fail("a")
        on.fail("b")
        assert isinstance(await on.next(), IncidentOpened)
        assert isinstance(await on.next(), IncidentExamined)
        on.clock.now_s += AGAIN_S[0]
        await on.looks()
        assert on.doctor.asked == [("a",), ("a", "b")]
        assert on.doctor.within_s == [FIRST_WITHIN_S, WITHIN_S]
        assert set(on.doctor.since_s) == {next(iter(on.recorder.book.open.values())).since_s - MARGIN_S}


async def test_a_change_of_health_asks_again_soon_and_not_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        on.fail("a")
        await on.next(), await on.next()
        on.clock.now_s += AGAIN_S[0]
        await on.looks()
        changed = HealthChanged(route="a", path="r1", health=Health.DOWN, was=Health.UP, reason="no answer")
        on.recorder.announce(changed)
        on.clock.now_s += AGAIN_S[0] - 1
        await on.looks()
        assert len(on.doctor.asked) == 2
        on.clock.now_s += 1
        await on.looks()
        assert len(on.doctor.asked) == 3


async def test_a_second_route_with_the_same_root_goes_into_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        on.fail("a")
        await on.next(), await on.next()
        on.clock.now_s += TOGETHER_S + 1
        on.fail("b")
        opened = await on.next()
        assert isinstance(opened, IncidentOpened)
        assert await on.next() == IncidentMerged(incident=opened.incident, into="2023-11-14-1", routes=("b",))
        assert list(on.recorder.book.open) == ["2023-11-14-1"]


async def test_where_nothing_can_be_seen_it_says_so_and_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, NotExamined(reason="no doctor"), says("M01")) as on:
        on.fail("a")
        await on.next()
        assert await on.next() == IncidentNotExamined(incident="2023-11-14-1", reason="no doctor")
        on.clock.now_s += AGAIN_S[0]
        assert isinstance(await on.next(), IncidentExamined)


async def test_held_clients_open_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        on.recorder.announce(OutageStarted(route="a", code=Code.NO_ANSWER, detail=""))
        await on.looks()
        on.clock.now_s += 1
        opened = await on.next()
        assert isinstance(opened, IncidentOpened)
        assert opened.sign == "held"
        await on.next()
        on.recorder.announce(OutageEnded(route="a", duration_s=1, served=1, refused=0))
        on.serve("a")
        on.clock.now_s += 2 * WELL_S
        assert isinstance(await on.next(), IncidentClosed)


async def test_paths_that_are_all_down_open_one_before_any_client_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        on.states["a"] = route_state("a", paths=(replace(path_state("r1"), health=Health.DOWN),))
        opened = await on.next()
        assert isinstance(opened, IncidentOpened)
        assert (opened.route, opened.sign) == ("a", "paths down")


async def test_a_route_that_is_taken_away_closes_its_incident_and_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        on.fail("a")
        await on.next(), await on.next()
        del on.states["a"]
        closed = await on.next()
        assert isinstance(closed, IncidentClosed)
        assert not closed.proven


async def test_clients_that_are_turned_away_by_rule_open_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        on.fail("a", 10, Code.CLIENT_NOT_ALLOWED)
        await on.looks()
        assert on.doctor.asked == []


async def test_it_goes_on_after_a_restart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shelf, clock = Shelf(folder=tmp_path, keep=10), StoppedClock()
    async with scene(monkeypatch, says(None), shelf=shelf, clock=clock) as on:
        on.fail("a")
        await on.next(), await on.next()
    clock.now_s += 5
    async with scene(monkeypatch, says("M01"), shelf=shelf, clock=clock) as on:
        examined = await on.next()
        assert isinstance(examined, IncidentExamined)
        assert (examined.incident, examined.code) == ("2023-11-14-1", "M01")
        clock.now_s += WELL_S
        closed = await on.next()
        assert isinstance(closed, IncidentClosed)
        on.fail("b")
        opened = await on.next()
        assert isinstance(opened, IncidentOpened)
        assert opened.incident == "2023-11-14-2"
    first, second = shelf.records()
    assert [verdict.conclusion.code for verdict in first.verdicts] == [None, "M01"]
    assert first.closed_s == pytest.approx(clock.now_s)
    assert (first.proven, second.closed_s) == (False, None)


async def test_one_that_went_into_another_does_not_come_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shelf = Shelf(folder=tmp_path, keep=10)
    async with scene(monkeypatch, says("M01"), shelf=shelf) as on:
        on.fail("a")
        await on.next(), await on.next()
        on.clock.now_s += TOGETHER_S + 1
        on.fail("b")
        await on.next(), await on.next()
    assert [(each.merged_into, set(each.routes)) for each in shelf.records()] == [
        (None, {"a", "b"}),
        ("2023-11-14-1", {"b"}),
    ]
    async with scene(monkeypatch, says("M01"), shelf=shelf) as on:
        assert [each.id for each in on.recorder.book.open.values()] == ["2023-11-14-1"]


async def test_a_folder_that_cannot_be_written_is_told_and_nothing_stops(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    async with scene(monkeypatch, says("M01"), shelf=Shelf(folder=tmp_path / "file", keep=10)) as on:
        on.fail("a")
        kinds = {type(await on.next()) for _ in range(4)}
        assert kinds == {IncidentOpened, IncidentNotKept, IncidentExamined}


async def test_the_records_are_the_open_ones_and_the_last_that_were_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        on.fail("a")
        await on.next(), await on.next()
        del on.states["a"]
        await on.next()
        on.fail("b")
        await on.next(), await on.next()
        assert [(each.id, each.closed_s is None) for each in on.recorder.records()] == [
            ("2023-11-14-1", False),
            ("2023-11-14-2", True),
        ]


async def test_clients_are_told_of_an_incident_as_long_as_their_route_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(monkeypatch, says("M01")) as on:
        assert on.recorder.remark("a") == ""
        on.fail("a")
        assert isinstance(await on.next(), IncidentOpened)
        assert isinstance(await on.next(), IncidentExamined)
        assert on.recorder.remark("a") == "incident 2023-11-14-1 (M01)"
        assert on.recorder.remark("b") == ""
        on.clock.now_s += WELL_S
        assert isinstance(await on.next(), IncidentClosed)
        assert on.recorder.remark("a") == ""
