"""The kinds of value a configuration is written with: durations, addresses, ports, names, networks.

Each reader takes what was written and gives the value. What it cannot read it refuses with `UnfitError`, which says
what was expected and, where the slip is a known one, what to write instead.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, Strict, WithJsonSchema

from farshore.core.address import AddressError, HostPort, IPAddress, IPNetwork, parse_host, parse_port

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h)")
_DURATION_PATTERN = f"^{_DURATION.pattern}$"
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
MAX_DURATION_S = 366 * 86400.0
MAX_RANGE_PORTS = 1024
MAX_SOCKET_PATH_BYTES = 107  # sun_path of sockaddr_un on Linux, less its final NUL: unix(7)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
NAME_PATTERN = f"^{_NAME.pattern}$"
_MAX_ADDRESS_LENGTH = 300
_MAX_PORT_DIGITS = 5

ADDRESS = "host:port, such as 172.16.20.88:1433 or [fd7a:115c:a1e0::1]:1433"
PORTS = "a port such as 8082, a range such as 21000-21010, or either behind an address, as in 127.0.0.1:8082"
TARGET = "host:port, such as 172.16.20.88:1433, or host and a range, such as 172.16.20.88:21000-21010"
DURATION = "a duration such as 250ms, 30s, 5m or 1h"


class UnfitError(ValueError):
    """A value that can't be read; `expected` and `hint` are for the person who wrote it."""

    def __init__(self, *, expected: str, hint: str | None = None) -> None:
        super().__init__(f"expected {expected}")
        self.expected = expected
        self.hint = hint


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
    """Seconds from `250ms`, `30s`, `5m`, `1h`, or a number of seconds; at most 366 days.

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    else:
        matched = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if matched is None:
            raise UnfitError(expected=DURATION, hint=_duration_hint(value))
        seconds = float(matched[1]) * _UNIT_S[matched[2]]
    if not 0 <= seconds <= MAX_DURATION_S:
        raise UnfitError(expected=f"{DURATION}, at most {MAX_DURATION_S / 3600:.0f}h")
    return seconds


def read_whole_seconds(value: object) -> int:
    """A whole number of seconds, at least one, from a duration.

    Raises:
        UnfitError: anything else.
    """
    seconds = read_duration(value)
    if seconds < 1 or seconds != int(seconds):
        raise UnfitError(expected="a whole number of seconds, such as 30 or 30s, at least 1s")
    return int(seconds)


def write_duration(seconds: float) -> str:
    """The duration as a person writes it: `250ms`, `7s`, `1h`. `read_duration` reads it back to the millisecond."""
    milliseconds = round(seconds * 1000)
    for unit in ("h", "m", "s"):
        if milliseconds and not milliseconds % round(_UNIT_S[unit] * 1000):
            return f"{milliseconds // round(_UNIT_S[unit] * 1000)}{unit}"
    return f"{milliseconds}ms" if milliseconds else "0s"


def read_host_port(value: object) -> HostPort:
    """`host:port` from its text, with brackets around an IPv6 literal.

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, HostPort):
        return value
    if not isinstance(value, str):
        raise UnfitError(expected=ADDRESS)
    host_text, ports_text = _split(value, ADDRESS)
    if not host_text:
        raise UnfitError(expected=ADDRESS, hint=_address_hint(value))
    return HostPort(_host(host_text, value), _port(ports_text))


def read_ports(value: object) -> Ports:
    """A port, a range of ports, or either of them behind `host:`.

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, Ports):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise UnfitError(expected=PORTS)
    return _ports(value, PORTS)


def read_target(value: object) -> Ports:
    """A host with one port or a range of ports.

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, Ports):
        return value
    if not isinstance(value, str):
        raise UnfitError(expected=TARGET)
    if ":" not in value:
        raise UnfitError(expected=TARGET, hint=_address_hint(value))
    return _ports(value, TARGET)


def read_ip(value: object) -> IPAddress:
    """An IPv4 or IPv6 address, without a zone.

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, IPv4Address | IPv6Address):
        return value
    host = _host(value, value) if isinstance(value, str) else None
    if host is None or isinstance(host, str):
        raise UnfitError(
            expected="an address such as 127.0.0.1 or ::1", hint=None if host is None else _name_hint(host)
        )
    return host


def read_network(value: object) -> IPNetwork:
    """A network such as 10.0.0.0/8 or fd00::/8; a bare address stands for itself alone.

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    expected = "a network such as 10.0.0.0/8 or fd00::/8"
    if not isinstance(value, str):
        raise UnfitError(expected=expected)
    try:
        return ip_network(value)
    except ValueError:
        raise UnfitError(expected=expected, hint=_network_hint(value)) from None


def read_name(value: object) -> str:
    """A name for logs, metrics and pages: up to 63 letters, digits, dots, dashes and underscores.

    Raises:
        UnfitError: anything else.
    """
    expected = "a name of up to 63 letters, digits, dots, dashes and underscores"
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise UnfitError(expected=expected, hint=f'put it in quotes: "{value}"')
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise UnfitError(expected=expected)
    return value


def read_socket_path(value: object) -> Path:
    """The absolute path of a unix socket, at most 107 bytes long (unix(7)).

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, Path):
        return value
    expected = "the absolute path of a unix socket, such as /var/run/tailscale/tailscaled.sock"
    if not isinstance(value, str):
        raise UnfitError(expected=expected)
    if value.startswith("unix:"):
        raise UnfitError(
            expected=expected, hint=f"write {value.removeprefix('unix:').replace('//', '', 1)} without unix:"
        )
    if not value.startswith("/"):
        raise UnfitError(expected=expected, hint="neither ~ nor a path from the working directory is understood")
    if len(value.encode(errors="surrogateescape")) > MAX_SOCKET_PATH_BYTES:
        raise UnfitError(
            expected=f"a path of at most {MAX_SOCKET_PATH_BYTES} bytes, the kernel's limit for a unix socket"
        )
    return Path(value)


def is_local_word(host: str) -> bool:
    """Whether a name means this host by RFC 6761 section 6.3: the word itself, and whatever ends in it."""
    return host.lower().removesuffix(".").rpartition(".")[2] == "localhost"


def _ports(text: str, expected: str) -> Ports:
    host_text, ports_text = _split(text, expected)
    if text.startswith(":"):
        raise UnfitError(expected=expected, hint=_address_hint(text))
    host = _host(host_text, text) if host_text else None
    first_text, dash, last_text = ports_text.partition("-")
    first = _port(first_text)
    last = _port(last_text) if dash else first
    if last < first:
        raise UnfitError(expected="a range of ports from low to high", hint=f"write {last}-{first}")
    if last - first >= MAX_RANGE_PORTS:
        raise UnfitError(
            expected=f"at most {MAX_RANGE_PORTS} ports in a range", hint=f"{ports_text} are {last - first + 1}"
        )
    return Ports(host=host, first=first, last=last)


def _split(text: str, expected: str) -> tuple[str, str]:
    if len(text) > _MAX_ADDRESS_LENGTH:
        raise UnfitError(expected=expected, hint=_address_hint(text))
    host, _, ports = text.rpartition(":")
    if text.endswith("]") or (":" in host and not host.startswith("[")):
        raise UnfitError(expected=expected, hint=_address_hint(text))
    return host, ports


def _host(text: str, whole: str) -> IPAddress | str:
    try:
        host = parse_host(text)
    except AddressError as error:
        raise UnfitError(
            expected=str(error).removeprefix("expected ").partition(", found ")[0], hint=_address_hint(whole)
        ) from None
    if isinstance(host, IPv6Address) and host.scope_id is not None:
        raise UnfitError(expected="an address without a zone", hint="link-local addresses are not supported")
    return host


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text.lstrip("0")) > _MAX_PORT_DIGITS:
        raise UnfitError(expected="a port from 1 to 65535", hint=_address_hint(text))
    if text.startswith("0") and text.lstrip("0"):
        raise UnfitError(
            expected="a port without leading zeros",
            hint=f"write {text.lstrip('0')}; some YAML readers take {text} for octal",
        )
    try:
        return parse_port(text)
    except AddressError:
        raise UnfitError(expected="a port from 1 to 65535") from None


_ADDRESS_SLIPS = (
    (re.compile(r"(?:jdbc:)?[a-z0-9+.:-]+://.*", re.ASCII), "write only host:port, without the scheme and the rest"),
    (re.compile(r"\*?:[0-9-]+", re.ASCII), "for every interface write 0.0.0.0 before the colon, or set listen_host"),
    (re.compile(r"[0-9]{1,5}:[0-9]{1,5}", re.ASCII), "the listening port and the target are two fields"),
    (re.compile(r"[0-9]{1,5}:[^:]+:[0-9]{1,5}", re.ASCII), "the listening port and the target are two fields"),
    (re.compile(r".*\\.*"), "a SQL Server instance name is not enough: write the instance's own port"),
    (re.compile(r".*,[0-9]+"), "put a colon before the port, not a comma"),
    (re.compile(r".*/[0-9]+(?::.*)?", re.ASCII), "one host, not a network"),
    (re.compile(r"\[[^]]*\]"), "the port is missing"),
    (re.compile(r"0[xob]_?[0-9A-Fa-f_]+", re.ASCII), "write it in decimal"),
    (re.compile(r"[0-9]+[_,'][0-9_,']+", re.ASCII), "write the digits alone"),
    (re.compile(r".*\s.*", re.DOTALL), "there is a space in it"),
)


def _address_hint(text: str) -> str | None:
    if len(text) > _MAX_ADDRESS_LENGTH:
        return f"it is {len(text)} characters long"
    for slip, hint in _ADDRESS_SLIPS:
        if slip.fullmatch(text):
            return hint
    host, _, port = text.rpartition(":")
    if _is_ipv6(host):
        return f"an IPv6 address stands in brackets, as in [{host}]:{port}"
    if not host and "." in text:
        return f"the port is missing: {text}:1433, say"
    return None


def _is_ipv6(text: str) -> bool:
    try:
        return isinstance(ip_address(text), IPv6Address)
    except ValueError:
        return False


def _name_hint(name: str) -> str:
    return "write 127.0.0.1" if is_local_word(name) else "a name is not understood here"


def _network_hint(text: str) -> str | None:
    try:
        return f"did you mean {ip_network(text, strict=False)}"
    except ValueError:
        return None


_DURATION_WORDS = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([a-z]{0,12})\s*", re.ASCII)
_UNIT_WORDS = (("ms", "milli"), ("m", "mi"), ("s", "s"), ("h", "h"), ("s", ""))


def _duration_hint(value: object) -> str | None:
    matched = _DURATION_WORDS.fullmatch(value.lower()) if isinstance(value, str) else None
    if matched is None:
        return None
    number, word = matched[1], matched[2]
    if word.startswith("d"):
        return f"did you mean {float(number) * 24:g}h?"
    unit = next((unit for unit, start in _UNIT_WORDS if word.startswith(start) and (start or not word)), None)
    return f"did you mean {number}{unit}?" if unit else None


def _written(title: str, *examples: str | int, kind: str | tuple[str, ...] = "string", **more: str | int) -> Any:  # noqa: ANN401 - pydantic's own annotation type
    types = kind if isinstance(kind, str) else list(kind)
    return WithJsonSchema({"type": types, "title": title, "examples": list(examples), **more})


def _as_text(value: object) -> str:
    return str(value)


_TEXT = PlainSerializer(_as_text, return_type=str, when_used="json")

Duration = Annotated[
    float,
    BeforeValidator(read_duration),
    PlainSerializer(write_duration, return_type=str, when_used="json"),
    _written("duration", "250ms", "30s", "1h", 5, kind=("string", "number"), pattern=_DURATION_PATTERN),
]
WholeSeconds = Annotated[
    int,
    BeforeValidator(read_whole_seconds),
    PlainSerializer(write_duration, return_type=str, when_used="json"),
    _written("whole seconds", "30s", 30, kind=("string", "integer"), pattern=_DURATION_PATTERN),
]
Flag = Annotated[bool, Strict()]
Count = Annotated[int, Strict()]
Address = Annotated[HostPort, BeforeValidator(read_host_port), _TEXT, _written("host:port", "127.0.0.1:1055")]
PortRange = Annotated[
    Ports,
    BeforeValidator(read_ports),
    _TEXT,
    _written(
        "port or range, with or without address",
        8082,
        "21000-21010",
        "[::1]:8082",
        kind=("integer", "string"),
        minimum=1,
        maximum=65535,
    ),
]
TargetRange = Annotated[
    Ports,
    BeforeValidator(read_target),
    _TEXT,
    _written("host:port or host:range", "172.16.20.88:1433", "[fd7a:115c:a1e0:b1a:0:1:ac10:1458]:1433"),
]
IP = Annotated[IPv4Address | IPv6Address, BeforeValidator(read_ip), _TEXT, _written("address", "127.0.0.1", "::1")]
Network = Annotated[
    IPv4Network | IPv6Network, BeforeValidator(read_network), _TEXT, _written("network", "10.0.0.0/8", "fd00::/8")
]
Name = Annotated[str, BeforeValidator(read_name), _written("name", "billing", "sql-1", pattern=NAME_PATTERN)]
SocketPath = Annotated[
    Path, BeforeValidator(read_socket_path), _TEXT, _written("path", "/var/run/tailscale/tailscaled.sock")
]
Word = Annotated[str, Strict(), _written("word", "HEADSCALE_API_KEY")]
