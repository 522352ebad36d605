from farshore.core.events import Health
from farshore.surface.page.pulse import Change, Minute, RouteMemory
from farshore.surface.page.strips import lately, path_strip, route_strip

NOW_S = 7200.0 + 30


def test_a_routes_minutes_say_what_came_of_its_connections() -> None:
    memory = RouteMemory()
    memory.minutes.extend([Minute(7020, good=3), Minute(7080, good=1, bad=1), Minute(7140, bad=2)])
    strip = route_strip(memory, NOW_S)
    assert len(strip) == 60
    assert strip[-4:] == ("good", "some", "bad", "none")
    assert set(strip[:-4]) == {"none"}


def test_an_outage_shows_in_each_of_its_minutes_though_nobody_came() -> None:
    memory = RouteMemory()
    memory.minutes.append(Minute(7140, good=1))
    memory.outages.extend([(3900.0, 3910.0), (7130.0, None)])
    strip = route_strip(memory, NOW_S)
    assert strip[-3:] == ("bad", "some", "bad")
    assert strip.count("bad") == 3


def test_a_path_shows_the_worst_of_each_minute_and_stays_what_it_was() -> None:
    changes = [
        Change(at_s=6000, health=Health.UP),
        Change(at_s=7050, health=Health.SUSPECT),
        Change(at_s=7052, health=Health.DOWN),
        Change(at_s=7150, health=Health.UP),
    ]
    strip = path_strip(changes, NOW_S)
    assert strip[-5:] == ("good", "bad", "bad", "bad", "good")
    assert strip[0] == "none"


def test_lately_is_ten_minutes() -> None:
    minutes = [Minute(6000, good=5), Minute(6660, good=1, bad=2), Minute(7200, good=1)]
    assert lately(minutes, NOW_S) == (2, 2)
