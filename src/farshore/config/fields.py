"""The kinds of value a configuration is written with: durations, addresses, ranges of ports."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from farshore.core.address import AddressError, HostPort, parse_host, parse_host_port, parse_port

_DURATION = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,3})?)(?P<unit>ms|s|m|h)")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
MAX_RANGE_PORTS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """A host and one port or an unbroken range of ports; `host` None stands for the default listening address."""

    host: IPv4Address | IPv6Address | str | None
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        ports = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        if self.host is None:
            return ports
        return f"[{self.host}]:{ports}" if isinstance(self.host, IPv6Address) else f"{self.host}:{ports}"


def read_duration(value: object) -> float:
    """Seconds from `250ms`, `30s`, `5m`, `1h`, or a number of seconds.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return float(value)
    matched = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        msg = "expected a duration such as 250ms, 30s, 5m or 1h"
        raise ValueError(msg)
    return float(matched["number"]) * _UNIT_S[matched["unit"]]


def read_host_port(value: object) -> HostPort:
    """`host:port` from its text.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, HostPort):
        return value
    if not isinstance(value, str):
        msg = "expected host:port"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a message with a position
    return parse_host_port(value)


def read_ports(value: object) -> Ports:
    """A port, a range of ports, or either of them behind `host:`.

    Raises:
        ValueError: anything else.
    """
    if isinstance(value, Ports):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        msg = "expected a port such as 8082, a range such as 21000-21010, or host:port"
        raise ValueError(msg)  # noqa: TRY004 - pydantic turns only ValueError into a message with a position
    host_text, colon, ports_text = value.rpartition(":")
    if ":" in host_text and not host_text.startswith("["):
        msg = f"expected an IPv6 address in brackets, as in [{host_text}]:{ports_text}"
        raise AddressError(msg)
    host = parse_host(host_text) if colon else None
    first_text, dash, last_text = ports_text.partition("-")
    first = parse_port(first_text)
    last = parse_port(last_text) if dash else first
    if last < first:
        msg = f"expected a range of ports from low to high, found {ports_text}"
        raise AddressError(msg)
    if last - first >= MAX_RANGE_PORTS:
        msg = f"expected at most {MAX_RANGE_PORTS} ports in a range, found {last - first + 1}"
        raise AddressError(msg)
    return Ports(host=host, first=first, last=last)


def _text(description: str, *examples: str) -> Any:  # noqa: ANN401 - pydantic's own annotation type
    return WithJsonSchema({"type": ["string", "integer"], "description": description, "examples": list(examples)})


Duration = Annotated[float, BeforeValidator(read_duration), _text("a duration", "250ms", "30s", "1h")]
Address = Annotated[HostPort, BeforeValidator(read_host_port), _text("host:port", "127.0.0.1:1055")]
PortRange = Annotated[
    Ports, BeforeValidator(read_ports), _text("a port or a range, with or without a host", "8082", "127.0.0.1:8082")
]
Network = IPv4Network | IPv6Network
