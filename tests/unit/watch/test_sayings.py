from tests.unit.surface.seen import StoppedClock

from farshore.core.events import DrainStarted, TailscaledChanged, TailscaledSaid
from farshore.watch.sayings import KEPT, Sayings


def said(text: str, severity: str = "info") -> TailscaledSaid:
    return TailscaledSaid(severity=severity, component="control", text=text, left_out=0)


def test_lines_and_changes_are_kept_in_order_and_nothing_else_is() -> None:
    clock = StoppedClock()
    sayings = Sayings(clock)
    began_s = clock.now_s
    changed = TailscaledChanged(phase="running", reason="", pid=7, starts=1)
    for event in (said("one"), changed, DrainStarted(connections=1), said("two", "warning")):
        sayings.announce(event)
        clock.now_s += 1
    assert [saying.event for saying in sayings.since(0.0)] == [said("one"), changed, said("two", "warning")]
    assert [saying.at_s for saying in sayings.since(began_s + 1)] == [began_s + 1, began_s + 3]


def test_chatter_does_not_push_out_trouble() -> None:
    sayings = Sayings(StoppedClock())
    sayings.announce(said("trouble", "warning"))
    for number in range(KEPT + 1):
        sayings.announce(said(f"chatter {number}"))
    kept = [saying.event for saying in sayings.since(0.0)]
    assert len(kept) == KEPT + 1
    assert said("trouble", "warning") in kept
    assert said("chatter 0") not in kept
