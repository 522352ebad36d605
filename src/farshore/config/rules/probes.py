"""What looking at a target without any client costs it, where somebody asks for more than the default."""

from collections.abc import Iterator

from farshore.config.model import Config, Probe, Protocol
from farshore.config.problem import Finding, Severity


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with how targets are to be looked at."""
    for index, route in enumerate(config.routes):
        if route.probe is Probe.TCP and route.protocol is Protocol.MYSQL:
            yield Finding(
                loc=("routes", index, "probe"),
                expected="greeting or none for mysql, unless the server never blocks a host",
                found=route.probe.value,
                hint="every connection that hangs up at once counts against max_connect_errors, 100 if not changed, of "
                "the router's address; then the server refuses every client behind it",
                related=(("routes", index, "protocol"),),
                severity=Severity.WARNING,
            )
