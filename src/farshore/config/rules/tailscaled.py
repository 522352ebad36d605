"""The tailscaled that Farshore starts: its SOCKS5 port is nobody else's, and somebody dials through it."""

from collections.abc import Iterator

from farshore.config.egresses import TailscaledEgress
from farshore.config.model import Config
from farshore.config.problem import Finding, Loc, Severity
from farshore.config.rules.listeners import Listening

_SOCKS5: Loc = ("tailscaled", "socks5")


def findings(config: Config, listening: Listening) -> Iterator[Finding]:
    """What is wrong with the child."""
    child = config.tailscaled
    if child is None:
        return
    if child.socks5 is not None:
        yield from _socks5(config, listening)
    sockets = {each.socket for each in config.egresses.values() if isinstance(each, TailscaledEgress)}
    if sockets.isdisjoint({None, child.socket}):
        yield Finding(
            loc=("tailscaled",),
            expected="an egress that dials through it",
            found="none of kind: tailscaled with its socket, or with none",
            hint="leave `egresses:` out, or add one of kind: tailscaled without socket:",
            related=(("egresses",),),
            severity=Severity.WARNING,
        )


def _socks5(config: Config, listening: Listening) -> Iterator[Finding]:
    address = config.tailscaled.socks5 if config.tailscaled else None
    if address is None:
        return
    host = address.host
    if isinstance(host, str) or not host.is_loopback:
        yield Finding(
            loc=_SOCKS5,
            expected="a loopback address, such as 127.0.0.1:1055",
            hint="it has no login: whoever reaches it is in the tailnet",
        )
        return
    listener = listening.holder(host, address.port)
    if listener is not None:
        yield Finding(
            loc=_SOCKS5,
            expected="a port that nobody else has",
            found=f"{address}, where {listener.label} of this gateway listens",
            other=listener.loc,
        )
