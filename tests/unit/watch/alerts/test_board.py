"""Who is told of what, and when."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tests.unit.watch.alerts.samples import NOW_S, fill

from farshore.config.alerts import Alerts, Silence
from farshore.core.alerts import Alert, AlertState, Severity
from farshore.core.events import RedundancyLost, RedundancyRegained
from farshore.core.sampled import NodeSeen, TailscaledSampled
from farshore.watch.alerts.board import JOIN_S, VERDICT_S, Board
from farshore.watch.alerts.seen import IncidentSeen, RouteSeen

ROUTES = [RouteSeen(name=name, target=f"{name}.example:1433") for name in ("billing", "ledger", "orders")]
DAY_S = 86_400.0


def incident(*routes: str, number: int = 1, opened_s: float = NOW_S) -> IncidentSeen:
    return IncidentSeen(id=f"2026-11-23-{number}", since_s=opened_s - 2, opened_s=opened_s, routes=routes)


def concluded(seen: IncidentSeen, router: str = "r1") -> IncidentSeen:
    return replace(seen, is_concluded=True, code="M01", title="A router is dead", router=router, root=f"M01/{router}")


@dataclass
class Desk:
    """A board some time after its start, and what it announced; `look` says what people are told of that."""

    settings: Alerts = field(default_factory=Alerts)
    board: Board = field(default_factory=lambda: Board(NOW_S - 3600))
    told: list[Alert] = field(default_factory=list)

    def look(self, after_s: float, *incidents: IncidentSeen) -> list[tuple[AlertState, str]]:
        new = self.board.look(self.settings, ROUTES, incidents, NOW_S + after_s)
        self.told += new
        return [(alert.state, alert.key) for alert in new if not alert.silenced]


def test_an_outage_waits_for_its_verdict_and_is_told_once_and_over_once() -> None:
    desk, seen = Desk(), incident("billing")
    assert desk.look(0, seen) == []
    assert desk.look(6, concluded(seen)) == [(AlertState.FIRING, "M01/r1")]
    assert desk.look(60, concluded(seen)) == []
    assert desk.look(200) == []
    assert desk.look(240) == [(AlertState.RESOLVED, "M01/r1")]
    assert desk.look(241) == []
    assert desk.told[0].severity is Severity.PAGE


def test_without_a_verdict_it_is_told_soon_by_its_target_and_the_verdict_follows_under_the_same_key() -> None:
    desk, seen = Desk(), incident("billing")
    assert desk.look(VERDICT_S - 0.1, seen) == []
    assert desk.look(VERDICT_S, seen) == [(AlertState.FIRING, "billing.example:1433")]
    assert desk.look(20, concluded(seen)) == [(AlertState.FIRING, "billing.example:1433")]
    assert (desk.told[1].code, desk.told[1].reminder) == ("M01", True)


def test_a_second_route_with_the_same_root_is_no_second_page() -> None:
    desk = Desk()
    first, second = concluded(incident("billing")), incident("ledger", number=2, opened_s=NOW_S + 60)
    desk.look(6, first)
    assert desk.look(60 + VERDICT_S + 1, first, second) == []
    merged = replace(first, routes=("billing", "ledger"))
    assert desk.look(60 + JOIN_S - 1, merged) == []
    assert desk.look(60 + JOIN_S + 1, merged) == []
    assert len(desk.board.alerts()) == 1


def test_another_root_is_another_page() -> None:
    desk = Desk()
    first, second = concluded(incident("billing")), incident("orders", number=2, opened_s=NOW_S + 60)
    desk.look(6, first)
    assert desk.look(66, first, concluded(second, "r2")) == [(AlertState.FIRING, "M01/r2")]


def test_two_that_turn_out_to_be_one_leave_one() -> None:
    desk = Desk()
    first, second = concluded(incident("billing")), incident("ledger", number=2, opened_s=NOW_S + 60)
    desk.look(6, first)
    assert desk.look(60 + JOIN_S, first, second) == [(AlertState.FIRING, "ledger.example:1433")]
    merged = replace(first, routes=("billing", "ledger"))
    assert desk.look(100, merged) == [(AlertState.RESOLVED, "ledger.example:1433")]


def test_what_fails_again_before_it_is_over_is_the_same() -> None:
    desk, seen = Desk(), concluded(incident("billing"))
    desk.look(6, seen)
    desk.look(60)
    again = concluded(incident("billing", number=2, opened_s=NOW_S + 120))
    assert desk.look(120, again) == []
    assert desk.look(250) == []
    assert desk.look(310) == [(AlertState.RESOLVED, "M01/r1")]


def test_resets_during_an_outage_belong_to_it() -> None:
    desk, seen = Desk(), concluded(incident("billing"))
    desk.look(6, seen)
    fill(desk.board, NOW_S + 10, good=20, bad=20)
    assert desk.look(10, seen) == []


def test_resets_alone_are_a_page() -> None:
    desk = Desk()
    fill(desk.board, NOW_S, good=90, bad=10)
    assert desk.look(0) == [(AlertState.FIRING, "billing.example:1433")]
    assert "route billing: 10 of 100" in desk.told[0].whom


def test_reminders_come_as_often_as_the_configuration_says() -> None:
    desk, seen = Desk(settings=Alerts.model_validate({"reminder": 300})), concluded(incident("billing"))
    desk.look(6, seen)
    assert desk.look(305, seen) == []
    assert desk.look(306, seen) == [(AlertState.FIRING, "M01/r1")]
    assert desk.told[1].reminder


def test_nothing_is_told_during_the_start_and_what_still_fires_is_told_then() -> None:
    desk, seen = Desk(board=Board(NOW_S)), concluded(incident("billing"))
    assert desk.look(59, seen) == []
    assert desk.look(60, seen) == [(AlertState.FIRING, "M01/r1")]


def test_what_is_silenced_is_told_when_the_silence_ends() -> None:
    until = datetime.fromtimestamp(NOW_S + 100, UTC)
    desk = Desk(settings=Alerts(silences=(Silence(routes=("billing",), until=until),)))
    seen, other = concluded(incident("billing")), concluded(incident("orders", number=2), "r2")
    assert desk.look(6, seen, other) == [(AlertState.FIRING, "M01/r2")]
    assert desk.look(100, seen, other) == [(AlertState.FIRING, "M01/r1")]


def test_what_was_over_in_silence_is_never_told() -> None:
    until = datetime.fromtimestamp(NOW_S + 1000, UTC)
    desk, seen = Desk(settings=Alerts(silences=(Silence(until=until),))), concluded(incident("billing"))
    desk.look(6, seen)
    assert desk.look(900) == []


def test_lost_redundancy_is_a_warning_and_not_told_beside_the_page_of_its_routes() -> None:
    desk = Desk()
    desk.board.announce(RedundancyLost(route="billing", left="r2", down=("r1",)), NOW_S)
    assert desk.look(0) == []
    assert [alert.state for alert in desk.board.alerts()] == [AlertState.PENDING]
    assert desk.look(60) == [(AlertState.FIRING, "redundancy/r1")]
    assert desk.told[0].severity is Severity.WARNING
    desk.board.announce(RedundancyRegained(route="billing", up=("r1", "r2")), NOW_S + 61)
    assert desk.look(361) == [(AlertState.RESOLVED, "redundancy/r1")]
    beside, seen = Desk(), concluded(incident("billing"))
    beside.board.announce(RedundancyLost(route="billing", left=None, down=("r1", "r2")), NOW_S)
    assert beside.look(6, seen) == [(AlertState.FIRING, "M01/r1")]
    assert beside.look(70, seen) == []


def test_a_key_that_ends_is_told_again_at_each_step() -> None:
    desk = Desk()
    expiry_s = NOW_S + 8 * DAY_S
    node = NodeSeen(
        name="r1",
        ip="100.64.0.1",
        online=True,
        key_expiry_s=expiry_s,
        last_handshake_s=None,
        ping_ok=True,
        is_router=True,
    )
    sample = TailscaledSampled(egress="tailnet", backend_state="Running", nodes=(node,), health=())
    steps = []
    for hour in range(0, 9 * 24, 6):
        desk.board.announce(sample, NOW_S + hour * 3600)
        desk.look(hour * 3600)
        steps = [alert.title for alert in desk.told]
    assert any("within 14 days" in title for title in steps[:1])
    assert any("within 7 days" in title for title in steps)
    assert any("within 1 day" in title for title in steps)
    assert "has expired" in steps[-1]


def before(desk: Desk, ended_s: float) -> tuple[Alert, ...]:
    """What a gateway that ended then has left firing."""
    last = {alert.key: alert for alert in desk.told if alert.at_s <= NOW_S + ended_s}
    return tuple(alert for alert in last.values() if alert.state is AlertState.FIRING)


def resumed(desk: Desk, started_s: float, grace_s: float = 60.0) -> Desk:
    """The gateway that is started then, and finds what the other one has told."""
    fresh = Desk(settings=desk.settings, board=Board(NOW_S + started_s))
    fresh.board.resume(before(desk, started_s), grace_s)
    return fresh


def paged() -> Desk:
    desk, seen = Desk(), incident("billing")
    desk.look(0, seen)
    assert desk.look(6, concluded(seen)) == [(AlertState.FIRING, "M01/r1")]
    return desk


def test_what_was_told_before_a_restart_is_told_no_second_time_and_is_over_once() -> None:
    again = resumed(paged(), 20)
    same = concluded(incident("billing", number=7, opened_s=NOW_S + 40))
    for after_s in (20, 40, 90, 200, 300):
        assert again.look(after_s, same) == []
    assert [alert.key for alert in again.board.alerts()] == ["M01/r1"]
    assert again.look(310) == []
    assert again.look(300 + 180) == [(AlertState.RESOLVED, "M01/r1")]
    assert (again.told[0].incident, again.told[0].code) == ("2026-11-23-7", "M01")
    assert again.look(900) == []


def test_what_ended_while_no_gateway_ran_is_over_once_without_having_been_told_again() -> None:
    again = resumed(paged(), 7200)
    assert again.look(7200) == []
    assert again.look(7200 + 60 + 179) == []
    assert again.look(7200 + 60 + 180) == [(AlertState.RESOLVED, "M01/r1")]
    assert (again.told[0].title, again.told[0].incident) == ("A router is dead: billing", "2026-11-23-1")


def test_after_a_restart_people_are_reminded_when_it_is_time_and_of_what_was_seen_since() -> None:
    again = resumed(paged(), 20)
    same = concluded(incident("billing"))
    assert again.look(30, same) == again.look(6 + 1799, same) == []
    assert again.look(6 + 1800, same) == [(AlertState.FIRING, "M01/r1")]
    assert again.told[0].reminder


def test_a_warning_goes_on_over_a_restart() -> None:
    desk = Desk()
    desk.board.announce(RedundancyLost(route="billing", left="r2", down=("r1",)), NOW_S)
    desk.look(0)
    assert desk.look(60) == [(AlertState.FIRING, "redundancy/r1")]
    again = resumed(desk, 100)
    again.board.announce(RedundancyLost(route="billing", left="r2", down=("r1",)), NOW_S + 110)
    for after_s in (110, 200, 600):
        assert again.look(after_s) == []
    again.board.announce(RedundancyRegained(route="billing", up=("r1",)), NOW_S + 601)
    assert again.look(600 + 300) == [(AlertState.RESOLVED, "redundancy/r1")]


def test_a_silenced_alert_is_recorded_once_and_told_when_the_silence_is_over() -> None:
    until = datetime.fromtimestamp(NOW_S + 100, UTC)
    desk = Desk(settings=Alerts(silences=(Silence(routes=("billing",), until=until),)))
    seen = concluded(incident("billing"))
    assert desk.look(0, seen) == desk.look(50, seen) == []
    assert [(alert.key, alert.state, alert.silenced) for alert in desk.told] == [("M01/r1", AlertState.FIRING, True)]
    again = resumed(desk, 60)
    assert again.look(60, seen) == []
    assert again.board.alerts()[0].silenced
    assert again.look(120, seen) == [(AlertState.FIRING, "M01/r1")]
    assert [(alert.silenced, alert.reminder) for alert in again.told] == [(False, False)]


def test_what_ends_in_its_silence_is_recorded_as_that() -> None:
    until = datetime.fromtimestamp(NOW_S + 1000, UTC)
    desk = Desk(settings=Alerts(silences=(Silence(until=until),)))
    desk.look(0, concluded(incident("billing")))
    assert desk.look(180) == []
    assert [(alert.state, alert.silenced) for alert in desk.told] == [
        (AlertState.FIRING, True),
        (AlertState.RESOLVED, True),
    ]


def test_a_silenced_range_is_all_its_ports() -> None:
    until = datetime.fromtimestamp(NOW_S + 1000, UTC)
    desk = Desk(settings=Alerts(silences=(Silence(routes=("orders",), until=until),)))
    assert desk.look(0, concluded(incident("orders:1433", "orders:1434"))) == []
    assert desk.look(1, concluded(incident("orders:1433", "billing"))) == [(AlertState.FIRING, "M01/r1")]


def test_where_nobody_looks_any_more_what_was_told_is_over() -> None:
    desk = paged()
    assert [(alert.state, alert.key) for alert in desk.board.end(NOW_S + 50)] == [(AlertState.RESOLVED, "M01/r1")]
    assert desk.board.end(NOW_S + 51) == desk.board.alerts() == []
    assert desk.look(60, concluded(incident("billing"))) == [(AlertState.FIRING, "M01/r1")]


HOUR_S = 3_600.0


def test_a_clock_that_is_set_back_right_after_the_start_keeps_nobody_silent_for_long() -> None:
    desk, seen = Desk(board=Board(NOW_S + 2 * HOUR_S)), concluded(incident("billing"))
    assert desk.look(0, seen) == desk.look(59, seen) == []
    assert desk.look(60, seen) == [(AlertState.FIRING, "M01/r1")]


def test_a_clock_that_is_set_back_in_an_outage_delays_neither_page_nor_reminder_nor_end() -> None:
    desk, seen = Desk(settings=Alerts.model_validate({"reminder": 300})), incident("billing", opened_s=NOW_S)
    assert desk.look(0, seen) == []
    assert desk.look(-1000, seen) == [(AlertState.FIRING, "billing.example:1433")]
    desk.look(-500, seen)
    assert desk.look(-1500, seen) == []
    assert desk.look(-1500 + 300, seen) == [(AlertState.FIRING, "billing.example:1433")]
    desk.look(-2000)
    assert desk.look(-2000 + 180) == [(AlertState.RESOLVED, "billing.example:1433")]


def test_a_page_without_a_verdict_names_the_incident_to_look_at_and_when_its_clients_began_to_fail() -> None:
    desk, seen = Desk(), incident("billing", opened_s=NOW_S)
    fill(desk.board, NOW_S - 1, good=0, bad=30)
    desk.look(0, seen)
    desk.look(VERDICT_S, seen)
    assert [(each.title, each.command, each.since_s) for each in desk.told] == [
        ("clients of route billing fail", "farshore incidents show 2026-11-23-1", NOW_S - 2)
    ]


def test_where_nobody_came_no_share_is_told() -> None:
    desk, seen = Desk(), concluded(incident("billing"))
    desk.look(0, seen)
    assert [each.whom for each in desk.told] == ["route billing: no connection ended in the last minute"]
