"""The ways out of this host that a configuration may name."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from farshore.config.fields import IP, Address, SocketPath
from farshore.config.login_fields import FilePath
from farshore.config.strict import Model

KIND = "what is dialled"


class TailscaledEgress(Model):
    """LocalAPI dial through tailscaled's unix socket: gives the real error, and since 1.98 refuses to leak."""

    kind: Literal["tailscaled"] = Field("tailscaled", description=KIND)
    socket: SocketPath | None = Field(
        None, description="tailscaled's unix socket; looked for in the usual places if absent"
    )
    socks5: Address | None = Field(None, description="tailscaled's SOCKS5 port, for daemons older than 1.98")
    log: FilePath | None = Field(None, description="the file that tailscaled logs to; `farshore doctor` reads its end")


class Socks5Egress(Model):
    """tailscaled's SOCKS5 port: works with every version; a failure has no reason but its elapsed time."""

    kind: Literal["socks5"] = Field(description=KIND)
    address: Address = Field(description="where the SOCKS5 server listens; a literal address, never a name")
    localapi: SocketPath | None = Field(
        None, description="tailscaled's unix socket, to know its own addresses and routes"
    )
    tailscale_ips: tuple[IP, ...] = Field(
        (), description="tailscaled's own Tailscale addresses, where its socket is out of reach"
    )


class ConnectEgress(Model):
    """tailscaled's HTTP proxy: gives the real error but no tell of a leak; the owner is asked for around each dial."""

    kind: Literal["connect"] = Field(description=KIND)
    address: Address = Field(description="where the HTTP proxy listens; a literal address, never a name")
    localapi: SocketPath | None = Field(
        None, description="tailscaled's unix socket; required, it confirms the route's owner"
    )


class DirectEgress(Model):
    """This host's own network: kernel-mode Tailscale (with `localapi`), or none (with `allow_direct` on the route)."""

    kind: Literal["direct"] = Field(description=KIND)
    localapi: SocketPath | None = Field(
        None, description="tailscaled's unix socket; confirms that a peer owns the target"
    )


Egress = Annotated[
    TailscaledEgress | Socks5Egress | ConnectEgress | DirectEgress,
    Field(discriminator="kind"),
]


def socket_of(egress: Egress) -> Path | None:
    """The unix socket of the egress's tailscaled, where one is named: through it, or beside it."""
    return egress.socket if isinstance(egress, TailscaledEgress) else egress.localapi
