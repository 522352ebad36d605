"""`farshore collect`: prints the script that somebody else runs on a router."""

from farshore.app.exits import Exit, Refusal
from farshore.collect.script import System, script_for
from farshore.core.address import AddressError, parse_host_port


def collect(system: str, targets: tuple[str, ...]) -> Exit | Refusal:
    """Print the script, with connections to try from there."""
    try:
        parsed = [parse_host_port(target) for target in targets]
    except AddressError as error:
        return Refusal(exit=Exit.USAGE, sentence=f"{error}.")
    print(script_for(System(system), parsed), end="")  # noqa: T201 - the command's output
    return Exit.OK
