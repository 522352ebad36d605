import re
from pathlib import Path

import yaml

from farshore.config.alerts import Rule, Told
from farshore.surface.described import METRICS
from farshore.surface.export.rules import recorded, rule_file, rules
from farshore.watch.alerts.rules import DEFAULTS

SHIPPED = Path(__file__).parents[4] / "deploy" / "helm" / "farshore" / "files" / "farshore.rules.yml"
NAMES = {metric.name for metric in METRICS}


def test_every_metric_is_one_that_is_exposed_or_recorded() -> None:
    known = NAMES | {rule["record"] for rule in recorded()}
    for text in [rule.expr for rule in rules()] + [rule["expr"] for rule in recorded()]:
        used = set(re.findall(r"(?:route:)?farshore_[a-z_]+(?::rate\d+[mh])?", text))
        assert used <= known, text
        assert used or text.startswith("up{")


def test_nothing_is_recorded_for_nobody() -> None:
    asked = " ".join(rule.expr for rule in rules())
    assert [rule["record"] for rule in recorded() if rule["record"] not in asked] == []


def test_severities_and_times_are_the_gateways_own() -> None:
    spare = next(rule for rule in rules() if rule.name == "FarshoreRedundancyLost")
    own = DEFAULTS[Rule.REDUNDANCY]
    assert (spare.told, spare.for_s, spare.keep_s) == (own.told, own.for_s, own.keep_s)
    written = spare.document()
    assert (written["for"], written["keep_firing_for"]) == (f"{own.for_s:.0f}s", f"{own.keep_s:.0f}s")


def test_a_gateway_that_is_gone_pages_under_its_own_job() -> None:
    groups = yaml.safe_load(rule_file(job="gateways"))["groups"]
    (down,) = (rule for group in groups for rule in group["rules"] if rule.get("alert") == "FarshoreDown")
    assert down["expr"] == 'up{job="gateways"} == 0'
    assert down["labels"] == {"severity": Told.PAGE.value}


def test_the_charts_copy_is_what_is_exported() -> None:
    assert SHIPPED.read_text() == rule_file(), "run `make docs`"
