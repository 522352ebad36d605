"""Why an address could not be listened on, for whoever has to change it."""

import errno

from farshore.app.exits import Exit, Refusal
from farshore.gateway.listener import ListenError


def listen_refusal(error: ListenError) -> Refusal:
    """A route's port."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else OSError(error.reason)
    return not_bound(f"route {error.route}", str(error.address), cause, "its `listen:`")


def not_bound(thing: str, address: str, error: OSError, setting: str) -> Refusal:
    """Any listener: what it is, where, the system's error, and the setting that says so."""
    port = address.rpartition(":")[2]
    match error.errno:
        case errno.EADDRINUSE:
            cause = "the address is in use"
            remedy = f"see who holds it with `ss -ltnp 'sport = :{port}'`, or change {setting}"
        case errno.EACCES | errno.EPERM:
            cause = "this user may not open that port"
            remedy = f"change {setting} to a port from 1024 up, or grant CAP_NET_BIND_SERVICE"
        case errno.EADDRNOTAVAIL:
            cause = "this host does not have that address"
            remedy = f"see its addresses with `ip address`, or change {setting}"
        case _:
            cause = (error.strerror or str(error)).lower()
            remedy = f"change {setting}"
    return Refusal(exit=Exit.NOT_BOUND, sentence=f"{thing} cannot listen on {address} because {cause}; {remedy}.")
