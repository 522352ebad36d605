import errno
import os
from ipaddress import IPv4Address

import pytest

from farshore.app.exits import Exit, Refusal
from farshore.app.not_bound import listen_refusal, not_bound
from farshore.core.address import HostPort
from farshore.gateway.listener import ListenError


def refused(number: int, port: int = 8082) -> Refusal:
    error = ListenError("billing", HostPort(IPv4Address("127.0.0.1"), port), os.strerror(number))
    error.__cause__ = OSError(number, os.strerror(number))
    return listen_refusal(error)


@pytest.mark.parametrize(
    ("number", "cause", "next_step"),
    [
        (errno.EADDRINUSE, "the address is in use", "`ss -ltnp 'sport = :8082'`"),
        (errno.EACCES, "this user may not open that port", "a port from 1024 up"),
        (errno.EADDRNOTAVAIL, "this host does not have that address", "`ip address`"),
        (errno.EMFILE, "too many open files", "change its `listen:`"),
    ],
)
def test_why_an_address_is_not_to_be_had(number: int, cause: str, next_step: str) -> None:
    refusal = refused(number)
    assert refusal.exit is Exit.NOT_BOUND
    assert refusal.sentence.startswith(f"route billing cannot listen on 127.0.0.1:8082 because {cause}; ")
    assert next_step in refusal.sentence


def test_another_listener_is_told_by_what_it_is() -> None:
    error = OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    refusal = not_bound("the health listener", "[::1]:9808", error, "`health:`")
    assert refusal.sentence.startswith("the health listener cannot listen on [::1]:9808 because the address is in use;")
    assert refusal.sentence.endswith("or change `health:`.")
