"""What looking at a target without any client costs it, where somebody asks for more than the default."""

from collections.abc import Iterator

from farshore.config.model import Config, Probe, Protocol
from farshore.config.problem import Finding, Severity


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with how targets are to be looked at."""
    for index, route in enumerate(config.routes):
        if route.probe is None or route.probe is Probe.NONE:
            continue
        if route.protocol is Protocol.MYSQL:
            yield Finding(
                loc=("routes", index, "probe"),
                expected="none for mysql, unless the server never blocks a host",
                found=route.probe.value,
                hint="every probe counts against max_connect_errors, 100 if not changed, as an attempt of the router's "
                "address; then the server refuses every client behind it",
                related=(("routes", index, "protocol"),),
                severity=Severity.WARNING,
            )
        elif route.protocol is Protocol.ORACLE and route.probe is Probe.GREETING:
            yield Finding(
                loc=("routes", index, "probe"),
                expected="tcp or none for oracle",
                found=route.probe.value,
                hint="a listener says nothing before it is asked for a service",
                related=(("routes", index, "protocol"),),
            )
