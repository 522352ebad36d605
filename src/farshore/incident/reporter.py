"""Writes the report on an incident that is over into its folder, in a process of its own. I/O; decides nothing.

It is `farshore report --keep` itself, so a person who runs it later reads the same; and neither its work nor its
memory is the gateway's.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from farshore.incident.child import PROGRAM, STANDARD_INPUT, ChildFailedError, Surroundings, output

LONGEST_S = 120.0


class Reporter:
    """Reports on incidents that are kept in `folder`; the figures come from `journal`, if there is one."""

    def __init__(
        self, folder: Path, journal: Path | None, surroundings: Surroundings, *, program: Sequence[str] = PROGRAM
    ) -> None:
        self._surroundings = surroundings
        self._command = [*program, "report", "--folder", str(folder), "--keep", "--hide", STANDARD_INPUT]
        if journal is not None:
            self._command += ["--journal", str(journal)]

    async def report(self, incident: str) -> str | None:
        """Write it; the reason where it could not be."""
        try:
            await output(
                [*self._command, incident],
                "report",
                well={0},
                within_s=LONGEST_S,
                given=await asyncio.to_thread(self._surroundings.given),
            )
        except ChildFailedError as error:
            return str(error)
        return None
