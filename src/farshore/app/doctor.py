"""`farshore doctor`: walks the way to a target now, and says what is broken; the same engine as `diagnose`."""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from secrets import token_bytes

from msgspec.structs import replace
from rich.console import Console

from farshore.app.diagnose import Asked as Shown
from farshore.app.diagnose import exit_of, render
from farshore.app.discovery import complete
from farshore.app.doctor_sources import sources
from farshore.app.exits import Exit, Refusal
from farshore.app.hiding import hidden_by
from farshore.app.private import write_private
from farshore.collect import gateway
from farshore.collect.aim import Aim, aims_of, plain_aim
from farshore.collect.bundle import pack
from farshore.collect.checkup import examine
from farshore.collect.deadline import OUT_OF_TIME, Deadline
from farshore.collect.documents import Document, Notebook
from farshore.collect.gateway import GatewaySeen
from farshore.collect.journal import LOOKED_BACK_S
from farshore.collect.redact import Redaction, redact, redacted
from farshore.collect.steps import Walk, without
from farshore.config.admin_token import bearer
from farshore.config.load import load
from farshore.config.model import Config
from farshore.core.address import AddressError, HostPort, parse_host_port
from farshore.core.clock import Clock, SystemClock
from farshore.diagnosis.collected import NotCollected
from farshore.diagnosis.engine import diagnose as weigh
from farshore.diagnosis.intake.dispatch import take_in
from farshore.diagnosis.intake.sources import Source
from farshore.diagnosis.intake.times import read_moment
from farshore.diagnosis.verdict import Diagnosis
from farshore.surface.checklist import show, show_missing
from farshore.tailnet.discover import discover

MOST_ROUTES = 8
# Less than a ping of a silent router takes, and nothing could be told of it.
SHORTEST_S = 1.0
UNEXPLAINED = "Undecided: the way is broken where the list says so; no known cause explains it."
UNTESTED = f"Undecided: {OUT_OF_TIME} before everything was tested."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody wants looked at, and how it is to be shown."""

    what: str | None
    config: Path | None
    url: str
    format: str = "text"
    bundle: Path | None = None
    redact_addresses: bool = False
    why: bool = False
    logs: tuple[Path, ...] = ()
    within_s: float = 60.0
    since: str | None = None
    hide: Path | None = None


def doctor(asked: Asked) -> Exit | Refusal:
    """Look, diagnose what was seen, and print both."""
    notebook = Notebook(clock=SystemClock())
    deadline = Deadline(clock=notebook.clock, at_s=notebook.clock.monotonic_s() + asked.within_s)
    past_s = _past(asked, notebook.clock)
    if isinstance(past_s, Refusal):
        return past_s
    configured = _configured(asked)
    if isinstance(configured, Refusal):
        return configured
    config, hidden = configured
    headers = bearer(None if config is None else config.admin_token_file)
    seen = gateway.ask(asked.url, notebook, min(past_s, gateway.RECENT_S), headers)
    aims = _aims(asked, config, seen)
    if isinstance(aims, Refusal):
        return aims
    about_gateway = seen if isinstance(seen, GatewaySeen) or asked.config is not None else None
    beside = sources(config, asked.logs, notebook, recent_s=min(past_s, LOOKED_BACK_S))
    walks = asyncio.run(examine(aims[:MOST_ROUTES], about_gateway, notebook, beside, deadline))
    redaction = Redaction(secret=token_bytes() if asked.redact_addresses else b"", hidden=hidden)
    documents = redacted(notebook.documents(redaction.what), redaction)
    if asked.bundle is not None:
        against = write_private(asked.bundle, pack(documents))
        if against is not None:
            return Refusal(exit=Exit.USAGE, sentence=f"{asked.bundle} cannot be written: {against}; name another file.")
    diagnosis = diagnose_documents(documents)
    missing = [replace(each, reason=redact(each.reason, redaction)) for each in notebook.missing]
    _print(without(walks, Redaction(hidden=hidden)), missing, diagnosis, asked)
    if len(aims) > MOST_ROUTES:
        print(f"{len(aims) - MOST_ROUTES} more routes were not looked at; name one.", file=sys.stderr)  # noqa: T201 - the command's output
    undecided = _undecided(walks, diagnosis)
    if undecided is None:
        return exit_of(diagnosis)
    print(undecided, file=sys.stderr)  # noqa: T201 - the command's output
    return Exit.UNDECIDED


def _undecided(walks: Sequence[Walk], diagnosis: Diagnosis) -> str | None:
    """Why nobody knows, although no verdict says so."""
    if any(walk.broken for walk in walks) and all(verdict.is_note for verdict in diagnosis.verdicts):
        return UNEXPLAINED
    return UNTESTED if any(walk.is_cut for walk in walks) and not diagnosis.verdicts else None


def _past(asked: Asked, clock: Clock) -> int | Refusal:
    """How many seconds of what the gateway remembers are asked for; what cannot be obeyed is refused."""
    if not asked.within_s >= SHORTEST_S:
        return Refusal(exit=Exit.USAGE, sentence=f"--within takes seconds, from {SHORTEST_S:g} up.")
    if asked.since is None:
        return gateway.RECENT_S
    since = read_moment(asked.since)
    if since is None:
        return Refusal(
            exit=Exit.USAGE, sentence=f"--since takes a time like 2026-03-04T05:50:34Z, found {asked.since!r}."
        )
    return max(1, ceil(clock.wall_s() - since.at.timestamp()))


def diagnose_documents(documents: Iterable[Document]) -> Diagnosis:
    """The diagnosis of what was collected, by the readers that would read it from a file."""
    taken = take_in(Source(name=document.name, data=document.data) for document in documents)
    return weigh(taken.facts, taken.unread)


def _print(walks: tuple[Walk, ...], missing: Sequence[NotCollected], diagnosis: Diagnosis, asked: Asked) -> None:
    if asked.format == "text":
        console = Console(highlight=False, markup=False, emoji=False)
        show(console, walks)
        show_missing(console, missing)
    # The list has said what is broken; that nothing could be read would be no answer to it.
    if asked.format != "text" or diagnosis.readable:
        print(render(diagnosis, Shown(paths=(), format=asked.format, why=asked.why)))  # noqa: T201 - the command's output
    if asked.bundle is not None and asked.format == "text":
        print(f"\nWritten: {asked.bundle}; read it again with `farshore diagnose {asked.bundle}`.")  # noqa: T201


def _aims(asked: Asked, config: Config | None, seen: GatewaySeen | str) -> list[Aim] | Refusal:
    target = _target(asked.what)
    if config is not None:
        return _chosen(list(aims_of(config)), asked.what, target, f"{asked.config} has no route {asked.what}")
    if isinstance(seen, GatewaySeen) and (target is None or seen.route("", str(target)) is not None):
        return _from_gateway(seen, asked.what, target)
    if target is None:
        unknown = f"{asked.what} is no target as HOST:PORT, and " if asked.what else ""
        return Refusal(
            exit=Exit.USAGE,
            sentence=f"{unknown}no gateway runs at {asked.url} that could say which targets there are; name one as "
            "HOST:PORT, or a configuration with -c FILE.",
        )
    found = discover()
    return [plain_aim(target, found.socket, found.socks5, found.tried)]


def _target(what: str | None) -> HostPort | None:
    if what is None or ":" not in what:
        return None
    try:
        return parse_host_port(what)
    except AddressError:
        return None  # a route's name may have a colon, too: `name:PORT` of a range


def _configured(asked: Asked) -> tuple[Config | None, tuple[str, ...]] | Refusal:
    """The configuration, if one was named, and what is never to be told."""
    config: Config | Refusal | None = None
    if asked.config is not None:
        loaded = load(asked.config)
        if loaded.config is None:
            sentence = f"{loaded.problems[0]}; see all of it with `farshore check -c {asked.config}`."
            return Refusal(exit=Exit.USAGE, sentence=sentence)
        config = complete(loaded.config)
    if isinstance(config, Refusal):
        return config
    hidden = hidden_by(asked.hide, config)
    return hidden if isinstance(hidden, Refusal) else (config, hidden)


def _from_gateway(seen: GatewaySeen, what: str | None, target: HostPort | None) -> list[Aim] | Refusal:
    """Where the gateway tells its routes and not its egresses: what is found on this host leads there."""
    found = discover()
    aims = []
    for route in seen.routes:
        plain = plain_aim(parse_host_port(route.target), found.socket, found.socks5)
        paths = [parse_host_port(path.target) for path in route.paths] or [plain.target]
        aims.append(plain.named(route.name, route.listen, route.protocol, paths))
    return _chosen(aims, what, target, f"the gateway at {seen.url} has no route {what}")


def _chosen(aims: list[Aim], what: str | None, target: HostPort | None, otherwise: str) -> list[Aim] | Refusal:
    if what is None:
        return aims
    chosen = [aim for aim in aims if aim.route == what] or [aim for aim in aims if target and aim.target == target]
    if chosen:
        return chosen
    names = ", ".join(aim.route for aim in aims[:10])
    return Refusal(exit=Exit.USAGE, sentence=f"{otherwise}; it has {names}.")
