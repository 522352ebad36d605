"""A collector is told something, and each header's value can be had. No value is ever quoted."""

from collections.abc import Iterator

from farshore.config.model import Config
from farshore.config.problem import Finding, Loc
from farshore.config.rules.notify import is_header, is_variable


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with where traces and metrics are sent."""
    if config.otel is None:
        return
    if not (config.otel.traces or config.otel.metrics):
        yield Finding(loc=("otel",), expected="traces, metrics or both", found="neither of them")
    for name, header in config.otel.headers.items():
        loc: Loc = ("otel", "headers", name)
        if not is_header(name):
            yield Finding(loc=("otel", "headers"), expected="the name of a header that is yours to set", found=name)
        given = [each for each in ("file", "env") if getattr(header, each) is not None]
        if len(given) != 1:
            yield Finding(loc=loc, expected="one of file: and env:", found=", ".join(given) or "none of them")
        if header.env is not None and not is_variable(header.env):
            yield Finding(
                loc=loc, expected="env: the name of a variable, such as COLLECTOR_TOKEN", found="another text"
            )
