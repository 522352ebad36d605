"""The same remedy on three platforms."""

import pytest

from farshore.core.address import parse_host_port
from farshore.diagnosis.causes import BY_CODE
from farshore.diagnosis.verdict import Subject
from farshore.report.outage.platforms import RECIPES, steps

SUBJECT = Subject(router="r1", router_address="100.64.0.1", target=parse_host_port("172.16.20.88:1433"))


@pytest.mark.parametrize("code", RECIPES)
def test_every_recipe_has_all_platforms_and_no_placeholder_is_left(code: str) -> None:
    told = steps(code, SUBJECT.fill)
    assert code in BY_CODE
    assert [each.platform for each in told] == ["Windows", "Linux", "Kubernetes"]
    text = " ".join(each.run + each.verify for each in told)
    for placeholder in ("{name}", "{router}", "{target}", "{host}", "{port}"):
        assert placeholder not in text


def test_no_command_takes_away_what_it_does_not_name() -> None:
    """`tailscale up --reset` drops settings that nobody mentions, and `down` cuts off whoever came in over it."""
    text = " ".join(run for recipe in RECIPES.values() for run, _ in recipe.values())
    assert "--reset" not in text
    assert "tailscale down" not in text


def test_a_cause_that_is_mended_alike_everywhere_has_none() -> None:
    assert steps("M09", SUBJECT.fill) == ()
