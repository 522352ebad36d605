"""Whom `doctor` asks beside the walk, and which keys it must never write down."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from farshore.app.mending import IN_KUBERNETES, control_plane
from farshore.collect.beside import Source
from farshore.collect.control import devices_of
from farshore.collect.documents import Notebook
from farshore.collect.journal import LOOKED_BACK_S, journal_of
from farshore.collect.kubernetes import WHAT as KUBERNETES
from farshore.collect.kubernetes import namespace_of
from farshore.collect.logs import tail_of
from farshore.config.egresses import TailscaledEgress
from farshore.config.model import Config
from farshore.core.clock import SystemClock
from farshore.tailnet.control.http import Key, key_in_environment, key_in_file
from farshore.tailnet.control.plane import ControlError
from farshore.tailnet.supervisor.login import Key as AuthKey
from farshore.tailnet.supervisor.login import find_key

# Shorter than this nothing is a key, and to take it out everywhere would spoil the text.
_SHORTEST_KEY = 8


def sources(
    config: Config | None,
    logs: Iterable[Path],
    notebook: Notebook,
    environment: Mapping[str, str] = os.environ,
    recent_s: float = LOOKED_BACK_S,
) -> list[Source]:
    """Log files, the gateway's journal, the control plane, the cluster: what there is; the others are noted.

    Of the journal the last `recent_s` are taken.
    """
    every = dict.fromkeys((*_logs_of(config), *logs))
    found = [tail_of(path, number) for number, path in enumerate(every, 1)]
    if config is not None and config.journal is not None:
        found.append(journal_of(config.journal.path, recent_s))
    if config is not None and config.control is not None:
        control = config.control
        found.append(devices_of(lambda: control_plane(control, SystemClock(), environment)))
    else:
        notebook.leave("control plane", "no configuration with `control:` was given")
    if IN_KUBERNETES in environment:
        found.append(namespace_of())
    else:
        notebook.leave(KUBERNETES, "this is no pod")
    return found


def _logs_of(config: Config | None) -> Iterator[Path]:
    for egress in () if config is None else config.egresses.values():
        if isinstance(egress, TailscaledEgress) and egress.log is not None:
            yield egress.log


def known_keys(config: Config | None, environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Every key that the configuration leads to, so that it can be taken out whatever it looks like."""
    if config is None:
        return ()
    found: list[str] = []
    control = config.control
    if control is not None:
        for path, variable in (
            (control.key_file, control.key_env),
            (control.client_secret_file, control.client_secret_env),
        ):
            found += _read(path, variable, environment)
    if config.tailscaled is not None:
        key = find_key(config.tailscaled, environment)
        found += [key.secret, key.bare] if isinstance(key, AuthKey) else []
    return tuple(dict.fromkeys(key for key in found if len(key) >= _SHORTEST_KEY))


def _read(path: Path | None, variable: str | None, environment: Mapping[str, str]) -> list[str]:
    key: Key | None = None
    if path is not None:
        key = key_in_file(path)
    elif variable is not None:
        key = key_in_environment(variable, environment)
    try:
        return [] if key is None else [key()]
    except ControlError:
        return []
