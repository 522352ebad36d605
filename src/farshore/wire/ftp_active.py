"""Where an FTP client that chooses active mode listens (RFC 959 section 4.1.2, RFC 2428 section 2): PORT and EPRT."""

import re
from ipaddress import IPv4Address, ip_address

from farshore.core.address import HostPort

_PORT = re.compile(rb"PORT +(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})\s*", re.IGNORECASE)
_EPRT = re.compile(rb"EPRT +([\x21-\x7e])([12])\1([0-9A-Fa-f:.]{2,45})\1(\d{1,5})\1\s*", re.IGNORECASE)
_VERSIONS = {b"1": 4, b"2": 6}


def listening_at(command: bytes) -> HostPort | None:
    """The address that a command names; None for any other line, and for one that names none."""
    if (found := _PORT.fullmatch(command)) is not None:
        numbers = [int(number) for number in found.groups()]
        if max(numbers) > 0xFF:  # noqa: PLR2004 - a byte
            return None
        return HostPort(IPv4Address(bytes(numbers[:4])), numbers[4] * 256 + numbers[5])
    if (found := _EPRT.fullmatch(command)) is None or int(found[4]) > 0xFFFF:  # noqa: PLR2004 - the last port
        return None
    try:
        host = ip_address(found[3].decode())
    except ValueError:
        return None
    return HostPort(host, int(found[4])) if host.version == _VERSIONS[found[2]] else None


def command_for(address: HostPort) -> bytes:
    """The command that names this address, which is no name."""
    if isinstance(address.host, IPv4Address):
        numbers = (*address.host.packed, *divmod(address.port, 256))
        return f"PORT {','.join(map(str, numbers))}\r\n".encode()
    return f"EPRT |2|{address.host}|{address.port}|\r\n".encode()
