"""Rules that look at several fields at once: a configuration in, findings out, no I/O.

`listeners` who listens where, `egresses` the ways out, `routes` targets and their way, `paths` several ways,
`probes` what looking costs, `tailscaled` the child, `bounds` times and counts, `control` the control plane,
`notify` who is told, `otel` the collector, `refusing` how clients are.
"""

from collections.abc import Iterator

from farshore.config.model import Config
from farshore.config.problem import Finding
from farshore.config.rules import (
    bounds,
    control,
    egresses,
    listeners,
    notify,
    otel,
    paths,
    probes,
    refusing,
    routes,
    tailscaled,
)
from farshore.config.rules.listeners import Listening


def findings(config: Config, *, descriptor_limit: int | None) -> Iterator[Finding]:
    """Everything that the rules have to say, in the order in which a person would read the file.

    Args:
        config: what to look at.
        descriptor_limit: how many descriptors the process may hold; None where that isn't known.
    """
    listening = Listening(config)
    yield from egresses.findings(config, listening)
    yield from routes.findings(config, listening)
    yield from paths.findings(config)
    yield from probes.findings(config)
    yield from tailscaled.findings(config, listening)
    yield from listeners.findings(config, listening)
    yield from bounds.findings(config, descriptor_limit=descriptor_limit)
    yield from control.findings(config)
    yield from notify.findings(config)
    yield from otel.findings(config)
    yield from refusing.findings(config)
