"""`farshore probe`: probes a target for hours, keeps every probe in a journal, and reports what the journal holds."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Self

import msgspec
from rich.console import Console
from rich.live import Live

from farshore.app.exits import Exit, Refusal, say
from farshore.app.probe_asking import order_of, query_of
from farshore.app.probe_begin import Asked, Begun, Times, begin, times_of
from farshore.app.probe_subject import Subject, configured, subject
from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.core.events import Event
from farshore.core.health_check import Figures, ProbeDone
from farshore.core.outcome import Code
from farshore.gateway.attempt import Surroundings
from farshore.gateway.poller import Poller
from farshore.gateway.resolve import Resolver
from farshore.gateway.route import Path
from farshore.report.health_check import render_check_markdown, render_check_text
from farshore.store.journal import Journal
from farshore.surface.progress import Progress
from farshore.watch.health_check import way
from farshore.watch.health_check.denials import MOST_DENIED, Denials
from farshore.watch.health_check.figures import figures_of
from farshore.watch.health_check.keeping import Kept, kept_of, row_of_plan, row_of_probe
from farshore.watch.health_check.pacing import Pace, Pacer
from farshore.watch.probes.result import ProbeResult
from farshore.watch.probes.run import ProbeOrder, probe_path

REDRAW_S, LINE_S = 0.5, 60.0


def probe(asked: Asked) -> Exit | Refusal:
    """Probe, then print the figures."""
    times = times_of(asked)
    if isinstance(times, Refusal):
        return times
    if asked.query is not None and asked.config is None:
        needs = "--query needs a login, and no login goes with HOST:PORT"
        return Refusal(exit=Exit.USAGE, sentence=f"{needs}: write a route with `probe_login:`, name its file with -c.")
    config = configured(asked.what, asked.config, direct=asked.direct)
    if isinstance(config, Refusal):
        return config
    return asyncio.run(_run(asked, times, config))


async def _run(asked: Asked, times: Times, config: Config) -> Exit | Refusal:
    clock = SystemClock()
    chosen = subject(asked.what, asked.path, config, clock)
    if isinstance(chosen, Refusal):
        return chosen
    try:
        order = order_of(chosen.written, chosen.route.name, asked.query, os.environ)
        if isinstance(order, Refusal):
            return order
        with ExitStack() as ends:
            begun = begin(replace(asked, query=query_of(order)), times, chosen, clock, ends)
            if isinstance(begun, Refusal):
                return begun
            async with _Prober(chosen, asked, order, clock) as prober:
                if (denial := await prober.denial()) is not None:
                    return denial
                return await _check(asked, begun, prober, clock)
    finally:
        for egress in chosen.egresses:
            await egress.close()


async def _check(asked: Asked, check: Begun, prober: "_Prober", clock: SystemClock) -> Exit | Refusal:
    plan = check.plan
    journal = Journal(check.journal, check.keep, clock, _tell)
    journal.write(row_of_plan(plan))
    progress = Progress(plan.planned, check.first)

    def told(done: ProbeDone) -> None:
        journal.write(row_of_probe(plan, done))
        progress.note(done)
        if prober.denials.is_enough:
            pacer.stop()

    pace = Pace(every_s=plan.every_us / 1e6, first=check.first, planned=plan.planned, concurrency=plan.concurrency)
    pacer = Pacer(pace, prober.probe, told, clock)
    try:
        is_interrupted = await _watched(pacer, progress, clock)
    finally:
        journal.close()
    kept = kept_of(check.journal, plan.check)
    if not isinstance(kept, Kept):
        reason = "nothing of the check is in it" if kept is None else kept.reason
        return Refusal(exit=Exit.USAGE, sentence=f"the journal {check.journal} has no figures: {reason}.")
    state = journal.state
    figures = figures_of(kept.plan, kept.probes, unwritten=state.lost + state.waiting)
    print(_rendered(figures, asked.format))  # noqa: T201 - the command's output
    goes_on = f"the same command with `--resume` goes on at {figures.due:,} of {plan.planned:,}"
    if prober.denials.is_enough:
        say(f"farshore: {MOST_DENIED} logins in a row were denied, and more may lock the account; mend it: {goes_on}.")
        return Exit.FAILED
    if is_interrupted and not figures.finished:
        say(f"farshore: interrupted; {goes_on}.")
        return Exit.INTERRUPTED
    return Exit.OK if figures.met else Exit.FAILED


class _Prober:
    """One probe after the other, as the gateway would dial, for as long as the block lasts."""

    def __init__(self, chosen: Subject, asked: Asked, order: ProbeOrder, clock: SystemClock) -> None:
        self.denials = Denials()
        self._chosen = chosen
        self._order = order
        self._clock = clock
        self._way = way.each if asked.every_path else way.as_client

    async def __aenter__(self) -> Self:
        loop, config = asyncio.get_running_loop(), self._chosen.config
        poller = Poller(loop, lambda _, error: loop.call_exception_handler({"message": "a dial", "exception": error}))
        self._shared = Surroundings(
            clock=self._clock, poller=poller, timeouts=config.timeouts, keepalive=config.keepalive
        )
        self._resolver = Resolver()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._shared.poller.close()
        await self._resolver.close()

    def probe(self) -> Awaitable[Sequence[ProbeResult]]:
        """One, over one path after the other, or over each."""
        return self._way(self._chosen.paths, self._over)

    async def denial(self) -> Refusal | None:
        """Try a login before any is counted: what the target says against it."""
        asking = self._order.asking
        if asking is None:
            return None
        (result,) = await way.as_client(self._chosen.paths, self._over)
        if result.code != Code.LOGIN_DENIED:
            return None
        denied = f"the target of {self._chosen.name} denies the login as {asking.login.user}: {result.detail}"
        sentence = f"{denied}. One login was tried, and no more, so that no account is locked; mend `probe_login`."
        return Refusal(exit=Exit.USAGE, sentence=sentence)

    async def _over(self, path: Path) -> ProbeResult:
        order = (self._chosen.route, path, self._shared, self._resolver, self._order)
        return await self.denials.guard(path.name, lambda: probe_path(*order))


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
