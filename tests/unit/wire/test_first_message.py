import pytest

from farshore.wire.first_message import starts_like


@pytest.mark.parametrize("data", [b"", b"\x12", b"\x12\x01", b"\x12\x01\x00"])
def test_what_may_become_it(data: bytes) -> None:
    assert starts_like(data, b"\x12\x01")


@pytest.mark.parametrize("data", [b"\x10", b"\x12\x00", b"\x01\x12"])
def test_what_may_not(data: bytes) -> None:
    assert not starts_like(data, b"\x12\x01")
