"""Whom `doctor` asks beside the walk."""

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
