"""Which peer an address belongs to, as tailscaled would choose: the longest prefix wins.

Source: tailscale net/routemanager/routemanager.go at v1.102.3.
"""

from farshore.core.address import IPAddress
from farshore.tailnet.status import Peer, Status


def owner_of(status: Status, address: IPAddress) -> Peer | None:
    """The peer whose `AllowedIPs` hold the address with the longest prefix; None if no peer does.

    A default route counts only for the selected exit node, and an expired peer owns nothing. An owner is not yet a
    way: tailscaled also has to be Running, and to accept routes unless the prefix is the peer's own address.
    """
    owner, longest = None, -1
    for peer in status.peers:
        if peer.expired:
            continue
        for prefix in peer.allowed_ips:
            length = prefix.prefixlen
            if length > longest and (length > 0 or peer.exit_node) and address in prefix:
                owner, longest = peer, length
    return owner
