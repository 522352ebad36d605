"""The same remedy on three platforms."""

import pytest

from farshore.core.address import parse_host_port
from farshore.diagnosis.causes import BY_CODE
from farshore.diagnosis.verdict import Subject
from farshore.report.outage.platforms import RECIPES, steps

PROGRAMS = {
    *("tailscale", "systemctl", "kubectl", "farshore", "ss", "nc", "ip", "nft", "sysctl", "journalctl"),
    *("Restart-Service", "Stop-Service", "Get-NetTCPConnection", "Test-NetConnection", "Get-WinEvent"),
    *("Get-NetAdapter", "Find-NetRoute", "Get-NetFirewallRule"),
}
SUBJECT = Subject(router="r1", router_address="100.64.0.1", target=parse_host_port("172.16.20.88:1433"))


@pytest.mark.parametrize("code", RECIPES)
def test_every_recipe_has_all_platforms_and_no_placeholder_is_left(code: str) -> None:
    told = steps(code, SUBJECT.fill)
    assert code in BY_CODE
    assert [each.platform for each in told] == ["Windows", "Linux", "Kubernetes"]
    assert "{" not in "".join(each.where + each.run + each.then + each.verify for each in told)
    for each in told:
        for command in f"{each.run}; {each.verify}".split("; "):
            assert command.removeprefix("sudo ").split()[0] in PROGRAMS


def test_the_log_of_what_listens_there_is_asked_for_and_of_nothing_else() -> None:
    [windows, linux, _] = steps("M36", SUBJECT.fill)
    assert (windows.where, linux.where) == ("172.16.20.88", "172.16.20.88")
    assert "'MSSQL*'" in windows.run
    assert linux.run == "journalctl -u mssql-server --since '1 hour ago'"
    [_, unknown, _] = steps("M36", Subject(target=parse_host_port("172.16.20.88:7000")).fill)
    assert unknown.run == "journalctl -u SERVICE --since '1 hour ago'"


def test_no_command_takes_away_what_it_does_not_name() -> None:
    """`tailscale up --reset` drops settings that nobody mentions, and `down` cuts off whoever came in over it."""
    text = " ".join(recipe.run for recipes in RECIPES.values() for recipe in recipes.values())
    assert "--reset" not in text
    assert "tailscale down" not in text


def test_a_cause_that_is_mended_alike_everywhere_has_none() -> None:
    assert steps("M09", SUBJECT.fill) == ()
