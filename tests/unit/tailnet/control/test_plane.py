from ipaddress import ip_address, ip_network

import pytest

from farshore.tailnet.control.plane import ControlError, ControlFailure, addresses, networks


def test_what_is_absent_is_empty() -> None:
    assert (addresses(None), networks(None), networks([])) == ((), (), ())


def test_addresses_and_prefixes_are_values() -> None:
    assert addresses(["100.64.0.2"]) == (ip_address("100.64.0.2"),)
    assert networks(["172.16.20.0/24"]) == (ip_network("172.16.20.0/24"),)


def test_what_is_neither_is_no_answer() -> None:
    with pytest.raises(ControlError) as caught:
        networks(["172.16.20.1/24"])
    assert caught.value.reason is ControlFailure.MALFORMED
    with pytest.raises(ControlError):
        addresses(["r1"])
