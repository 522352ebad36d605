from farshore.core.remedy import Remedy, RemedyResult


def test_the_words_are_those_of_the_configuration_and_of_the_metrics() -> None:
    assert [*Remedy] == ["ping-router", "rebind", "break-derp", "restart-tailscaled", "move-route"]
    assert [*RemedyResult] == ["helped", "no-change", "failed", "undone", "suggested", "withheld"]
