"""What the words of a report mean to somebody who does not work with TCP and Tailscale every day."""

from farshore.core.outcome import MEANINGS, Code
from farshore.core.pattern import DEFINITIONS
from farshore.report.outage.model import Term

SOCKS = (
    ("0", "succeeded: the connection is up"),
    ("1", "general failure: tailscaled answers this for every dial that fails, so it names no cause"),
    ("2", "not allowed by the server's rules; tailscaled never says it of a dial"),
    ("3", "network unreachable; tailscaled never says it of a dial"),
    ("4", "host unreachable; tailscaled never says it of a dial"),
    ("5", "connection refused; tailscaled never says it of a dial"),
    ("7", "command not supported"),
    ("8", "address type not supported"),
)
ENDINGS = (
    ("FIN", "an orderly end: whoever reads sees the end of the stream; before the first byte, an empty answer"),
    ("RST", "a reset: the connection is thrown away; drivers say `connection reset`"),
    ("no answer", "neither: packets vanish, and only a time-out ends the wait"),
)
FAMILIES = (
    ("100.64.0.0/10", "IPv4 addresses of a tailnet's nodes"),
    ("fd7a:115c:a1e0::/48", "IPv6 addresses of a tailnet's nodes"),
    ("4via6 (fd7a:115c:a1e0:b1a::/64)", "an IPv6 address that names a site and an IPv4 address behind its router"),
    ("127.0.0.1, ::1", "this host itself; which of the two `localhost` means differs from host to host"),
)
WORDS = (
    ("route", "a port of the gateway and the private target that it stands for"),
    ("path", "one way to a route's target: an egress and the address to ask it for"),
    ("egress", "a way out of the gateway's host: tailscaled's LocalAPI, its SOCKS5 or HTTP proxy, or none of them"),
    ("held", "a client that waits at the gateway, connected, until a path answers"),
    ("proven, likely, possible", "enough to decide; points to it with nothing against it; merely allowed by the facts"),
)


def terms(codes: tuple[str, ...], kinds: tuple[str, ...] = ()) -> tuple[Term, ...]:
    """The glossary, with the outcome codes and the kinds of outages that a report uses."""
    used = [(code, MEANINGS[Code(code)].summary.rstrip(".")) for code in codes if code in set(Code)]
    groups = (
        ("Words", WORDS),
        ("Outcome codes", used),
        ("Kinds of outages", [(kind, text) for kind, text in DEFINITIONS.items() if kind in kinds]),
        ("SOCKS5 replies", SOCKS),
        ("How TCP ends", ENDINGS),
        ("Addresses", FAMILIES),
    )
    return tuple(Term(group=group, term=term, meaning=meaning) for group, of in groups for term, meaning in of)
