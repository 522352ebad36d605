"""The rows as a Markdown table. Pure, so that it can be tested."""

from collections import Counter
from collections.abc import Sequence

from bench.resilience.judge import judge_all
from bench.resilience.rows import Row
from bench.resilience.seen import OURS, PLAIN, STREAMS, Seen

SHOWN_OTHERWISE = ("breakers open",)
HEAD = (
    "fault",
    "failed of new connections: Farshore",
    "plain",
    "worst added latency, first second / after: Farshore",
    "plain",
    "pool's first success: Farshore",
    "plain",
    "what decided it",
    "goal",
    "",
)


Result = tuple[Row, Seen | str]


def render(results: Sequence[Result]) -> str:
    """The whole table."""
    lines = [HEAD, ["---"] * len(HEAD), *(cells(*result) for result in results)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def cells(row: Row, seen: Seen | str) -> list[str]:
    """One line; where nothing could be seen, the reason."""
    if isinstance(seen, str):
        return [row.title, *[""] * 6, "", _goals(row), f"not measured: {seen.replace('|', '/')}"]
    is_met, missed = judge_all(row.goals, seen)
    return [
        row.title,
        *(failed(seen, stream) for stream in STREAMS),
        *(latency(seen, stream) for stream in STREAMS),
        *(pool(seen, stream) for stream in STREAMS),
        decided(seen),
        _goals(row),
        "met" if is_met else f"**missed**: {missed}",
    ]


def _goals(row: Row) -> str:
    return "; ".join(goal.text for goal in row.goals)


def failed(seen: Seen, stream: str) -> str:
    """Failed of all who came while the fault was in force, and who was caught in the middle of it."""
    came, caught = seen.during(stream), [client for client in seen.caught(stream) if client.error]
    later = [client for client in seen.since(stream) if client.at_s >= seen.healed_s and client.error]
    parts = [f"{sum(bool(client.error) for client in came)} of {len(came)}"]
    if caught:
        parts.append(f"{len(caught)} cut that were connected")
    if later:
        parts.append(f"{len(later)} after the healing")
    return ", ".join(parts)


def latency(seen: Seen, stream: str) -> str:
    """Beyond the stream's own median before the fault; beside it what was the worst before."""
    turn_s = seen.fault_s + 1
    first, after = seen.added_s(stream, seen.fault_s, turn_s), seen.added_s(stream, turn_s, seen.healed_s)
    before = seen.noise_s(stream)
    return f"{duration(first)} / {duration(after)} (before {duration(before)})"


def pool(seen: Seen, stream: str) -> str:
    """From the fault to the first answered query that was asked after it."""
    if not seen.queries:
        return "not measured"
    first_s = seen.first_query_s(stream, seen.fault_s)
    return "never" if first_s is None else duration(first_s - seen.fault_s)


def decided(seen: Seen) -> str:
    """What carried ours, what ended it otherwise, and what became of the shared prefix."""
    served = Counter(str(line["path"]) for line in seen.endings_since() if line.get("upstream_bytes"))
    refused = Counter(str(line["code"]) for line in seen.endings_since() if not line.get("upstream_bytes"))
    parts = [f"{what} after {duration(after_s)}" for after_s, what in seen.stepped_back()]
    parts += [f"{path} carried {count}" for path, count in served.most_common()]
    parts += [f"{count} ended as `{code}` within {_slowest(seen)}" for code, count in refused.most_common()]
    ratio = seen.per_client(OURS)
    parts += [] if ratio is None else [f"{ratio:.2f} connections per client"]
    parts += [_waiting(seen), _prefix(seen)]
    parts += [f"{name}: {value:g}" for name, value in seen.facts.items() if value and name not in SHOWN_OTHERWISE]
    return "; ".join(part for part in parts if part)


def _slowest(seen: Seen) -> str:
    return duration(max((client.took_s for client in seen.since(OURS) if client.error), default=None))


def _waiting(seen: Seen) -> str:
    back_s = seen.back_s
    if back_s is None or back_s - seen.fault_s < 1:
        return ""
    said = f"a path was back {duration(back_s - seen.healed_s)} after the healing"
    late = seen.let_go_s(back_s)
    if not late:
        return said
    answered = max((client.ended_s - back_s for client in seen.waited(back_s)), default=None)
    connected = f"{len(late)} held connected {duration(late[0])} to {duration(late[-1])} after that"
    return f"{said}, {connected}, the last query answered after {duration(answered)}"


def _prefix(seen: Seen) -> str:
    """Why plain came back, or did not."""
    moves = [(at_s, owner) for at_s, owner in seen.owners if seen.began_s < at_s < seen.healed_s]
    first_s = seen.first_success_s(PLAIN, seen.fault_s)
    moved = ", ".join(f"to {owner} after {at_s - seen.began_s:.1f} s" for at_s, owner in moves) or "did not move"
    plain = "never answered" if first_s is None else f"first answer after {first_s - seen.fault_s:.1f} s"
    return f"plain: {plain}, the prefix {moved}"


def duration(value_s: float | None) -> str:
    """Milliseconds below a second, seconds above; a dash for nobody."""
    if value_s is None:
        return "-"
    return f"{value_s:.1f} s" if abs(value_s) >= 1 else f"{value_s * 1000:.0f} ms"
