"""Where a client goes past its route, because the target sends it elsewhere. A part of `events`."""

import msgspec


class DataPathHidden(msgspec.Struct, frozen=True, kw_only=True):
    """A client of an FTP route has begun TLS: its control connection cannot be read any more.

    Its data connections are not carried; they need the server's passive ports as routes of their own.
    """

    route: str
    client: str


class ClientRedirected(msgspec.Struct, frozen=True, kw_only=True):
    """A database server has sent a client on `to` another `host:port`, which the client dials past the gateway.

    `remedy` says which route would carry it.
    """

    route: str
    client: str
    protocol: str
    to: str
    remedy: str


class ClientRedirectRewritten(msgspec.Struct, frozen=True, kw_only=True):
    """A server has sent a client on `to` another `host:port`; the client was told one of the gateway's `instead`."""

    route: str
    client: str
    to: str
    instead: str
