from dataclasses import FrozenInstanceError

import pytest
from tests.unit.gateway.gates import gate

from farshore.config.model import Timeouts

pytestmark = pytest.mark.anyio


async def test_what_sessions_share_is_changed_by_none_of_them() -> None:
    async with gate() as opened:
        house = opened.gateway._house
        assert house.keeper is opened.gateway
        with pytest.raises(FrozenInstanceError):
            house.timeouts = Timeouts()  # type: ignore[misc]
