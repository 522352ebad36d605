"""What the gateway's tests share."""

from collections.abc import AsyncIterator

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.polling import polling

from farshore.gateway.poller import Poller


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def poller() -> AsyncIterator[Poller]:
    """A poller in the test's own loop, on which nothing may be left."""
    with polling() as opened:
        yield opened
