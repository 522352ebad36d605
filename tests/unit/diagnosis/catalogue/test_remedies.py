"""What all remedies of the catalogue have in common."""

import re

import pytest

from farshore.diagnosis.cause import Cause
from farshore.diagnosis.causes import CATALOGUE
from farshore.diagnosis.verdict import Subject

COMMAND = re.compile(
    r"\b(?:tailscale (?:ping|status|set|up|down|netcheck|lock|ip|debug|version)|farshore (?:doctor|check|status)"
    r"|kubectl \w|headscale nodes|nc -vz|sudo |hubble observe|openssl s_client|lsnrctl )"
)


@pytest.mark.parametrize("cause", CATALOGUE, ids=lambda cause: cause.code)
def test_what_is_typed_in_a_remedy_is_set_apart_from_what_is_told(cause: Cause) -> None:
    for text in (text for remedy in cause.remedies for text in (remedy.command, remedy.verify)):
        told, typed = text.split("`")[::2], text.split("`")[1::2]
        assert len(told) == len(typed) + 1, text
        assert not any(COMMAND.search(each) for each in told), text
        assert all(each.strip() == each and each for each in typed), text


def test_a_name_with_a_backtick_ends_no_command() -> None:
    filled = Subject(router="r1` && rm -rf / `").fill("on {name}: `tailscale up`")
    assert filled.count("`") == 2
