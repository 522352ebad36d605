"""Writes the pages of `docs/` that say what the code already knows: `python -m farshore.app.reference [--check]`.

A test compares them, so that a code, a metric or a flag cannot appear or change without its page.
"""

import argparse
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from farshore.app.cli import app
from farshore.app.exits import EXITS, Exit, say
from farshore.config import reference as configuration
from farshore.core import health_check
from farshore.core.outcome import MEANINGS, ClientEnd, Who
from farshore.diagnosis.cause import Cause
from farshore.diagnosis.causes import CATALOGUE
from farshore.diagnosis.misread import MISREADINGS
from farshore.diagnosis.published import json_schema
from farshore.notify import webhook
from farshore.report.causes import cause_markdown, misreadings_markdown
from farshore.report.outage import model as outage
from farshore.report.when_it_breaks import when_it_breaks_markdown
from farshore.store.schema import tables
from farshore.surface.described import DIAL_BUCKETS_S, METRICS, Kind

MARK = "<!-- Written by `make docs` from the code; edit that instead. -->"
DOCS = Path("docs")
THIS = "farshore.app.reference"

SEEN_BY_CLIENT = {
    ClientEnd.FIN: "an orderly end (FIN)",
    ClientEnd.RST: "a reset (RST)",
    ClientEnd.NONE: "nothing, it has gone",
    ClientEnd.TOLD: "the reason, in its own protocol",
    ClientEnd.NO_CLIENT: "nothing, there is none: a probe",
}

WHO = {
    Who.CLIENT: "The client",
    Who.GATEWAY: "Farshore itself",
    Who.EGRESS: "The egress: tailscaled's port or socket on this host",
    Who.TAILNET: "The tailnet, from this host's tailscaled to the subnet router",
    Who.ROUTER: "The router that carries: the subnet router, or the listener on it",
    Who.TARGET: "The target, or the network between the router and it",
    Who.UPSTREAM: "Upstream: beyond tailscaled a reset arrives as an orderly end, so nothing finer is known",
}


def outcomes() -> str:
    """Every ending of a connection, and what to do about it."""
    return "\n".join(["# How a connection ended", "", MARK, "", OUTCOMES_INTRODUCTION, *_outcome_tables()])


OUTCOMES_INTRODUCTION = """\
Every client connection, and every [probe](probes.md) that fails, ends with exactly one code. It reads `who.phase.why`:
whose doing it was, how far the connection had come, and the cause. The same code stands in the log line (`code`), in
the metric `farshore_connections_total{code=…}`, in `/stats` and in `farshore status`. A failure is logged as a warning
with its remedy; everything else as information.

Phases, in order: `accept` (by the gateway), `connect` (to the egress on this host), `handshake` (with the egress),
`dial` (of the target, by the egress), `first-byte` (connected, and the target has not spoken yet), `transfer`; of
probes with a login `login` and `query`, too."""


def _outcome_tables() -> Iterator[str]:
    for who, title in WHO.items():
        yield from (
            "",
            f"## {title}",
            "",
            "| code | meaning | the client sees | what to do |",
            "| --- | --- | --- | --- |",
        )
        for code, meaning in MEANINGS.items():
            if code.who is who:
                failure = "" if meaning.is_failure else " *No failure.*"
                seen = SEEN_BY_CLIENT[meaning.client_end]
                yield f"| `{code}` | {meaning.summary}{failure} | {seen} | {meaning.remedy} |"
    yield ""


def exit_codes() -> str:
    """Every exit code."""
    rows = [f"| {exit_.value} | {exit_.name.lower().replace('_', ' ')} | {EXITS[exit_]} |" for exit_ in Exit]
    return "\n".join(
        [
            "# Exit codes",
            "",
            MARK,
            "",
            EXITS_INTRODUCTION,
            "",
            "| code | name | when |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


EXITS_INTRODUCTION = """\
A command that cannot do what was asked says why in one sentence on standard error: the thing, the cause, and what to
run or change next. `--debug` adds the traceback where the mistake is Farshore's own. Output for machines goes to
standard output; if its reader goes away, the command ends quietly."""


def metrics() -> str:
    """Every metric of Farshore's own."""
    rows = []
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "none"
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |")
    buckets = ", ".join(f"{bound:g}" for bound in DIAL_BUCKETS_S)
    histogram = next(metric.name for metric in METRICS if metric.kind is Kind.HISTOGRAM)
    head = ["| metric | type | labels | meaning |", "| --- | --- | --- | --- |"]
    tail = f"Buckets of `{histogram}`, in seconds: {buckets}.\n\n{ALERTS}"
    return "\n".join(["# Metrics", "", MARK, "", METRICS_INTRODUCTION, "", *head, *rows, "", tail, ""])


METRICS_INTRODUCTION = """\
`/metrics` on the health listener (127.0.0.1:9808 unless the configuration says otherwise) speaks the Prometheus text
format and OpenMetrics, with exemplars where the configuration wants them (`exemplars: true`). Beside the metrics below
it shows the usual `process_*` metrics, among them `process_open_fds`.

Every label comes from the configuration or from a closed vocabulary (`code`: [outcomes](outcomes.md)), so the number
of series is bounded. Client addresses are in the log, never here."""

ALERTS = """\
## Rules, a dashboard, a route

```console
$ farshore export prometheus-rules > farshore.rules.yml   # --job NAME, if the scrape job is not called farshore
$ farshore export grafana > farshore.dashboard.json       # asks for its data source when it is imported
$ farshore export alertmanager                            # routing and inhibition; the receiver is yours
```

The rules page for clients that fail (held, reset, SOCKS general failures, a budget that burns), warn of what will
hurt them (one path left, a refused leak), and tell what a gateway cannot tell itself: that it is gone, not ready, or
does not carry what its file says. They count as the gateway's own [alerts](alerts.md) do, with the same thresholds, and
need no `alerts:`; use one of the two for people. Scrape every 30 s or oftener: some windows are a minute long."""


def journal() -> str:
    """What the journal is, and each of its tables."""
    parts = [f"# The journal\n\n{MARK}\n\n{JOURNAL}\n\n## Tables"]
    for table in tables():
        rows = (f"| `{column.name}` | {column.kind} | {column.help} |" for column in table.columns)
        head = ("| column | type | meaning |", "| --- | --- | --- |")
        parts.append("\n".join([f"### `{table.name}`", "", table.help, "", *head, *rows]))
    return "\n\n".join(parts) + "\n"


JOURNAL = """\
With `journal:` in its [configuration](configuration.md#journal) a gateway keeps what happens in an SQLite file:

```yaml
journal:
  path: /var/lib/farshore/journal.db
```

The folder has to be there and be writable; the file is created with mode 0600. `farshore journal query` asks it, while
the gateway runs or afterwards, and so does plain `sqlite3`:

```console
$ farshore journal query "SELECT code, count(*) AS n FROM connections GROUP BY code ORDER BY n DESC" -c farshore.yaml
$ farshore journal query "SELECT at, route, code FROM connections WHERE at > '2026-03-04'" --format csv -c farshore.yaml
$ sqlite3 -readonly /var/lib/farshore/journal.db "SELECT * FROM outages"
```

`farshore diagnose journal.db` reads the file like a log of the same events, and each probe, of `farshore probe` or the
gateway's own (`probes`, of routes that had a client), as what a client would have met; at most 256 MiB of it and the
last 20,000 rows of each table. While the gateway runs, what is younger than ten seconds may still stand in the `-wal`
beside it.
`farshore doctor -c FILE` takes in the last five minutes.

A query only reads, ends after 30 s, and prints 1000 rows unless `--limit` says otherwise. In CSV a text that a
spreadsheet would run as a formula begins with an apostrophe.

Every table but `runs` has the time (`at_us`, and `at` for people) and the `run` that wrote it. `at_us` is the key, so
that asking for a span of time by it is quick; where two rows of a table fall into one microsecond, or the clock was set
back, the later one has the next number.

## What it promises

- **Clients never notice.** The event loop only queues; one thread writes, in batches of 0.7 s. What the disk
  does not take is kept, 20,000 entries of it, and written when the disk is well again; what is more is lost, counted in
  `farshore_journal_rows_total{result="lost"}`, and a row of `gaps` says where.
- **A full disk is said**: in the log (`journal-failed`, `journal-recovered`), in `farshore_journal_up` and in the body
  of `/readyz` under `journal`. The gateway stays ready and carries on.
- **`kill -9` loses no more than the last second**, and leaves a file that is whole. A power cut may take what the
  system had not yet written to the disk (`PRAGMA synchronous = NORMAL`); the file stays whole then, too.
- **It stays as small as it is asked to be.** Rows go by their age (`keep`, and `keep_outages` for what is rare), and
  when the file is larger than `max_size` the oldest connections, attempts, checks, probes, samples and lines make room
  first. It is cleared in short steps between the batches, and gives the space back. A reader that stays in one query
  for hours keeps SQLite from reusing the `-wal` beside the file, which grows meanwhile.
- **A place that cannot be** (no folder, no permission, another program's file) is refused at the start. A file that a
  newer Farshore wrote, or one that is damaged, is left alone: the gateway carries without its journal and says so.
- **An older file is brought up to date** when a gateway opens it (`PRAGMA user_version` counts the steps); what it
  holds is kept.
- **Moved away or deleted**, the file is complete where it went, and a new one is begun.

## What it costs

At 10,000 connections a minute the journal takes 0.1 per cent of a core, 9 µs for each connection, most of it on the
writer's thread: 1.4 % more than what the gateway itself takes for so short connections, a tenth of a core (median of
eight rounds, -2.3 to +2.1; the goal is 2 %). `.venv/bin/python -m bench.journal --seconds 8 --rounds 8` runs two
gateways, with and without, on one core and the same connections, with the client on the other."""


def command_line() -> str:
    """Every command and flag."""
    body = app.generate_docs(output_format="markdown", heading_level=2)
    # cyclopts takes the way this program was started for a part of the commands it describes.
    body = re.sub(r" -m [\w.]+", "", body)
    # Its synopses are nothing to type.
    body = body.replace("```console", "```text")
    return f"# Command line\n\n{MARK}\n\n{body.strip()}\n"


def cause_page(cause: Cause) -> str:
    """One cause of the catalogue."""
    title, _, body = cause_markdown(cause).partition("\n")
    return f"{title}\n\n{MARK}\n{body}"


def misreadings_page() -> str:
    """Every misreading."""
    title, _, body = misreadings_markdown(MISREADINGS).partition("\n")
    return f"{title}\n\n{MARK}\n{body}"


def when_it_breaks() -> str:
    """From the words of an error to the causes."""
    title, _, body = when_it_breaks_markdown().partition("\n")
    return f"{title}\n\n{MARK}\n{body}"


def diagnosis_schema() -> str:
    """The JSON Schema of a diagnosis."""
    return json.dumps(json_schema(), indent=2) + "\n"


def report_schema() -> str:
    """The JSON Schema of a report."""
    return json.dumps(outage.json_schema(), indent=2) + "\n"


def health_check_schema() -> str:
    """The JSON Schema of a health check's figures."""
    return json.dumps(health_check.json_schema(), indent=2) + "\n"


def alert_schema() -> str:
    """The JSON Schema of what a webhook is sent."""
    return json.dumps(webhook.json_schema(), indent=2) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "outcomes.md": outcomes,
    "exit-codes.md": exit_codes,
    "metrics.md": metrics,
    "cli.md": command_line,
    "journal.md": journal,
    "when-it-breaks.md": when_it_breaks,
    "configuration.md": configuration.markdown,
    "diagnosis.schema.json": diagnosis_schema,
    "report.schema.json": report_schema,
    "alert.schema.json": alert_schema,
    "health-check.schema.json": health_check_schema,
    "causes/misreadings.md": misreadings_page,
    **{f"causes/{cause.code}.md": partial(cause_page, cause) for cause in CATALOGUE},
}


def outdated(docs: Path) -> list[Path]:
    """The pages that do not say what the code says."""
    return [docs / name for name, write in PAGES.items() if _read(docs / name) != write()]


def main() -> int:
    """Write the pages, or with `--check` only say which are outdated; 1 if any is."""
    parser = argparse.ArgumentParser(prog=f"python -m {THIS}", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is outdated")
    check = parser.parse_args().check
    pages = outdated(DOCS)
    for page in pages:
        say(f"{page} {'is outdated; run `make docs`' if check else 'written'}")
        if not check:
            page.parent.mkdir(exist_ok=True)
            page.write_text(PAGES[str(page.relative_to(DOCS))](), encoding="utf-8")
    return Exit.FAILED if check and pages else Exit.OK


def _read(page: Path) -> str | None:
    return page.read_text(encoding="utf-8") if page.exists() else None


if __name__ == "__main__":
    raise SystemExit(main())
