"""Gathers evidence of failing routes and has it diagnosed, in a process of its own. I/O; decides nothing.

It is `farshore doctor` itself, so a person who runs it sees what an incident saw; and neither its work nor its memory,
nor a mistake in a parser, is ever the gateway's.
"""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from farshore.config.model import Config
from farshore.diagnosis.published import Published
from farshore.incident.child import PROGRAM, STANDARD_INPUT, ChildFailedError, Surroundings, output

# Of an examination, from the start of the process to its end; `WITHIN_S` is what the doctor may take of it, and in
# `FIRST_WITHIN_S` a silent router is known for one.
LONGEST_S = 60.0
WITHIN_S = 45.0
FIRST_WITHIN_S = 5.5
# A route that nobody answers for takes the doctor a dozen seconds, one after the other.
MOST_ROUTES = 4
# The exit codes of `farshore doctor` with a diagnosis on its output: nothing wrong, a cause named, undecided.
DIAGNOSED = frozenset({0, 1, 3})


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was seen and what it means; `bundle` is the evidence, a .tar.gz that `farshore diagnose` reads again."""

    diagnosis: Published
    bundle: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NotExamined:
    """Why there is no diagnosis."""

    reason: str


class Examiner:
    """Looks at routes of the configuration that is carried; `admin_url` is where the gateway tells of itself."""

    def __init__(
        self,
        config: Callable[[], Config],
        admin_url: str | None,
        surroundings: Surroundings,
        *,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._config = config
        self._admin_url = admin_url
        self._surroundings = surroundings
        self._program = tuple(program)

    async def examine(
        self, routes: Sequence[str], *, within_s: float = WITHIN_S, since_s: float | None = None
    ) -> Examined | NotExamined:
        """Look at these routes, the first four at most; what there is no time for `within_s` is left out.

        What the gateway remembers from before `since_s` (Unix time) is of another outage.
        """
        config = self._config()
        # A range of ports is one route in the configuration, and `label:port` each for the gateway.
        labels = {*routes, *(route.rpartition(":")[0] for route in routes)}
        chosen = tuple(route for route in config.routes if route.label in labels)[:MOST_ROUTES]
        if not chosen:
            return NotExamined(reason="the configuration has these routes no more")
        with tempfile.TemporaryDirectory(prefix="farshore-incident-") as folder:
            asked, bundle = Path(folder, "config.json"), Path(folder, "evidence.tar.gz")
            written = config.model_copy(update={"routes": chosen, "notify": (), "otel": None}).model_dump_json(
                by_alias=True, exclude_none=True
            )
            await asyncio.to_thread(asked.write_text, written)
            command = [*self._program, "doctor", "--config", str(asked), "--format", "json", "--bundle", str(bundle)]
            command += ["--within", f"{within_s:g}"]
            command += ["--hide", STANDARD_INPUT]
            control = config.control
            needed = () if control is None else (control.key_env, control.client_secret_env)
            if since_s is not None:
                command += ["--since", datetime.fromtimestamp(since_s, UTC).isoformat()]
            if self._admin_url is not None:
                command += ["--url", self._admin_url]
            try:
                answer = await output(
                    command,
                    "doctor",
                    well=DIAGNOSED,
                    within_s=LONGEST_S,
                    given=await asyncio.to_thread(self._surroundings.given, needed),
                )
                diagnosis = msgspec.json.decode(answer, type=Published)
                return Examined(diagnosis=diagnosis, bundle=await asyncio.to_thread(bundle.read_bytes))
            except ChildFailedError as error:
                return NotExamined(reason=str(error))
            except (msgspec.MsgspecError, OSError) as error:
                return NotExamined(reason=f"what doctor said is no diagnosis: {error}")
