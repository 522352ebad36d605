"""What to do about a database server that sends its clients on to an address which they dial past the gateway."""

from farshore.config.model import Protocol


def remedy(protocol: str, to: str) -> str:
    """Which route would carry a client on to this `host:port`, and what makes the server leave it alone."""
    host, _, port = to.rpartition(":")
    otherwise = (
        "put (SERVER=DEDICATED) into CONNECT_DATA"
        if protocol == Protocol.ORACLE
        else "leave ApplicationIntent=ReadOnly out; Azure: set the connection policy to Proxy"
    )
    return (
        f"Add a route with `listen: {port}` and `target: {to}`, and let {host} stand for the gateway where the client "
        f"runs (hostAliases, DNS). Or {otherwise}."
    )
