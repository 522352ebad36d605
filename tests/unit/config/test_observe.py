import pytest
from pydantic import ValidationError

from farshore.config.observe import Observe


def test_it_looks_twice_a_minute_unless_told_otherwise() -> None:
    assert Observe().every_s == 30
    assert Observe.model_validate({"every": "0s"}).every_s == 0
    with pytest.raises(ValidationError):
        Observe.model_validate({"every": "-1s"})
