"""How the tailnet is watched, as a configuration describes it."""

from pydantic import Field

from farshore.config.fields import Duration
from farshore.config.strict import Model


class Observe(Model):
    """How often each tailscaled is asked for its state, and whether the routers answer it."""

    every_s: Duration = Field(
        30.0,
        alias="every",
        ge=0,
        description="between two looks at each tailscaled that has a LocalAPI, and at the routers; 0s never looks",
    )
