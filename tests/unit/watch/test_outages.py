import pytest

from farshore.watch.outages import Outage

pytestmark = pytest.mark.anyio


async def test_an_outage_is_proven_over_only_by_a_path_that_answers() -> None:
    answered, forgotten, going_on = Outage(), Outage(), Outage()
    answered.end(proven=True)
    forgotten.end(proven=False)
    assert [each.is_proven_over for each in (answered, forgotten, going_on)] == [True, False, False]


async def test_nobody_waits_longer_than_was_said() -> None:
    outage = Outage()
    await outage.ends_within(0.01)
    assert not outage.is_proven_over
    outage.end(proven=True)
    await outage.ends_within(3600)
    assert outage.is_proven_over
