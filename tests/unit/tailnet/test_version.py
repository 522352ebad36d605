import pytest

from farshore.tailnet.version import refuses_to_leak


@pytest.mark.parametrize(
    "version",
    [
        "1.98.0",
        "1.98",
        "1.98.2-t1234abcd",
        "1.102.3-ERR-BuildInfo",
        "v1.99.1",
        "2.0.0",
        "1.98.0-dev20260101",
        "1.100.0 (track)",
    ],
)
def test_since_1_98_it_refuses(version: str) -> None:
    assert refuses_to_leak(version)


@pytest.mark.parametrize(
    "version",
    [
        "1.97.9",
        "1.96.4-t1234",
        "0.100.0",
        "",
        "1",
        "1.9",
        "unknown",
        "date.20260101",
        "-1.98.0",
        "1.980x",
        "1.98x",
        "1." + "9" * 400,
    ],
)
def test_before_it_leaks_and_what_is_unknown_counts_as_before(version: str) -> None:
    assert not refuses_to_leak(version)
