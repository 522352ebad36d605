import pytest

from farshore.tailnet.forwarding import Forwards, forwarding_of_system, forwarding_of_unused


@pytest.mark.parametrize(
    ("system", "forwards"),
    [
        ("windows", Forwards.IN_NETSTACK),
        ("macOS", Forwards.IN_NETSTACK),
        ("freebsd", Forwards.IN_NETSTACK),
        ("linux", Forwards.UNKNOWN),
        ("", Forwards.UNKNOWN),
    ],
)
def test_what_a_system_tells(system: str, forwards: Forwards) -> None:
    assert forwarding_of_system(system) is forwards


@pytest.mark.parametrize(
    ("text", "forwards"),
    [
        ("connect tcp [fd7a::1]:1433: no route to host (after 3.06 s)", Forwards.IN_THE_KERNEL),
        ("connect tcp [fd7a::1]:1433: connection was refused (after 3.07 s)", Forwards.IN_NETSTACK),
        ("a SOCKS server gives no reason", Forwards.UNKNOWN),
    ],
)
def test_what_the_dial_of_an_unused_address_tells(text: str, forwards: Forwards) -> None:
    assert forwarding_of_unused(text) is forwards
