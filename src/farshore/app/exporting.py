"""Builds what sends traces and metrics to a collector, from the configuration."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from farshore.app.exits import Exit, Refusal
from farshore.config.model import Config
from farshore.config.otel import Otel
from farshore.core.clock import Clock
from farshore.notify.secret import Unreadable, read
from farshore.surface.exemplars import exemplar
from farshore.surface.metrics import Metrics

if TYPE_CHECKING:
    from farshore.surface.otel.exporter import Exporter


def otel_refusal(config: Config) -> Refusal | None:
    """Why nothing could be sent as the configuration wants it; the libraries are loaded here, before clients come."""
    if config.otel is None:
        return None
    try:
        import farshore.surface.otel.exporter  # noqa: F401, PLC0415
    except ImportError as error:
        sentence = f"`otel:` needs OpenTelemetry's libraries ({error}); run `pip install 'farshore[otel]'`."
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    for name, value in _headers(config.otel):
        if isinstance(value, Unreadable):
            return Refusal(exit=Exit.USAGE, sentence=f"otel.headers.{name} cannot be read: {value.reason}.")
    return None


def build_exporter(config: Config, metrics: Metrics, warn: Callable[[str], None], clock: Clock) -> "Exporter | None":
    """The exporter that the configuration asks for; what becomes of exports is shown with the metrics.

    There the connections are named as well, if the configuration wants exemplars.
    """
    exporter = None if config.otel is None else _exporter(config.otel, metrics, warn, clock)
    if config.exemplars:
        metrics.dials.exemplar = exemplar(exporter.traces if exporter else None)
    return exporter


def _exporter(otel: Otel, metrics: Metrics, warn: Callable[[str], None], clock: Clock) -> "Exporter":
    from farshore.surface.otel.exporter import Exporter, OtlpCollector  # noqa: PLC0415

    # What fails is told once, by the exporter: the libraries would say it each time, with what the server answered.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    headers = {name: value for name, value in _headers(otel) if isinstance(value, str)}
    collector = OtlpCollector(otel, headers)
    exporter = Exporter(otel, collector, metrics.collect, warn=warn, clock=clock)
    metrics.exports = exporter.counts
    return exporter


def _headers(otel: Otel) -> Iterable[tuple[str, str | Unreadable]]:
    environment: Mapping[str, str] = os.environ
    return [(name, read(secret, environment)) for name, secret in otel.headers.items()]
