"""Alerting rules for a Prometheus that scrapes gateways: what the gateway would tell by itself, and what it cannot.

They need no `alerts:` in the gateway. A gateway that does not run, is not ready or has lost its journal tells nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from farshore.config.alerts import Alerts, Rule, Told
from farshore.surface import described
from farshore.surface.export.shares import Kind, rate, window
from farshore.watch.alerts import traffic
from farshore.watch.alerts.rules import DEFAULTS, Times
from farshore.watch.windows import burn
from farshore.watch.windows.burn import BurnRule, Urgency

JOB = "farshore"
_MINUTE_S = 60.0
_RUNBOOK = "farshore doctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertingRule:
    """One rule; `expr` is PromQL, `for_s` and `keep_s` are seconds."""

    name: str
    expr: str
    told: Told
    summary: str
    description: str
    for_s: float = 0.0
    keep_s: float = 0.0

    def document(self) -> dict[str, object]:
        """As a rule file has it (prometheus.io, alerting rules)."""
        written: dict[str, object] = {"alert": self.name, "expr": self.expr}
        if self.for_s:
            written["for"] = f"{self.for_s:.0f}s"
        if self.keep_s:
            written["keep_firing_for"] = f"{self.keep_s:.0f}s"
        written["labels"] = {"severity": self.told.value}
        written["annotations"] = {"summary": self.summary, "description": self.description}
        return written


def rule_file(job: str = JOB) -> str:
    """A whole rule file, YAML; `job` is the scrape job of the gateways."""
    groups = [
        {"name": "farshore-rates", "rules": list(recorded())},
        {"name": "farshore", "rules": [rule.document() for rule in rules(job)]},
    ]
    return yaml.safe_dump({"groups": groups}, sort_keys=False, width=100, allow_unicode=True)


def recorded() -> Iterator[dict[str, str]]:
    """The rates that alerts ask for, once for each window (prometheus.io, recording rules)."""
    burning = {length_s for rule in burn.RULES for length_s in (rule.long_s, rule.short_s)}
    lengths_s = {
        Kind.COUNTED: {_MINUTE_S, *burning},
        Kind.FAILED: burning,
        Kind.RESET: {_MINUTE_S},
        Kind.GENERAL: {_MINUTE_S},
    }
    for kind in Kind:
        for length_s in sorted(lengths_s[kind]):
            yield {"record": _recorded(kind, length_s), "expr": rate(kind, window(length_s))}


def rules(job: str = JOB) -> Iterator[AlertingRule]:
    """Clients first, then what will hurt them, then the gateway itself."""
    yield from _clients(Alerts())
    yield from _ahead()
    yield from _itself(job)


def _clients(settings: Alerts) -> Iterator[AlertingRule]:
    yield _of(
        DEFAULTS[Rule.OUTAGE],
        name="FarshoreOutage",
        expr=f"max by (route) ({described.OUTAGE.name}) == 1",
        summary="No path works for route {{ $labels.route }}",
        description=f"Its clients are held. Ask `{_RUNBOOK} {{{{ $labels.route }}}}` which hop is broken.",
    )
    percent = settings.reset_share
    yield _of(
        DEFAULTS[Rule.RESETS],
        name="FarshoreResets",
        expr=_above(Kind.RESET, percent),
        summary=f"More than {percent:g} % of the connections of route {{{{ $labels.route }}}} are reset",
        description=f"Ask `{_RUNBOOK} {{{{ $labels.route }}}}` which hop is broken.",
    )
    yield _of(
        DEFAULTS[Rule.GENERAL_FAILURES],
        name="FarshoreGeneralFailures",
        expr=_above(Kind.GENERAL, percent),
        summary=f"More than {percent:g} % of the connections of route {{{{ $labels.route }}}} meet a general failure",
        description="tailscaled's SOCKS5 gives no other reason; over its LocalAPI the gateway would learn it.",
    )
    objective = settings.slo / 100
    for urgency, rule, name in (
        (Urgency.PAGE, Rule.BURN, "FarshoreBudgetBurns"),
        (Urgency.WARNING, Rule.SLOW_BURN, "FarshoreBudgetBurnsSlowly"),
    ):
        burning = [each for each in burn.RULES if each.urgency is urgency]
        yield _of(
            DEFAULTS[rule],
            name=name,
            expr=" or ".join(_burning(each, objective) for each in burning),
            summary="Route {{ $labels.route }} uses up what may fail of it, too fast",
            description=f"Objective: {settings.slo:g} % of the connections go well.",
        )


def _ahead() -> Iterator[AlertingRule]:
    yield _of(
        DEFAULTS[Rule.REDUNDANCY],
        name="FarshoreRedundancyLost",
        expr=f"max by (route) ({described.REDUNDANCY.name}) == 1",
        summary="Route {{ $labels.route }} has one path left",
        description="No client has noticed yet. `farshore status` names the path that is down, and why.",
    )
    leaks = described.LEAKS.name  # the first one makes the series, and is no increase of it
    yield AlertingRule(
        name="FarshoreLeakRefused",
        expr=f"sum by (route, egress) (increase({leaks}[5m]) or {leaks} unless {leaks} offset 5m) > 0",
        told=Told.WARNING,
        summary="Dials of route {{ $labels.route }} would have left through the host's own network",
        description="No Tailscale route leads to its target, or this node does not accept it. Nothing has leaked.",
    )


def _itself(job: str) -> Iterator[AlertingRule]:
    yield AlertingRule(
        name="FarshoreDown",
        expr=f'up{{job="{job}"}} == 0',
        told=Told.PAGE,
        for_s=60.0,
        summary="A gateway does not answer: {{ $labels.instance }}",
        description="Its health listener was not reached for a minute.",
    )
    yield AlertingRule(
        name="FarshoreNotReady",
        expr=f"{described.READY.name} == 0 and {described.DRAINING.name} == 0",
        told=Told.WARNING,
        for_s=120.0,
        summary="The gateway {{ $labels.instance }} is not ready",
        description="`/readyz` says why.",
    )
    yield AlertingRule(
        name="FarshoreConfigurationNotCurrent",
        expr=f"{described.CONFIGURATION_CURRENT.name} == 0",
        told=Told.WARNING,
        for_s=300.0,
        summary="The gateway {{ $labels.instance }} does not carry what its file says",
        description="The file was refused, or some of it needs a restart; `/readyz` and the log say what.",
    )
    yield AlertingRule(
        name="FarshoreJournalDown",
        expr=f"{described.JOURNAL_UP.name} == 0",
        told=Told.WARNING,
        for_s=60.0,
        summary="The gateway {{ $labels.instance }} cannot write its journal",
        description="Clients are carried on. Usually the disk is full.",
    )
    yield AlertingRule(
        name="FarshoreNotificationsFail",
        expr=f'sum by (instance, channel) (increase({described.NOTIFICATIONS.name}{{result="failed"}}[15m])) > 0',
        told=Told.WARNING,
        summary="{{ $labels.channel }} could not be told of an alert",
        description="`farshore alert test` says what the channel answers.",
    )


def _of(times: Times, *, name: str, expr: str, summary: str, description: str) -> AlertingRule:
    return AlertingRule(
        name=name,
        expr=expr,
        told=times.told,
        for_s=times.for_s,
        keep_s=times.keep_s,
        summary=summary,
        description=description,
    )


def _above(kind: Kind, percent: float) -> str:
    part, whole = _recorded(kind, _MINUTE_S), _recorded(Kind.COUNTED, _MINUTE_S)
    return (
        f"{part} / {whole} > {percent / 100:g}"
        f" and {part} * {_MINUTE_S:g} >= {traffic.FAILED} and {whole} * {_MINUTE_S:g} >= {traffic.ENOUGH}"
    )


def _burning(rule: BurnRule, objective: float) -> str:
    allowed = f"{rule.rate * (1 - objective):.6g}"
    shares = [
        f"{_recorded(Kind.FAILED, length_s)} / {_recorded(Kind.COUNTED, length_s)} >= {allowed}"
        for length_s in (rule.long_s, rule.short_s)
    ]
    enough = f"{_recorded(Kind.COUNTED, rule.long_s)} * {rule.long_s:g} >= {burn.ENOUGH}"
    return f"({' and '.join([*shares, enough])})"


def _recorded(kind: Kind, length_s: float) -> str:
    return f"route:farshore_connections_{kind}:rate{window(length_s)}"
