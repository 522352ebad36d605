"""Configurations as text, and what is said about them."""

from textwrap import dedent

from farshore.config.load import parse
from farshore.config.problem import Loaded

ROUTE = "{listen: 8082, target: 172.16.20.88:1433}"


def loaded(text: str, *, descriptor_limit: int | None = None) -> Loaded:
    """What came of a text, in a file called `f`."""
    return parse(dedent(text).encode(), "f", descriptor_limit=descriptor_limit)


def problems(text: str) -> list[str]:
    """The lines that say what is wrong."""
    return [str(problem) for problem in loaded(text).problems]


def warnings(text: str, *, descriptor_limit: int | None = None) -> list[str]:
    """The lines that warn, of a configuration that loads."""
    outcome = loaded(text, descriptor_limit=descriptor_limit)
    assert outcome.config is not None, [str(problem) for problem in outcome.problems]
    return [str(warning) for warning in outcome.warnings]


def only_problem(text: str) -> str:
    """The single line that says what is wrong."""
    found = problems(text)
    assert len(found) == 1, found
    return found[0]


def only_warning(text: str, *, descriptor_limit: int | None = None) -> str:
    """The single warning of a configuration that loads."""
    found = warnings(text, descriptor_limit=descriptor_limit)
    assert len(found) == 1, found
    return found[0]
