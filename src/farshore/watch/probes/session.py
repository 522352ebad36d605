"""What a driver does over a connection that is there already: log in, ask, leave. Blocking; runs in a thread.

One module for each protocol in `sessions`; a driver is imported where it is used.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from farshore.watch.probes.login import Login


class MissingExtraError(Exception):
    """A driver is not installed; the text names what to run."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(f"{module} is not installed: run pip install 'farshore[{extra}]'")


class AnsweredError(Exception):
    """The target understood, and said no: its own words."""


class DeniedError(AnsweredError):
    """The target does not take the user for who it says it is: so many of these in a row may lock the account."""


class BrokenError(Exception):
    """The connection, or what came over it, was not what the driver needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a session has at hand. `host` is how the target is called; `address` leads to it.

    `more` opens a further connection to another port of the target, over the same path, and gives its address.
    `logged_in` is told what the server says of itself as soon as the login is through. `wait_s` bounds each wait.
    """

    host: str
    address: tuple[str, int]
    more: Callable[[int], tuple[str, int]]
    logged_in: Callable[[str], None]
    wait_s: float


class Session(Protocol):
    """One protocol's."""

    @property
    def module(self) -> str:
        """What it imports."""
        ...

    @property
    def extra(self) -> str:
        """The extra that brings it; empty where none is needed."""
        ...

    @property
    def default_query(self) -> str:
        """What is asked where nobody says."""
        ...

    def guard(self, first: bytes) -> str | None:
        """What speaks against going on after the target's first bytes."""
        ...

    def run(self, link: Link, login: Login) -> None:
        """Log in, ask, leave.

        Raises:
            DeniedError: the target does not take the user or the password.
            AnsweredError: the target refused the login for something else, or answered the question with an error.
            BrokenError: anything else went wrong.
        """
        ...


def need(session: Session) -> None:
    """See that its driver is there, before anything is dialled.

    Raises:
        MissingExtraError: it is not.
    """
    if find_spec(session.module) is None:
        raise MissingExtraError(session.module, session.extra)
