"""Times and counts that have to fit each other, and the host."""

from collections.abc import Iterator

from farshore.config.egresses import Socks5Egress
from farshore.config.fields import write_duration
from farshore.config.model import Config
from farshore.config.problem import Finding, Severity

# tailscale net/socks5/socks5.go at v1.102.3: a dial that nobody answers is given up after 5 s.
SOCKS_DIAL_S = 5.0
DESCRIPTORS_PER_CONNECTION = 2
SPARE_DESCRIPTORS = 64


def findings(config: Config, *, descriptor_limit: int | None) -> Iterator[Finding]:
    """What is wrong with time-outs and limits."""
    yield from _timeouts(config)
    yield from _path_health(config)
    yield from _connections(config, descriptor_limit)


def _timeouts(config: Config) -> Iterator[Finding]:
    timeouts = config.timeouts
    dial = write_duration(timeouts.dial_s)
    if timeouts.dial_s < timeouts.connect_s:
        yield Finding(
            loc=("timeouts", "dial"),
            expected=f"at least as long as connect: {write_duration(timeouts.connect_s)}",
            found=dial,
            related=(("timeouts", "connect"),),
        )
    if timeouts.dial_s < SOCKS_DIAL_S and any(isinstance(each, Socks5Egress) for each in config.egresses.values()):
        yield Finding(
            loc=("timeouts", "dial"),
            expected="at least 5s with an egress of kind socks5",
            found=dial,
            hint="tailscaled's SOCKS5 says after 5 s that nobody answered; whoever waits less never hears it",
            related=(("egresses",),),
            severity=Severity.WARNING,
        )


def _path_health(config: Config) -> Iterator[Finding]:
    health = config.path_health
    if 0 < health.every_s < health.in_doubt_s:
        yield Finding(
            loc=("path_health", "every"),
            expected=f"at least as long as in_doubt: {write_duration(health.in_doubt_s)}, or 0s, which never looks",
            found=write_duration(health.every_s),
            related=(("path_health", "in_doubt"),),
        )


def _connections(config: Config, descriptor_limit: int | None) -> Iterator[Finding]:
    total = config.limits.max_connections
    for index, route in enumerate(config.routes):
        if route.max_connections > total and "max_connections" in route.model_fields_set:
            yield Finding(
                loc=("routes", index, "max_connections"),
                expected=f"at most limits.max_connections: {total}",
                hint="the limit over all routes is reached first",
                related=(("limits", "max_connections"),),
                severity=Severity.WARNING,
            )
    needed = total * DESCRIPTORS_PER_CONNECTION + SPARE_DESCRIPTORS + sum(len(route.listen) for route in config.routes)
    if descriptor_limit is not None and needed > descriptor_limit:
        fits = max((descriptor_limit - needed) // DESCRIPTORS_PER_CONNECTION + total, 1)
        yield Finding(
            loc=("limits", "max_connections"),
            expected=f"at most {fits} with the {descriptor_limit} descriptors that this process may open",
            found=f"{total}",
            hint=f"raise the limit to {needed} (ulimit -n, or LimitNOFILE= of the unit), or lower the number",
            severity=Severity.WARNING,
        )
