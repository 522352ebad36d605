"""Driving the load generator, which waits for the runner before and after its work."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from bench.processes import BUILD


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the load does; the program `bench-load` explains the modes."""

    mode: str
    connections: int = 1
    requests: int = 0
    mb: int = 0
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What the load did: units of work, the time it took, and latencies where the mode measures them."""

    units: float
    seconds: float
    p50_us: float
    p99_us: float


@dataclass(frozen=True, slots=True)
class Load:
    """A load generator that has opened what it needs and waits."""

    process: subprocess.Popen[str]

    def work(self) -> Done:
        """Do the work; what it opened stays open."""
        return Done(**json.loads(self._tell("go")))

    def _tell(self, command: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            msg = f"the load generator ended with {self.process.wait()}"
            raise RuntimeError(msg)
        return line


@contextmanager
def ready(work: Work, target: str, prefix: tuple[str, ...] = ()) -> Iterator[Load]:
    """Run a load generator against the target until it is ready; `prefix` runs it elsewhere, as in a namespace."""
    options = [text for name, value in asdict(work).items() for text in (f"-{name}", str(value))]
    command = [*prefix, str(BUILD / "bench-load"), "-target", target, *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline() != "ready\n":
                msg = f"the load generator ended with {process.wait()}"
                raise RuntimeError(msg)
            yield Load(process)
        finally:
            process.kill()
