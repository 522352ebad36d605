"""What may be done against an outage, and the control plane that one remedy needs."""

from enum import StrEnum
from typing import assert_never

from pydantic import Field

from farshore.config.fields import Name, Word
from farshore.config.login_fields import FilePath, Server
from farshore.config.strict import Model
from farshore.core.remedy import Remedy


class Mode(StrEnum):
    """What the gateway may do about an outage with one remedy: nothing, tell a person, or act."""

    OFF = "off"
    SUGGEST = "suggest"
    AUTO = "auto"


class ControlKind(StrEnum):
    """Which control plane the tailnet has."""

    HEADSCALE = "headscale"
    TAILSCALE = "tailscale"


class Control(Model):
    """The tailnet's control plane, for what only it can do; keys are read from files or from the environment."""

    kind: ControlKind = Field(description="which control plane: headscale, or Tailscale's own")
    url: Server | None = Field(
        None, description="where it is; required for headscale, and https://api.tailscale.com for Tailscale if absent"
    )
    tailnet: Word = Field("-", description="Tailscale: the tailnet; `-` is the one that the key belongs to")
    key_file: FilePath | None = Field(None, description="the file with the API key; read anew each time")
    key_env: Word | None = Field(None, description="the variable of the environment with the API key")
    client_id: Word | None = Field(None, description="Tailscale: the id of an OAuth client, in place of an API key")
    client_secret_file: FilePath | None = Field(None, description="the file with the OAuth client's secret")
    client_secret_env: Word | None = Field(
        None, description="the variable of the environment with the OAuth client's secret"
    )


class Lease(Model):
    """A Lease of Kubernetes that keeps replicas apart."""

    name: Name = Field(description="its name; the same for all replicas")
    namespace: Name | None = Field(None, description="its namespace; the pod's own if absent")


class Remedies(Model):
    """What may be done while no path of a route works: `off`, `suggest` what to run, or `auto`."""

    ping_router: Mode = Field(Mode.AUTO, alias="ping-router", description="ping the routers of the route's paths")
    rebind: Mode = Field(
        Mode.AUTO, description="let tailscaled open its UDP sockets anew and ask STUN servers for its address again"
    )
    break_derp: Mode = Field(
        Mode.SUGGEST, alias="break-derp", description="let tailscaled end its connections to DERP relays and dial anew"
    )
    restart_tailscaled: Mode = Field(
        Mode.SUGGEST,
        alias="restart-tailscaled",
        description="restart a tailscaled that this gateway has started; ends every connection through it",
    )
    move_route: Mode = Field(
        Mode.SUGGEST,
        alias="move-route",
        description="let the control plane move the target's prefix from the dead router to a living one",
    )

    lease: Lease | None = Field(
        None, description="the Lease that a replica in Kubernetes takes before it moves a route; needs `[kubernetes]`"
    )

    def mode(self, remedy: Remedy) -> Mode:
        """What is allowed with a remedy."""
        match remedy:
            case Remedy.PING:
                return self.ping_router
            case Remedy.REBIND:
                return self.rebind
            case Remedy.BREAK_DERP:
                return self.break_derp
            case Remedy.RESTART:
                return self.restart_tailscaled
            case Remedy.MOVE:
                return self.move_route
            case _:
                assert_never(remedy)
