"""Who carries a changed configuration: the gateway, and those beside it who do not ask it each time."""

from dataclasses import dataclass

from farshore.app.mending import Hands, allowance, allows_otherwise
from farshore.config.model import Config
from farshore.gateway.gateway import Gateway
from farshore.gateway.succession import NotReconfigured, Reconfigured
from farshore.watch.mender import Mender


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Has it carried by all, or by nobody."""

    gateway: Gateway
    mender: Mender
    hands: Hands

    async def reconfigure(self, config: Config) -> Reconfigured | NotReconfigured:
        """As the gateway does; what the mender may do follows."""
        before = self.gateway.config
        answer = await self.gateway.reconfigure(config)
        if isinstance(answer, Reconfigured) and allows_otherwise(before, config):
            self.mender.allow(allowance(config, self.hands))
        return answer
