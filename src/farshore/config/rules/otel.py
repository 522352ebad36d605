"""A collector is told something, and each header's value can be had. No value is ever quoted."""

from collections.abc import Iterator

from farshore.config.model import Config
from farshore.config.problem import Finding
from farshore.config.rules.notify import header_findings


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with where traces and metrics are sent."""
    if config.otel is None:
        return
    if not (config.otel.traces or config.otel.metrics):
        yield Finding(loc=("otel",), expected="traces, metrics or both", found="neither of them")
    yield from header_findings(("otel", "headers"), config.otel.headers)
