"""`farshore probe`: probes a target for hours, keeps every probe in a journal, and reports what the journal holds."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path as File
from typing import Self

import msgspec
from rich.console import Console
from rich.live import Live

from farshore.app.exits import Exit, Refusal, say
from farshore.app.probe_asking import order_of
from farshore.app.probe_subject import Subject, configured, subject
from farshore.config.fields import UnfitError, read_duration
from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.core.events import Event
from farshore.core.health_check import Figures, Plan, ProbeDone
from farshore.gateway.attempt import Surroundings
from farshore.gateway.poller import Poller
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path
from farshore.report.health_check import render_check_markdown, render_check_text
from farshore.store.database import NotOpened, open_writable
from farshore.store.journal import Journal
from farshore.store.retention import Keep
from farshore.surface.progress import Progress
from farshore.watch.health_check import way
from farshore.watch.health_check.figures import figures_of
from farshore.watch.health_check.keeping import Kept, latest, row_of_plan, row_of_probe
from farshore.watch.health_check.pacing import Pace, Pacer
from farshore.watch.probes.result import ProbeResult
from farshore.watch.probes.run import ProbeOrder, probe_path

OWN_JOURNAL = File("farshore-probe.db")
# A journal of its own is the report's evidence: nothing of it goes by itself.
KEEP_ALL = Keep(bulky_s=10 * 366 * 86400.0, rare_s=10 * 366 * 86400.0, max_bytes=1 << 40)
SHORTEST_S = 0.001
MOST_PROBES = 10_000_000
REDRAW_S, LINE_S = 0.5, 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants probed, how, and how it is to be shown."""

    what: str
    lasting: str
    every: str
    concurrency: int
    slo: float
    query: str | None
    path: str | None
    every_path: bool
    direct: bool
    resume: bool
    journal: File | None
    config: File | None
    format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    every_s: float
    planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    plan: Plan
    first: int
    journal: File
    keep: Keep


def probe(asked: Asked) -> Exit | Refusal:
    """Probe, then print the figures."""
    times = _times(asked)
    if isinstance(times, Refusal):
        return times
    config = configured(asked.what, asked.config, direct=asked.direct)
    if isinstance(config, Refusal):
        return config
    return asyncio.run(_run(asked, times, config))


async def _run(asked: Asked, times: _Times, config: Config) -> Exit | Refusal:
    clock = SystemClock()
    chosen = subject(asked.what, asked.path, config, clock)
    if isinstance(chosen, Refusal):
        return chosen
    try:
        order = order_of(config, chosen.route.name, asked.query, os.environ)
        if isinstance(order, Refusal):
            return order
        check = _begun(asked, times, chosen, clock)
        if isinstance(check, Refusal):
            return check
        return await _check(asked, check, _Prober(chosen, asked, order, clock), clock)
    finally:
        for egress in chosen.egresses:
            await egress.close()


async def _check(asked: Asked, check: _Check, prober: "_Prober", clock: SystemClock) -> Exit | Refusal:
    plan = check.plan
    journal = Journal(check.journal, check.keep, clock, _tell)
    journal.write(row_of_plan(plan))
    progress = Progress(plan.planned, check.first)

    def told(done: ProbeDone) -> None:
        journal.write(row_of_probe(plan, done))
        progress.note(done)

    try:
        with prober:
            pace = Pace(
                every_s=plan.every_us / 1e6, first=check.first, planned=plan.planned, concurrency=plan.concurrency
            )
            pacer = Pacer(pace, prober.probe, told, clock)
            is_interrupted = await _watched(pacer, progress, clock)
            await prober.resolver.close()
    finally:
        journal.close()
    kept = latest(check.journal, plan.subject)
    if not isinstance(kept, Kept):
        reason = "nothing of the check is in it" if kept is None else kept.reason
        return Refusal(exit=Exit.USAGE, sentence=f"the journal {check.journal} has no figures: {reason}.")
    state = journal.state
    figures = figures_of(kept.plan, kept.probes, unwritten=state.lost + state.waiting)
    print(_rendered(figures, asked.format))  # noqa: T201 - the command's output
    if is_interrupted and not figures.finished:
        say(f"farshore: interrupted; the same command with `--resume` goes on at {figures.due:,} of {plan.planned:,}.")
        return Exit.INTERRUPTED
    return Exit.OK if figures.met else Exit.FAILED


class _Prober:
    """One probe after the other, as the gateway would dial."""

    def __init__(self, chosen: Subject, asked: Asked, order: ProbeOrder, clock: SystemClock) -> None:
        loop = asyncio.get_running_loop()
        self._stack = ExitStack()
        poller = Poller(loop, lambda _, error: loop.call_exception_handler({"message": "a dial", "exception": error}))
        self._stack.callback(poller.close)
        config = chosen.config
        self._shared = Surroundings(clock=clock, poller=poller, timeouts=config.timeouts, keepalive=config.keepalive)
        self.resolver = Resolver()
        self._chosen = chosen
        self._order = order
        self._over = way.each if asked.every_path else way.as_client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def probe(self) -> Awaitable[Sequence[ProbeResult]]:
        return self._over(self._chosen.paths, self._probe_path)

    async def _probe_path(self, path: Path) -> ProbeResult:
        return await probe_path(self._chosen.route, path, self._shared, self.resolver, self._order)


async def _watched(pacer: Pacer, progress: Progress, clock: SystemClock) -> bool:
    """Run to the end, showing how it goes; whether it was interrupted."""
    loop = asyncio.get_running_loop()
    interrupted: list[int] = []

    def stop(number: int) -> None:
        interrupted.append(number)
        pacer.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, partial(stop, number))
    showing = loop.create_task(_show(pacer, progress, clock))
    try:
        await pacer.run()
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
    return bool(interrupted)


async def _show(pacer: Pacer, progress: Progress, clock: SystemClock) -> None:
    """On standard error: drawn anew on a terminal, a line each minute elsewhere."""
    console = Console(stderr=True, highlight=False, markup=False)
    if not console.is_terminal:
        while True:
            await asyncio.sleep(LINE_S)
            now_s = clock.wall_s()
            print(f"{progress.line(now_s, pacer.under_way)} {progress.strip(now_s)}", file=sys.stderr, flush=True)  # noqa: T201
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            now_s = clock.wall_s()
            live.update(f"{progress.line(now_s, pacer.under_way)}\n{progress.strip(now_s)}", refresh=True)
            await asyncio.sleep(REDRAW_S)


def _begun(asked: Asked, times: _Times, chosen: Subject, clock: SystemClock) -> _Check | Refusal:
    configured_journal = chosen.config.journal
    keep = KEEP_ALL
    if asked.journal is None and configured_journal is not None:
        keep = Keep(
            bulky_s=configured_journal.keep_s,
            rare_s=configured_journal.keep_outages_s,
            max_bytes=configured_journal.max_size,
        )
    file = asked.journal or (OWN_JOURNAL if configured_journal is None else configured_journal.path)
    opened = open_writable(file)
    if isinstance(opened, NotOpened):
        return _usage(f"the journal {file} cannot be kept: {opened.reason}; name another one with --journal.")
    opened.close()
    name = chosen.name + (f" over {asked.path}" if asked.path else " over every path" if asked.every_path else "")
    if asked.resume:
        kept = latest(file, name)
        if isinstance(kept, NotOpened):
            return _usage(f"the journal {file} cannot be read: {kept.reason}.")
        if kept is None or kept.is_finished:
            return _usage(f"the journal {file} has no unfinished check of {name}; start one without --resume.")
        return _Check(plan=kept.plan, first=kept.next, journal=file, keep=keep)
    plan = Plan(
        check=round(clock.wall_s() * 1e6),
        subject=name,
        target=str(chosen.route.target),
        kind=str(chosen.route.protocol),
        every_us=round(times.every_s * 1e6),
        planned=times.planned,
        concurrency=asked.concurrency,
        slo=asked.slo,
    )
    return _Check(plan=plan, first=0, journal=file, keep=keep)


def _times(asked: Asked) -> _Times | Refusal:
    try:
        lasting_s, every_s = read_duration(asked.lasting), read_duration(asked.every)
    except UnfitError as error:
        return _usage(f"--for and --every take {error.expected}.")
    if every_s < SHORTEST_S or lasting_s < every_s:
        return _usage("--every takes 1ms or more, and --for at least as much as --every.")
    if lasting_s / every_s > MOST_PROBES:
        return _usage(f"that would be more than {MOST_PROBES:,} probes; take a longer --every.")
    if asked.concurrency < 1 or not 0 <= asked.slo <= 100:  # noqa: PLR2004 - percent
        return _usage("--concurrency takes a number from 1 up, and --slo a percentage from 0 to 100.")
    if asked.path is not None and asked.every_path:
        return _usage("--path and --every-path exclude each other.")
    return _Times(every_s=every_s, planned=max(round(lasting_s / every_s), 1))


def _rendered(figures: Figures, format_: str) -> str:
    match format_:
        case "json":
            return msgspec.json.format(msgspec.json.encode(figures)).decode()
        case "markdown":
            return render_check_markdown(figures)
        case _:
            return render_check_text(figures)


def _tell(event: Event) -> None:
    say(f"farshore: the journal: {msgspec.json.encode(event).decode()}")


def _usage(sentence: str) -> Refusal:
    return Refusal(exit=Exit.USAGE, sentence=sentence)
