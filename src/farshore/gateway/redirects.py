"""Where a client goes on to that a database server sends to another address, which it would dial past the gateway.

SQL Server's routing is told of, no more. An Oracle listener's REDIRECT is rewritten where the route says so: to the
route that stands for the address, or, at the route's own host, to a port that is opened for this client alone.
"""

from typing import TYPE_CHECKING

from farshore.config.model import Protocol
from farshore.core.address import HostPort, IPAddress
from farshore.core.redirected import ClientRedirected, ClientRedirectRewritten
from farshore.gateway.ftp_data import Control, own_address
from farshore.gateway.peer import label
from farshore.gateway.route import Route
from farshore.wire.onward import Onward

if TYPE_CHECKING:
    from farshore.gateway.household import Household
    from farshore.gateway.session import Session


def onward(session: "Session", house: "Household") -> Onward:
    """Rewrites the answer to this client's CONNECT, and tells of each address in it."""
    route, client = session.route, label(session.peer)
    control = Control(route=route, path=session.path, client=session.peer, address=session.client.getsockname()[0])

    def elsewhere(there: HostPort) -> HostPort | None:
        here = _carried(control, there, house)
        to, protocol = str(there), route.protocol
        if isinstance(here, str):
            house.announce(ClientRedirected(route=route.name, client=client, protocol=protocol, to=to, remedy=here))
            return None
        house.announce(ClientRedirectRewritten(route=route.name, client=client, to=to, instead=str(here)))
        return here

    return Onward(elsewhere)


def tell_of(to: str, route: Route, client: str, house: "Household") -> None:
    """The server has sent this client on to an address that it dials past the gateway."""
    needed = remedy(route.protocol, to)
    house.announce(ClientRedirected(route=route.name, client=client, protocol=route.protocol, to=to, remedy=needed))


def remedy(protocol: str, to: str) -> str:
    """Which route would carry a client on to this `host:port`, and what makes the server leave it alone."""
    if protocol == Protocol.ORACLE:
        return (
            f"Add a route with `target: {to}`, or write `known_as: [{to}]` on the route to that host, and "
            f"`redirects: rewrite` on this one. Or put (SERVER=DEDICATED) into CONNECT_DATA."
        )
    host, _, port = to.rpartition(":")
    return (
        f"Add a route with `listen: {port}` and `target: {to}`, and let {host} stand for the gateway where the client "
        f"runs (hostAliases, DNS). Or leave ApplicationIntent=ReadOnly out; Azure: set the connection policy to Proxy."
    )


def _carried(control: Control, there: HostPort, house: "Household") -> HostPort | str:
    """Where this client reaches that address through the gateway, or what to do so that it can."""
    own = own_address(control)
    route = next((route for route in house.keeper.live_routes() if route.stands_for(there)), None)
    if route is not None:
        return HostPort(_listens_at(route, control, own), route.listen.port)
    if control.route.data_ports is None or not control.route.is_at(there.host):
        return remedy(control.route.protocol, str(there))
    opened = house.data_ports.open(control, there.port, house.surroundings.keepalive)
    return HostPort(own, opened) if isinstance(opened, int) else opened


def _listens_at(route: Route, control: Control, own: IPAddress) -> IPAddress | str:
    """The address of a route for this client: that which it knows already, unless the route has one of its own."""
    host = route.listen.host
    is_anywhere = isinstance(host, str) or host.is_unspecified
    return own if is_anywhere or control.route.data_address is not None else host
