"""`farshore flows`: tables over flow logs and Hubble exports of any size, and what they say."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

from farshore.app.exits import Exit, Refusal
from farshore.core.clock import SystemClock
from farshore.diagnosis.evidence import Origin, Unread, bounded
from farshore.diagnosis.intake.document import HEAD_BYTES, Document
from farshore.diagnosis.intake.sources import STANDARD_INPUT, Opener, Source
from farshore.diagnosis.intake.times import read_time
from farshore.diagnosis.lake.clickhouse import connect
from farshore.diagnosis.lake.duck import DuckEngine
from farshore.diagnosis.lake.engine import FLOWS, PACKETS, Engine, MissingExtraError, Table, UnreadableError
from farshore.diagnosis.lake.flow_files import Framing, select_flows
from farshore.diagnosis.lake.packet_files import select_packets
from farshore.diagnosis.lake.sqlite import SqliteEngine
from farshore.diagnosis.lake.table_files import select_table
from farshore.diagnosis.readers.flow_log import READER as FLOW_LOG
from farshore.diagnosis.readers.flow_table import READER as FLOW_TABLE
from farshore.diagnosis.readers.hubble import READER as HUBBLE
from farshore.diagnosis.traffic.analysis import Analysis, analyse, integer
from farshore.diagnosis.traffic.flow_documents import flow_rows, flow_table_rows, flow_values, table_header
from farshore.diagnosis.traffic.flow_framing import Framed, framed, unwrap
from farshore.diagnosis.traffic.flow_tables import Header
from farshore.diagnosis.traffic.judgement import judge
from farshore.diagnosis.traffic.packet_documents import NO_FLOW, hubble_packets, in_envelopes, load_packets
from farshore.diagnosis.traffic.rows import FlowRow, PacketRow
from farshore.report.flows import flows_json, flows_markdown, flows_text

MIB = 1024 * 1024
# From this size on a file of plain messages is left to DuckDB, which reads it where it lies.
BULK_BYTES = 8 * MIB
REFRESH_S = 0.2
CLICKHOUSE = "clickhouse://"
PASSWORD = "CLICKHOUSE_PASSWORD"  # noqa: S105 - where it stands
LOADED = Table("flows_loaded", FLOWS.columns)
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFlows:
    """What somebody wants counted, and how it is to be shown."""

    paths: tuple[Path, ...]
    format: str = "text"
    during: str | None = None
    engine: str = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """Large files that DuckDB reads by itself: flow logs with their framing, tables, Hubble's events."""

    flows: dict[Path, Framed] = field(default_factory=dict)
    tables: dict[Path, tuple[int, Header]] = field(default_factory=dict)
    packets: tuple[Path, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """All of them."""
        return [*self.flows, *self.tables, *self.packets]


@dataclass(slots=True)
class Loaded:
    """What has been put into an engine, and what could not be."""

    unread: list[Unread] = field(default_factory=list)
    packets: int = 0


def flows(asked: AskedFlows) -> Exit | Refusal:
    """Print the tables."""
    remote = asked.engine.startswith(CLICKHOUSE)
    if not asked.paths and not remote:
        return Refusal(exit=Exit.USAGE, sentence="name a file, a folder, an archive, or - for standard input.")
    if not remote and asked.engine not in {"auto", "sqlite", "duckdb"}:
        return Refusal(exit=Exit.USAGE, sentence=f"--engine takes auto, sqlite, duckdb or {CLICKHOUSE}HOST/DATABASE.")
    missing = next((path for path in asked.paths if str(path) != STANDARD_INPUT and not path.exists()), None)
    if missing is not None:
        return Refusal(exit=Exit.USAGE, sentence=f"{missing} does not exist.")
    try:
        during = span(asked.during)
        with ExitStack() as stack:
            analysis, unread = _ask(asked, during, stack)
    except MissingExtraError as error:
        return Refusal(exit=Exit.USAGE, sentence=f"{error}.")
    except ValueError as error:
        return Refusal(exit=Exit.USAGE, sentence=str(error))
    print(_render(asked.format, analysis, unread))  # noqa: T201 - the command's output
    return Exit.OK if analysis.flows or analysis.packets else Exit.USAGE


def span(text: str | None) -> tuple[int, int] | None:
    """`FROM/TO` in seconds since 1970 UTC.

    Raises:
        ValueError: it is none; the text says what was expected.
    """
    if text is None:
        return None
    begin, _, end = text.partition("/")
    first, last = read_time(begin), read_time(end)
    if first is None or last is None or first.at >= last.at:
        msg = f"--during takes FROM/TO like 2026-03-04T05:50:00Z/2026-03-04T06:30:00Z, found {text!r}."
        raise ValueError(msg)
    return int(first.at.timestamp()), int(last.at.timestamp())


def _ask(asked: AskedFlows, during: tuple[int, int] | None, stack: ExitStack) -> tuple[Analysis, list[Unread]]:
    progress = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    stack.enter_context(progress)
    if asked.engine.startswith(CLICKHOUSE):
        server = connect(asked.engine, os.environ.get(PASSWORD, ""))
        if not asked.paths:
            return analyse(server, has=("flows", "packets"), during=during), []
        return _count(server, asked.paths, during, progress)
    bulk = bulk_files(asked.paths) if asked.engine != "sqlite" else Bulk()
    advice: list[Unread] = []
    if bulk.paths or asked.engine == "duckdb":
        try:
            return _count_bulk(bulk, [path for path in asked.paths if path not in bulk.paths], during, progress)
        except MissingExtraError as error:
            if asked.engine == "duckdb":
                raise
            advice = [Unread(source=bulk.paths[0].name, reason=f"read in the slow way: {error}")]
        except UnreadableError:
            # Not every line is what the first ones are: the readers say which, and read the others.
            pass
    analysis, unread = _count(stack.enter_context(closing(SqliteEngine())), asked.paths, during, progress)
    return analysis, [*advice, *unread]


def _selects(bulk: Bulk, folder: Path) -> list[str]:
    """What reads the flow logs where they lie: one statement for all that are framed alike."""
    alike: dict[Framing, list[Path]] = defaultdict(list)
    for number, (path, found) in enumerate(bulk.flows.items()):
        alike[found.framing].append(unwrap(path, found, folder / f"{number}.json"))
    return [
        *(select_flows(files, framing) for framing, files in alike.items()),
        *(
            select_table(path, header.delimiter, header.columns, width=header.width, skip=line)
            for path, (line, header) in bulk.tables.items()
        ),
    ]


def _count_bulk(
    bulk: Bulk, rest: list[Path], during: tuple[int, int] | None, progress: Progress
) -> tuple[Analysis, list[Unread]]:
    with closing(DuckEngine()) as engine:
        if not bulk.paths:
            return _count(engine, rest, during, progress)
        with followed(engine, progress, bulk.paths):
            loaded = _keep_packets(engine, bulk.packets)
        load(engine, rest, progress, LOADED, loaded)
        read = _selects(bulk, engine.folder)
        if rest or not read:
            read.append(f"SELECT * FROM {LOADED.name}")  # noqa: S608 - our own name
        engine.view("flows", read)
        has = ("flows", "packets") if loaded.packets else ("flows",)
        with followed(engine, progress, bulk.paths):
            return analyse(engine, has=has, during=during), loaded.unread


def _keep_packets(engine: DuckEngine, files: Sequence[Path]) -> Loaded:
    loaded = Loaded()
    if not files:
        return loaded
    engine.keep(PACKETS.name, select_packets(files))
    counted = engine.run("SELECT COUNT(*) AS lines, COUNT(k.flags) AS flows FROM packets AS k")[0]
    loaded.packets = integer(counted["flows"])
    others = integer(counted["lines"]) - loaded.packets
    if others:
        engine.run("DELETE FROM packets WHERE flags IS NULL")
        name = files[0].name if len(files) == 1 else f"{len(files)} large files"
        loaded.unread.append(Unread(source=name, reason=f"{others:,} lines are {NO_FLOW}"))
    return loaded


@contextmanager
def followed(engine: DuckEngine, progress: Progress, bulk: Sequence[Path]) -> Iterator[None]:
    """Show how far DuckDB is; its own thread ends before this does."""
    name = bulk[0].name if len(bulk) == 1 else f"{len(bulk)} large files"
    task = progress.add_task(f"counting {bounded(name)}", total=100)
    done = Event()

    def follow() -> None:
        while not done.wait(REFRESH_S):
            progress.update(task, completed=max(engine.progress_percent(), 0))

    thread = Thread(target=follow)
    if not progress.disable:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if not progress.disable:
            thread.join()


def _count(
    engine: Engine, paths: Sequence[Path], during: tuple[int, int] | None, progress: Progress
) -> tuple[Analysis, list[Unread]]:
    loaded = Loaded()
    load(engine, paths, progress, FLOWS, loaded)
    return analyse(engine, has=("flows", "packets") if loaded.packets else ("flows",), during=during), loaded.unread


def load(engine: Engine, paths: Sequence[Path], progress: Progress, table: Table, loaded: Loaded) -> None:
    """Read files into `table` and, numbered from `loaded.packets` on, into `packets`; what could not be is listed."""
    engine.run(table.create)
    if not paths:
        return
    sizes = sum(path.stat().st_size for path in paths if path.is_file())
    task = progress.add_task("reading", total=sizes or None)
    for source in Opener(SystemClock()).open_paths(list(paths), sys.stdin.buffer):
        if isinstance(source, Unread):
            loaded.unread.append(source)
            continue
        _load_document(engine, source, loaded, table)
        progress.advance(task, len(source.data))


def _load_document(engine: Engine, source: Source, loaded: Loaded, table: Table) -> None:
    document, origin = Document(source.data), Origin(source=source.name)
    if FLOW_LOG.recognise(document):
        engine.insert(table, flow_values(_used(flow_rows(document, origin), FlowRow, loaded)))
    elif FLOW_TABLE.recognise(document):
        engine.insert(table, flow_values(_used(flow_table_rows(document, origin), FlowRow, loaded)))
    elif HUBBLE.recognise(document):
        rows = list(_used(hubble_packets(document, origin), PacketRow, loaded))
        load_packets(engine, rows, loaded.packets)
        loaded.packets += len(rows)
    else:
        loaded.unread.append(origin.unread("neither a flow log nor Hubble's"))


def _used(found: Iterable[R | Unread], _: type[R], loaded: Loaded) -> Iterator[R]:
    for each in found:
        if isinstance(each, Unread):
            loaded.unread.append(each)
        else:
            yield each


def bulk_files(paths: Iterable[Path]) -> Bulk:
    """The files that are large, and whose beginning says how DuckDB can read them."""
    flows: dict[Path, Framed] = {}
    tables: dict[Path, tuple[int, Header]] = {}
    packets: list[Path] = []
    for path in paths:
        if not path.is_file() or path.stat().st_size < BULK_BYTES:
            continue
        found = framed(path)
        if found is not None:
            flows[path] = found
            continue
        with path.open("rb") as file:
            head = Document(file.read(HEAD_BYTES))
        header = None if head.looks_like_json else table_header(head)
        if header is not None:
            tables[path] = header
        elif in_envelopes(head):
            packets.append(path)
    return Bulk(flows=flows, tables=tables, packets=tuple(packets))


def _render(form: str, analysis: Analysis, unread: list[Unread]) -> str:
    statements = judge(analysis)
    match form:
        case "json":
            return flows_json(analysis, statements, unread)
        case "markdown":
            return flows_markdown(analysis, statements, unread)
        case _:
            return flows_text(analysis, statements, unread)
