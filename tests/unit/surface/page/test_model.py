from tests.unit.surface.page.showing import Shown, path


def test_the_ways_of_a_route_are_those_of_all_its_egresses() -> None:
    shown = Shown()
    shown.paths(path("r1"), path("r2", egress="other"))
    card = shown.card
    assert [leaving.egress.name for leaving in card.exits] == ["tailnet", "other"]
    assert [way.name for way in card.ways] == ["r1", "r2"]
