"""Whatever happens in whatever order, remedies come one at a time, only in an outage, and within their budgets."""

from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from farshore.config.remedies import Mode
from farshore.core.outcome import Code
from farshore.core.remedy import Remedy
from farshore.tailnet.remedy import Sighting
from farshore.watch.remedies import BUDGETS, Apply, Facts, Ladder, Rung

ROUTES = st.sampled_from(["db", "files", "web"])
GOOD = st.builds(Facts, subject=st.sampled_from(["one.sock", "two.sock"]), routers=st.just((Sighting(router="r1"),)))
FACTS = GOOD | st.builds(
    Facts,
    subject=st.sampled_from(["one.sock", "two.sock"]),
    trouble=st.none() | st.just("it is gone"),
    routers=st.sampled_from(
        [(), (Sighting(router="r1"),), (Sighting(router="r1", tsmp_s=0.001),), (Sighting(router="r1", trouble="?"),)]
    ),
    served=st.sampled_from([(), ("other",)]),
    objection=st.none() | st.just("no"),
    only_suggest=st.none() | st.just("not ours"),
)


class Climbing(RuleBasedStateMachine):
    """Drives the ladder as the mender does, and keeps books of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.modes = dict.fromkeys(Remedy, Mode.AUTO) | {Remedy.BREAK_DERP: Mode.SUGGEST}
        self.ladder = Ladder(self.modes)
        self.ill: set[str] = set()
        self.under_way: Rung | None = None
        self.applied: defaultdict[tuple[Remedy, str], list[float]] = defaultdict(list)

    @rule(route=ROUTES, code=st.sampled_from([Code.NO_ANSWER, Code.LEAK, Code.EGRESS_REFUSED]))
    def outage_starts(self, route: str, code: Code) -> None:
        self.ladder.outage_started(route, code, "", self.now_s)
        self.ill.add(route)

    @rule(route=ROUTES)
    def target_refuses(self, route: str) -> None:
        if route not in self.ill:
            self.ladder.outage_started(route, Code.TARGET_REFUSED, "", self.now_s)

    @rule(route=ROUTES)
    def outage_ends(self, route: str) -> None:
        self.ladder.outage_ended(route)
        self.ill.discard(route)

    @rule(seconds=st.sampled_from([0.1, 5.0, 61.0, 700.0, 4000.0]))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(facts=FACTS)
    def climb(self, facts: Facts) -> None:
        due = self.ladder.due(self.now_s)
        if not isinstance(due, Rung):
            assert due is None or due > self.now_s
            return
        assert due.route in self.ill
        assert self.under_way is None
        decision = self.ladder.decide(due, facts, self.now_s)
        if isinstance(decision, Apply):
            self._apply(due, facts)

    @rule(route=ROUTES, remedy=st.sampled_from(list(Remedy)), facts=FACTS)
    def decide_out_of_turn(self, route: str, remedy: Remedy, facts: Facts) -> None:
        decision = self.ladder.decide(Rung(route, remedy), facts, self.now_s)
        if isinstance(decision, Apply):
            assert route in self.ill
            assert self.under_way is None
            self._apply(Rung(route, remedy), facts)

    @precondition(lambda self: self.under_way is not None)
    @rule()
    def finish(self) -> None:
        assert self.under_way is not None
        self.ladder.finished(self.under_way, self.now_s)
        self.under_way = None

    def _apply(self, rung: Rung, facts: Facts) -> None:
        assert self.modes[rung.remedy] is Mode.AUTO
        assert facts.only_suggest is None
        self.under_way = rung
        times, budget = self.applied[rung.remedy, facts.subject], BUDGETS[rung.remedy]
        times.append(self.now_s)
        assert sum(each > self.now_s - budget.window_s for each in times) <= budget.times


Climbing.TestCase.settings = settings(max_examples=300, stateful_step_count=60, deadline=None)
TestClimbing = Climbing.TestCase
