"""A check that goes on: with what it was, or not at all."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from farshore.app.exits import Exit, Refusal
from farshore.app.probe_begin import Asked, Begun, begin, times_of
from farshore.app.probe_subject import Subject, subject
from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.core.health_check import ProbeDone
from farshore.store.database import NotOpened, open_writable
from farshore.store.rows import Insert
from farshore.watch.health_check.keeping import row_of_plan, row_of_probe

pytestmark = pytest.mark.anyio

TARGET, ELSEWHERE = "172.16.20.88:5432", "172.16.20.89:5432"


def asked(folder: Path) -> Asked:
    return Asked(
        what="db",
        lasting="10s",
        every="1s",
        concurrency=None,
        slo=None,
        query=None,
        path=None,
        every_path=False,
        direct=False,
        resume=False,
        journal=folder / "probe.db",
        config=None,
        format="text",
    )


def chosen(target: str = TARGET, protocol: str = "postgres") -> Subject:
    route = {"name": "db", "listen": "8082", "target": target, "protocol": protocol}
    config = Config.model_validate({"egresses": {"out": {"kind": "direct"}}, "routes": [route]})
    found = subject("db", None, config, SystemClock())
    assert not isinstance(found, Refusal)
    return found


def begun(wishes: Asked, ends: ExitStack, found: Subject | None = None, query: str | None = "SELECT 1") -> object:
    times = times_of(wishes)
    assert not isinstance(times, Refusal)
    return begin(replace(wishes, query=query), times, found or chosen(), SystemClock(), ends)


def refusal(of: object) -> str:
    assert isinstance(of, Refusal), of
    assert of.exit is Exit.USAGE
    return of.sentence


def write(journal: Path, *rows: Insert) -> None:
    connection = open_writable(journal)
    assert not isinstance(connection, NotOpened)
    with closing(connection):
        for row in rows:
            (at_us,) = connection.execute(f"SELECT ifnull(max(at_us), 0) + 1 FROM {row.table}").fetchone()  # noqa: S608 - words of the code
            names, marks = ", ".join(row.columns), ", ".join("?" * (len(row.columns) + 2))
            sql = f"INSERT INTO {row.table} (at_us, run, {names}) VALUES ({marks})"  # noqa: S608 - words of the code
            connection.execute(sql, (at_us, 1, *row.values))
        connection.commit()


def probed(check: Begun, count: int) -> Iterator[Insert]:
    """What is in the journal after so many probes."""
    yield row_of_plan(check.plan)
    for number in range(count):
        due_us = check.plan.check + number * check.plan.every_us
        done = ProbeDone(
            number=number, path="p", due_us=due_us, late_us=0, took_us=1, code=None, detail="", layers={}, stretch=1
        )
        yield row_of_probe(check.plan, done)


@pytest.fixture
def interrupted(tmp_path: Path) -> Begun:
    """Four of ten due times have come."""
    with ExitStack() as ends:
        check = begun(asked(tmp_path), ends)
        assert isinstance(check, Begun)
        write(check.journal, *probed(check, 4))
    return check


async def test_the_same_command_goes_on(interrupted: Begun, tmp_path: Path) -> None:
    with ExitStack() as ends:
        check = begun(replace(asked(tmp_path), resume=True), ends)
        assert isinstance(check, Begun)
    assert (check.plan, check.first) == (interrupted.plan, 4)


async def test_what_is_not_said_is_as_it_was(interrupted: Begun, tmp_path: Path) -> None:
    with ExitStack() as ends:
        check = begun(replace(asked(tmp_path), resume=True, lasting=None, every=None), ends)
        assert isinstance(check, Begun)
    assert check.plan == interrupted.plan


@pytest.mark.usefixtures("interrupted")
async def test_what_somebody_is_at_is_not_gone_on_with(tmp_path: Path) -> None:
    again = replace(asked(tmp_path), resume=True)
    with ExitStack() as ends, ExitStack() as others:
        assert isinstance(begun(again, ends), Begun)
        assert "cannot be gone on with: another process is at it" in refusal(begun(again, others))
    with ExitStack() as ends:
        assert isinstance(begun(again, ends), Begun)


async def test_a_new_check_is_claimed_from_its_beginning(tmp_path: Path) -> None:
    with ExitStack() as ends, ExitStack() as others:
        check = begun(asked(tmp_path), ends)
        assert isinstance(check, Begun)
        write(check.journal, *probed(check, 1))
        assert "another process is at it" in refusal(begun(replace(asked(tmp_path), resume=True), others))


async def test_what_is_finished_is_not_gone_on_with(tmp_path: Path) -> None:
    with ExitStack() as ends:
        check = begun(asked(tmp_path), ends)
        assert isinstance(check, Begun)
        write(check.journal, *probed(check, 10))
    with ExitStack() as ends:
        said = refusal(begun(replace(asked(tmp_path), resume=True), ends))
    assert "the last check of db is finished: all of its 10 due times have come; start another one" in said


@pytest.mark.usefixtures("interrupted")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"every": "500ms", "lasting": "5s"}, "--every 1s, and this command 0.5s"),
        ({"lasting": "20s"}, "so many due times: 10, and this command 20"),
        ({"concurrency": 5}, "--concurrency 32, and this command 5"),
        ({"slo": 90.0}, "--slo 99.5, and this command 90.0"),
    ],
)
async def test_what_is_said_otherwise_is_refused_with_both(
    changes: dict[str, object], says: str, tmp_path: Path
) -> None:
    with ExitStack() as ends:
        said = refusal(begun(replace(asked(tmp_path), resume=True, **changes), ends))  # type: ignore[arg-type]
    assert says in said
    assert "without --resume" in said


@pytest.mark.usefixtures("interrupted")
@pytest.mark.parametrize(
    ("target", "protocol", "query", "says"),
    [
        (ELSEWHERE, "postgres", "SELECT 1", f"the target {TARGET}, and this command {ELSEWHERE}"),
        (TARGET, "mysql", "SELECT 1", "the protocol postgres, and this command mysql"),
        (TARGET, "postgres", "SELECT 2", "the query SELECT 1, and this command SELECT 2"),
        (TARGET, "postgres", None, "the query SELECT 1, and this command nothing beyond the greeting"),
    ],
)
async def test_what_the_configuration_says_otherwise_is_refused_with_both(
    target: str, protocol: str, query: str | None, says: str, tmp_path: Path
) -> None:
    with ExitStack() as ends:
        said = refusal(begun(replace(asked(tmp_path), resume=True), ends, chosen(target, protocol), query))
    assert says in said
