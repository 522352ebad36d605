from ipaddress import ip_address

import pytest

from farshore.core.address import HostPort
from farshore.wire.ftp_active import command_for, listening_at

V4, V6 = HostPort(ip_address("10.1.2.3"), 50007), HostPort(ip_address("fd00::7"), 1025)


@pytest.mark.parametrize(
    ("command", "address"),
    [
        (b"PORT 10,1,2,3,195,87\r\n", V4),
        (b"port  10,1,2,3,195,87\n", V4),
        (b"EPRT |1|10.1.2.3|50007|\r\n", V4),
        (b"eprt !2!fd00::7!1025!\r\n", V6),
    ],
)
def test_a_command_names_an_address(command: bytes, address: HostPort) -> None:
    assert listening_at(command) == address


@pytest.mark.parametrize(
    "command",
    [
        b"PORT 10,1,2,300,195,87\r\n",
        b"PORT 10,1,2,3,195\r\n",
        b"PORT 10,1,2,3,195,87,1\r\n",
        b"PORT 10.1.2.3:50007\r\n",
        b"EPRT |1|fd00::7|1025|\r\n",
        b"EPRT |2|10.1.2.3|1025|\r\n",
        b"EPRT |1|10.1.2.300|1025|\r\n",
        b"EPRT |1|10.1.2.3|65536|\r\n",
        b"EPRT |3|10.1.2.3|1025|\r\n",
        b"EPRT |1|10.1.2.3|1025\r\n",
        b"LPRT 4,4,10,1,2,3,2,195,87\r\n",
        b"PASV\r\n",
        b"",
    ],
)
def test_what_names_none_is_not_guessed_at(command: bytes) -> None:
    assert listening_at(command) is None


@pytest.mark.parametrize("address", [V4, V6, HostPort(ip_address("255.0.9.255"), 65535)])
def test_a_command_is_read_as_it_was_written(address: HostPort) -> None:
    assert listening_at(command_for(address)) == address
