"""How a subnet router passes connections on: what its status and a dial of an unused address tell. Decides; no I/O.

A router that forwards through tailscaled's own network stack loses the plain address of a host to 4via6 connections;
only one that forwards in the kernel may serve both. tailscale cmd/tailscaled/netstack.go and tailscaled.go at v1.102.3,
`handleSubnetsInNetstack`: on these systems it is always the network stack.
"""

from enum import StrEnum

NETSTACK_SYSTEMS = frozenset(
    {"windows", "macos", "darwin", "ios", "tvos", "freebsd", "openbsd", "netbsd", "solaris", "illumos"}
)


class Forwards(StrEnum):
    """What is known of a router's forwarding."""

    IN_THE_KERNEL = "kernel"
    IN_NETSTACK = "netstack"
    UNKNOWN = "unknown"


def forwarding_of_system(os: str) -> Forwards:
    """What the operating system that a status names says; Linux may do either."""
    return Forwards.IN_NETSTACK if os.lower() in NETSTACK_SYSTEMS else Forwards.UNKNOWN


def forwarding_of_unused(text: str) -> Forwards:
    """What the words say with which a dial of an address that no machine has failed, after about three seconds.

    The kernel's ARP gives up, and the router says so; a netstack router answers with a reset (executed on 1.102.3).
    Only LocalAPI dial and HTTP CONNECT pass the words on.
    """
    if "no route to host" in text:
        return Forwards.IN_THE_KERNEL
    return Forwards.IN_NETSTACK if "refused" in text else Forwards.UNKNOWN
