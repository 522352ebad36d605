"""How the program ends: one number for whoever started it, one sentence for whoever reads it."""

import sys
from dataclasses import dataclass
from enum import IntEnum

from farshore.core.visible import visible


class Exit(IntEnum):
    """Every exit code there is. Adding one means adding its row to `EXITS` and running `make docs`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NO_TAILSCALED = 3
    NOT_BOUND = 4
    NOT_PERMITTED = 5
    NOT_REACHED = 6
    TAILSCALED_FAILED = 7
    NOT_LOGGED_IN = 8
    PATH_FAILED = 9
    ROUTE_FAILED = 10
    INTERNAL = 70
    INTERRUPTED = 130

    UNDECIDED = 3  # the same number, said by `diagnose`


EXITS: dict[Exit, str] = {
    Exit.OK: "It did what was asked. `serve`: it was told to stop, and has drained.",
    Exit.FAILED: (
        "`diagnose`, `doctor`: a cause was named. `demo`: a step did not do what it says. `alert test`: a channel "
        "could not be told. `probe`: the success rate is below `--slo`, or logins were denied on end."
    ),
    Exit.USAGE: (
        "The command line, the configuration or the input is wrong or can't be read; all that is wrong has been said. "
        "`check --live`: also where a router does not forward as it is declared. `probe`: also where the target denies "
        "the first login."
    ),
    Exit.NO_TAILSCALED: (
        "`diagnose`, `doctor`: undecided. `serve`: no tailscaled was found on this host; the places that were looked "
        "in have been said."
    ),
    Exit.NOT_BOUND: "An address could not be listened on: in use, not this host's, or a port that needs privileges.",
    Exit.NOT_PERMITTED: "tailscaled's socket is there and this user may not open it.",
    Exit.NOT_REACHED: "`status`: no running gateway answered on that URL. `paths suggest`: tailscaled did not answer.",
    Exit.TAILSCALED_FAILED: "`serve` with a tailscaled of its own: it could not be kept running; start it all again.",
    Exit.NOT_LOGGED_IN: "`serve` with a tailscaled of its own: the key was refused, or could not be had.",
    Exit.PATH_FAILED: "`check --live`: every route has a path that works, and at least one path does not.",
    Exit.ROUTE_FAILED: "`check --live`: at least one route has no path that works.",
    Exit.INTERNAL: "A mistake in Farshore itself; `--debug` shows where.",
    Exit.INTERRUPTED: (
        "Ended by Ctrl-C: a second one while `serve` drained, or one during any other command. `probe`: also by "
        "SIGTERM; the figures so far have been printed."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a command did not do it: the thing, the cause and the next command, in one sentence."""

    exit: Exit
    sentence: str


def say(sentence: str) -> None:
    """Tell the person, on standard error; what a terminal could act on is escaped."""
    print(visible(sentence), file=sys.stderr)  # noqa: T201 - the one place that speaks to people
