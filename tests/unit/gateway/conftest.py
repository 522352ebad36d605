"""What the gateway's tests share."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.unit.gateway.clocks import HeldClock
from tests.unit.gateway.polling import polling
from tests.unit.gateway.reaching import Reach
from tests.unit.gateway.wires import open_descriptors

from farshore.gateway.poller import Poller


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def poller() -> AsyncIterator[Poller]:
    """A poller in the test's own loop, on which nothing may be left."""
    with polling() as opened:
        yield opened


@pytest.fixture
def no_socket_stays_open() -> Iterator[None]:
    before = {target for target in open_descriptors().values() if target.startswith("socket:")}
    yield
    after = {target for target in open_descriptors().values() if target.startswith("socket:")}
    assert after <= before


@pytest.fixture
def reach(poller: Poller, clock: HeldClock) -> Iterator[Reach]:
    reaching = Reach(poller, clock)
    yield reaching
    for end in reaching.ends:
        if end.upstream is not None:
            end.upstream.close()
