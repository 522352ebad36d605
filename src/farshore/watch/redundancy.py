"""Whether a route has a path to spare. Decides; no I/O.

Lost as soon as at most one path is not down, and regained when two are up: between the two nothing is told, so that a
path of which nothing is known for a while neither loses it nor gives it back.
"""

from collections.abc import Mapping

from farshore.core.events import Health, RedundancyLost, RedundancyRegained

ENOUGH = 2


class Redundancy:
    """One route's."""

    def __init__(self, route: str) -> None:
        self._route = route
        self._is_lost = False

    def note(self, paths: Mapping[str, Health]) -> RedundancyLost | RedundancyRegained | None:
        """Take in how its paths are, by name; the event, if there is one. A route with one path has none to lose."""
        if len(paths) < ENOUGH:
            return None
        left = [name for name, health in paths.items() if health is not Health.DOWN]
        up = tuple(name for name, health in paths.items() if health is Health.UP)
        if not self._is_lost and len(left) < ENOUGH:
            self._is_lost = True
            down = tuple(name for name in paths if name not in left)
            return RedundancyLost(route=self._route, left=left[0] if left else None, down=down)
        if self._is_lost and len(up) >= ENOUGH:
            self._is_lost = False
            return RedundancyRegained(route=self._route, up=up)
        return None
