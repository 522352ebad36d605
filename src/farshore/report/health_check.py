"""A health check's figures as text and as Markdown, as the founding analysis wrote them: queries, success, bursts."""

from collections.abc import Iterator
from textwrap import fill

from farshore.core.health_check import BurstFigures, Figures, Latency

MOST_BURSTS = 50
OMISSION = (
    "Response time counts from when a probe was due, service time from when it was started. Probes start at fixed "
    "times, whatever the answers do: a slow target does not slow the count (no coordinated omission)."
)


def render_check_text(figures: Figures) -> str:
    """The report for a terminal."""
    lines = [f"{figures.subject} ({figures.target}, {figures.kind})", *_summary(figures), ""]
    for name, latency in _latencies(figures):
        lines.append(f"  {name:<24} {_percentiles(latency)}")
    lines += ["", *_failures(figures), *(f"  {line}" for line in _paths(figures)), *_bursts(figures)]
    lines += [
        f"Not probed, not counted: {pause.start} to {pause.end} ({pause.length_s:g} s)" for pause in figures.pauses
    ]
    return "\n".join([*lines, "", fill(OMISSION, 80)])


def render_check_markdown(figures: Figures) -> str:
    """The report for a ticket."""
    lines = [f"# Health check of {_plain(figures.subject)}", ""]
    lines += [f"- {_plain(line.strip())}" for line in _summary(figures)]
    if figures.response is not None:
        lines += [
            "",
            "## Latency",
            "",
            "| | count | p50 ms | p90 ms | p99 ms | max ms |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for name, each in _latencies(figures):
            cells = (name, each.count, each.p50_ms, each.p90_ms, each.p99_ms, each.max_ms)
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
        lines += ["", OMISSION]
    if figures.codes:
        lines += ["", "## Failures", "", "| code | probes |", "| --- | --- |"]
        lines += [f"| `{code}` | {count} |" for code, count in figures.codes.items()]
        lines += ["", "## Bursts", "", "| start | end | length s | failed | good | kind | codes |"]
        lines.append("| --- | --- | --- | --- | --- | --- | --- |")
        for burst in figures.bursts:
            told = (burst.start, burst.end, f"{burst.length_s:g}", burst.failed, burst.good, burst.pattern)
            lines.append(f"| {' | '.join(str(cell) for cell in told)} | {_plain(_codes(burst))} |")
    if len(figures.paths) > 1:
        lines += ["", "## Paths", "", *(f"- {_plain(line)}" for line in _paths(figures))]
    if figures.pauses:
        lines += ["", "## Not probed, not counted", ""]
        lines += [f"- {pause.start} to {pause.end} ({pause.length_s:g} s)" for pause in figures.pauses]
    return "\n".join([*lines, ""])


def _summary(figures: Figures) -> Iterator[str]:
    if figures.success_percent is None:
        yield "  nothing was probed"
        return
    yield f"  Duration:     {figures.start} to {figures.end}, every {figures.every_s:g} s"
    if figures.query is not None:
        yield f"  Asked:        {' '.join(figures.query.split())}"
    of = "" if figures.finished else f" (unfinished: {figures.due:,} of {figures.planned:,} due times)"
    yield f"  Queries:      {figures.probes:,}{of}"
    yield f"  Successful:   {figures.successful:,}"
    yield f"  Failed:       {figures.failed:,}"
    verdict = "met" if figures.met else "missed"
    yield f"  Success rate: {_rate(figures.success_percent)}; the objective of {figures.slo_percent:g}% is {verdict}"
    if figures.not_started:
        yield f"  Not started:  {figures.not_started:,} (too many were under way; counted as failed)"
    if figures.late:
        yield f"  Started late: {figures.late:,} (by 10 ms or more; counted from when they were due)"
    if figures.unwritten:
        yield f"  Not counted:  {figures.unwritten:,} (the journal did not take them)"


def _latencies(figures: Figures) -> Iterator[tuple[str, Latency]]:
    if figures.response is not None:
        yield "response time", figures.response
    if figures.service is not None:
        yield "service time", figures.service
    for layer, latency in figures.layers.items():
        yield f"layer {layer}", latency


def _percentiles(latency: Latency) -> str:
    return (
        f"p50 {latency.p50_ms:.1f}  p90 {latency.p90_ms:.1f}  p99 {latency.p99_ms:.1f}  max {latency.max_ms:.1f} ms"
        f"  ({latency.count:,})"
    )


def _failures(figures: Figures) -> Iterator[str]:
    if figures.codes:
        yield "Failures:"
    for code, count in figures.codes.items():
        yield f"  {count:>8,}  {code}"


def _paths(figures: Figures) -> Iterator[str]:
    if len(figures.paths) < 2:  # noqa: PLR2004 - one path is all of it
        return
    for name, path in figures.paths.items():
        rate = 0.0 if path.success_percent is None else path.success_percent
        yield f"{'path ' + name if name else 'no path'}: {path.probes:,}, {path.failed:,} failed, {_rate(rate)}"


def _bursts(figures: Figures) -> Iterator[str]:
    if figures.bursts:
        yield f"Bursts: {len(figures.bursts):,}"
    for burst in figures.bursts[:MOST_BURSTS]:
        counts = f"{burst.failed:,} failed, {burst.good:,} good between them"
        yield f"  {burst.start} to {burst.end}  {burst.length_s:g} s  {burst.pattern}: {counts}"
        yield f"    {_codes(burst)}"
    if len(figures.bursts) > MOST_BURSTS:
        yield f"  and {len(figures.bursts) - MOST_BURSTS:,} more; `--format json` has them all"


def _codes(burst: BurstFigures) -> str:
    return ", ".join(f"{count:,} {code}" for code, count in burst.codes.items())


def _rate(percent: float) -> str:
    """Never rounded up to a whole that it is not."""
    return f"{int(percent * 1000) / 1000:g}%"


def _plain(text: str) -> str:
    for mark in ("\\", "<", "|", "*", "_", "["):
        text = text.replace(mark, f"\\{mark}")
    return text
