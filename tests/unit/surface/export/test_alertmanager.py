import re

import yaml

from farshore.surface.export.alertmanager import alertmanager
from farshore.surface.export.rules import rules


def test_what_hushes_and_what_is_hushed_are_rules_that_there_are() -> None:
    names = {rule.name for rule in rules()}
    for inhibition in yaml.safe_load(alertmanager())["inhibit_rules"]:
        for matcher in [*inhibition["source_matchers"], *inhibition["target_matchers"]]:
            label, sign, value = re.fullmatch(r'(\w+)(=~?)"(.*)"', matcher).groups()  # type: ignore[union-attr]
            known = names if label == "alertname" else {rule.told.value for rule in rules()}
            assert any(re.fullmatch(value if sign == "=~" else re.escape(value), each) for each in known)


def test_a_page_is_repeated_oftener_than_the_rest() -> None:
    route = yaml.safe_load(alertmanager())["route"]
    (pages,) = route["routes"]
    assert pages["matchers"] == ['severity="page"']
    assert (pages["repeat_interval"], route["repeat_interval"]) == ("1800s", "1d")
