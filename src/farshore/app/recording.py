"""Builds what notices and examines outages, from the configuration."""

import os
from collections.abc import Callable, Sequence

from farshore.app.hiding import known_secrets
from farshore.config.incidents import Incidents
from farshore.config.model import Config
from farshore.core.clock import Clock
from farshore.core.events import Announce
from farshore.gateway.state import RouteState
from farshore.incident.child import Surroundings
from farshore.incident.examiner import Examiner
from farshore.incident.recorder import Around, Recorder
from farshore.incident.reporter import Reporter
from farshore.incident.shelf import Shelf


def build_recorder(
    config: Config,
    carried: Callable[[], Config],
    routes: Callable[[], Sequence[RouteState]],
    announce: Announce,
    clock: Clock,
) -> Recorder | None:
    """The recorder that the configuration asks for. It looks at the routes of the configuration `carried` by then."""
    settings = config.incidents or (None if config.alerts is None else Incidents())
    if settings is None:
        return None
    beside = Surroundings(environment=os.environ, hidden=lambda: known_secrets(carried()))
    examiner = Examiner(carried, None if config.admin is None else f"http://{config.admin}", beside)
    shelf = None if settings.folder is None else Shelf(folder=settings.folder, keep=settings.keep)
    journal = None if config.journal is None else config.journal.path
    reporter = None if settings.folder is None else Reporter(settings.folder, journal, beside)
    around = Around(
        routes=routes,
        examiner=examiner,
        announce=announce,
        clock=clock,
        reporter=reporter,
        well_s=settings.close_after_s,
    )
    return Recorder(around, shelf)
