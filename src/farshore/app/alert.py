"""`farshore alert test`: whether the channels of a configuration can be told, tried now."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from farshore.app.exits import Exit, Refusal
from farshore.app.notifying import notify_refusal
from farshore.config.load import load
from farshore.config.notify import Channel
from farshore.core.alerts import Alert, AlertState, Severity
from farshore.core.clock import Clock, SystemClock
from farshore.core.visible import visible_words
from farshore.notify.answer import Answer, Taken
from farshore.notify.message import TEST_RULE
from farshore.notify.senders import Senders


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one channel."""

    channel: str
    answer: Answer
    took_ms: float

    def __str__(self) -> str:
        ending = "sent" if isinstance(self.answer, Taken) else f"failed: {self.answer.reason}"
        return f"{self.channel}: {ending} ({self.took_ms:.0f} ms)"


def try_channels(config: Path, only: str | None) -> Exit | Refusal:
    """Send a message that says it is a test over each channel, whatever that one is told of otherwise."""
    loaded = load(config)
    if loaded.config is None:
        sentence = f"{loaded.problems[0]}; see all of it with `farshore check -c {config}`."
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    channels = [channel for channel in loaded.config.notify if only in {None, channel.label}]
    if not channels:
        known = ", ".join(channel.label for channel in loaded.config.notify)
        sentence = f"{config} has no channel {only}; it has {known}." if known else f"{config} has no `notify:`."
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    against = notify_refusal(loaded.config)
    if against is not None:
        return against
    outcomes = asyncio.run(try_all(channels, SystemClock(), os.environ))
    print("\n".join(visible_words(str(each)) for each in outcomes))  # noqa: T201 - the command's output
    return Exit.OK if all(isinstance(each.answer, Taken) for each in outcomes) else Exit.FAILED


async def try_all(channels: Sequence[Channel], clock: Clock, environment: Mapping[str, str]) -> list[Tried]:
    """One try each, all at once, in the order of the configuration."""
    senders = Senders(clock, environment)

    async def tried(channel: Channel) -> Tried:
        started_s = clock.monotonic_s()
        answer = await senders.of(channel).send(trial(clock.wall_s()))
        return Tried(channel=channel.label, answer=answer, took_ms=(clock.monotonic_s() - started_s) * 1000)

    try:
        return await asyncio.gather(*map(tried, channels))
    finally:
        await senders.aclose()


def trial(now_s: float) -> Alert:
    """What is sent."""
    return Alert(
        key="farshore/test",
        rule=TEST_RULE,
        severity=Severity.WARNING,
        state=AlertState.FIRING,
        title="a test of this channel, by `farshore alert test`; nothing is wrong",
        routes=(),
        since_s=now_s,
        at_s=now_s,
        incident=None,
        code=None,
        confidence="",
        subject="",
        whom="",
        trying="",
        command="",
        verify="",
        link="",
        reminder=False,
    )
