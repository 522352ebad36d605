"""A tailscaled of Farshore's own, as a configuration describes it."""

from pydantic import Field

from farshore.config.fields import Address, Count, Duration, Flag, SocketPath
from farshore.config.login_fields import FilePath, HostLabel, Program, Server, Tag
from farshore.config.strict import Model
from farshore.core.address import LOOPBACK, HostPort


class Tailscaled(Model):
    """A tailscaled that Farshore starts, logs in, watches, restarts and ends: userspace networking, for itself alone.

    The key comes from `auth_key_file`, or from the variable TS_AUTH_KEY, TS_AUTHKEY or OAUTH_CLIENT_SECRET.
    """

    program: Program = Field("tailscaled", description="what is started; a name is looked for in PATH")
    state_dir: FilePath | None = Field(
        None, description="where the node's identity is kept between runs; for this run only if absent"
    )
    socket: SocketPath | None = Field(
        None, description="where it makes its unix socket; in a private folder of its own if absent"
    )
    socks5: Address | None = Field(
        HostPort(LOOPBACK, 1055), description="its SOCKS5 port, on loopback only; null opens none"
    )
    port: Count | None = Field(
        None,
        ge=1,
        le=65535,
        description="its UDP port, on every address, which routers send to; if absent, one that is free at the start "
        "and the same in each of its lives",
    )
    login_server: Server | None = Field(None, description="the control server; Tailscale's own if absent")
    auth_key_file: FilePath | None = Field(None, description="a file that holds the auth key or OAuth client secret")
    hostname: HostLabel | None = Field(None, description="the machine's name in the tailnet; the host's own if absent")
    tags: tuple[Tag, ...] = Field((), description="the node's tags; an OAuth client secret needs at least one")
    accept_routes: Flag = Field(default=True, description="use the subnet routes of others")
    logout: Flag | None = Field(
        None, description="log the node out when Farshore ends; if absent, only without `state_dir`"
    )
    wait_for_routes_s: Duration = Field(
        30.0,
        alias="wait_for_routes",
        description="how long readiness waits until every route has a path with an owner; then it takes what there is",
    )
    give_up_after: Count = Field(
        8, ge=1, le=1000, description="starts in a row that came to nothing before Farshore itself ends"
    )

    @property
    def logs_out(self) -> bool:
        """Whether the node is logged out at the end: what was asked for, or where nothing of it is kept."""
        return self.state_dir is None if self.logout is None else self.logout
