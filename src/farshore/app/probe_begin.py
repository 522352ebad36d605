"""How a check begins: as a new one, or as the rest of one that was interrupted and that nobody else goes on with."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path as File
from typing import TypeVar

from farshore.app.exits import Exit, Refusal
from farshore.app.probe_subject import Subject
from farshore.config.fields import UnfitError, read_duration
from farshore.config.model import Config
from farshore.core.clock import Clock
from farshore.core.health_check import Plan
from farshore.store.database import NotOpened, open_writable
from farshore.store.retention import Keep
from farshore.watch.health_check.claim import claimed
from farshore.watch.health_check.keeping import Kept, latest

T = TypeVar("T")

OWN_JOURNAL = File("farshore-probe.db")
# A journal of its own is the report's evidence: nothing of it goes by itself.
KEEP_ALL = Keep(bulky_s=10 * 366 * 86400.0, rare_s=10 * 366 * 86400.0, max_bytes=1 << 40)
LASTING, EVERY, CONCURRENCY, SLO = "20h", "1s", 32, 99.5
SHORTEST_S = 0.001
MOST_PROBES = 10_000_000
# What a check that hears the greeting asks.
GREETING = "nothing beyond the greeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants probed, how, and how it is to be shown; None where they left it to the default."""

    what: str
    lasting: str | None
    every: str | None
    concurrency: int | None
    slo: float | None
    query: str | None
    path: str | None
    every_path: bool
    direct: bool
    resume: bool
    journal: File | None
    config: File | None
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How far apart probes are due, and for how long, in whole microseconds; None where nobody said."""

    every_us: int | None
    lasting_us: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A check that is this process's to make, from the due time `first` on."""

    plan: Plan
    first: int
    journal: File
    keep: Keep


def times_of(asked: Asked) -> Times | Refusal:
    """The times that were given, once all numbers that were given can be."""
    try:
        every_s = read_duration(asked.every or EVERY)
        lasting_s = read_duration(asked.lasting or LASTING)
    except UnfitError as error:
        return _usage(f"--for and --every take {error.expected}.")
    if every_s < SHORTEST_S or lasting_s < every_s:
        return _usage("--every takes 1ms or more, and --for at least as much as --every.")
    if lasting_s / every_s > MOST_PROBES:
        return _usage(f"that would be more than {MOST_PROBES:,} probes; take a longer --every.")
    concurrency, slo = _or(asked.concurrency, CONCURRENCY), _or(asked.slo, SLO)
    if concurrency < 1 or not 0 <= slo <= 100:  # noqa: PLR2004 - percent
        return _usage("--concurrency takes a number from 1 up, and --slo a percentage from 0 to 100.")
    if asked.path is not None and asked.every_path:
        return _usage("--path and --every-path exclude each other.")
    return Times(
        every_us=None if asked.every is None else round(every_s * 1e6),
        lasting_us=None if asked.lasting is None else round(lasting_s * 1e6),
    )


def begin(asked: Asked, times: Times, chosen: Subject, clock: Clock, ends: ExitStack) -> Begun | Refusal:
    """The check, claimed until `ends` ends. The query is by now what is asked after a login, None without a login."""
    file, keep = _place(asked, chosen.config)
    opened = open_writable(file)
    if isinstance(opened, NotOpened):
        return _usage(f"the journal {file} cannot be kept: {opened.reason}; name another one with --journal.")
    opened.close()
    name = chosen.name + (f" over {asked.path}" if asked.path else " over every path" if asked.every_path else "")
    if asked.resume:
        kept = _unfinished(file, name, ends)
        if isinstance(kept, Refusal):
            return kept
        for what, was, now in _differences(kept.plan, asked, times, chosen):
            reason = f"the last check of {name} has {what} {was}, and this command {now}"
            return _usage(f"{reason}; ask as before, or start another check without --resume.")
        return Begun(plan=kept.plan, first=kept.next, journal=file, keep=keep)
    every_us = _or(times.every_us, round(read_duration(EVERY) * 1e6))
    plan = Plan(
        check=round(clock.wall_s() * 1e6),
        subject=name,
        target=str(chosen.route.target),
        kind=str(chosen.route.protocol),
        every_us=every_us,
        planned=_due_times(_or(times.lasting_us, round(read_duration(LASTING) * 1e6)), every_us),
        concurrency=_or(asked.concurrency, CONCURRENCY),
        slo=_or(asked.slo, SLO),
        query=asked.query,
    )
    ends.enter_context(claimed(file, plan.check))
    return Begun(plan=plan, first=0, journal=file, keep=keep)


def _place(asked: Asked, config: Config) -> tuple[File, Keep]:
    """The journal's file, and what of it is kept."""
    if asked.journal is not None or config.journal is None:
        return asked.journal or OWN_JOURNAL, KEEP_ALL
    configured = config.journal
    keep = Keep(bulky_s=configured.keep_s, rare_s=configured.keep_outages_s, max_bytes=configured.max_size)
    return configured.path, keep


def _unfinished(file: File, name: str, ends: ExitStack) -> Kept | Refusal:
    """The last check of that name, claimed, and read once nobody else writes it any more."""
    kept = _last(file, name)
    if isinstance(kept, Refusal):
        return kept
    if (obstacle := ends.enter_context(claimed(file, kept.plan.check))) is not None:
        return _usage(f"the last check of {name} cannot be gone on with: {obstacle}.")
    return _last(file, name)


def _last(file: File, name: str) -> Kept | Refusal:
    kept = latest(file, name)
    if isinstance(kept, NotOpened):
        return _usage(f"the journal {file} cannot be read: {kept.reason}.")
    if kept is None:
        return _usage(f"the journal {file} has no check of {name}; start one without --resume.")
    if kept.is_finished:
        done = f"finished: all of its {kept.plan.planned:,} due times have come"
        return _usage(f"the last check of {name} is {done}; start another one without --resume.")
    return kept


def _differences(plan: Plan, asked: Asked, times: Times, chosen: Subject) -> Iterator[tuple[str, object, object]]:
    """What the check has otherwise than this command asks for: what it is, as it was, as it is now."""
    planned = None if times.lasting_us is None else _due_times(times.lasting_us, plan.every_us)
    now = (
        ("the target", plan.target, str(chosen.route.target)),
        ("the protocol", plan.kind, str(chosen.route.protocol)),
        ("the query", plan.query or GREETING, asked.query or GREETING),
        ("--every", f"{plan.every_us / 1e6:g}s", None if times.every_us is None else f"{times.every_us / 1e6:g}s"),
        ("so many due times:", plan.planned, planned),
        ("--concurrency", plan.concurrency, asked.concurrency),
        ("--slo", plan.slo, asked.slo),
    )
    for what, was, is_now in now:
        if is_now is not None and is_now != was:
            yield what, was, is_now


def _due_times(lasting_us: int, every_us: int) -> int:
    return max(round(lasting_us / every_us), 1)


def _or(given: T | None, default: T) -> T:
    return default if given is None else given


def _usage(sentence: str) -> Refusal:
    return Refusal(exit=Exit.USAGE, sentence=sentence)
