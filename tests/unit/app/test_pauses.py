import gc
from collections.abc import Iterator

import pytest

from farshore.app.pauses import leave_out_what_is_loaded


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_a_full_collection_walks_only_what_came_later() -> None:
    there = [[number] for number in range(1000)]
    assert any(each is there for each in gc.get_objects())
    leave_out_what_is_loaded()
    assert not any(each is there for each in gc.get_objects())
    later = [there]
    assert any(each is later for each in gc.get_objects())
