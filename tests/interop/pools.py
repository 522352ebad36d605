"""Real connection pools at work: as many connections as workers, each of which asks three times a second."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.interop.parts import ROOT, jar, program
from tests.interop.service import PASSWORD, SLOW_QUESTION, USER

STOP_S = 20.0
POOL_JAVA = Path(__file__).parent / "java" / "Pool.java"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of one worker: when it was over (Unix time), how long it took, the driver's error text if any."""

    worker: int
    at_s: float
    took_s: float
    error: str | None


class Pool:
    """A pool that is running, and what its workers have been told so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._asked: list[Asked] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def asked(self, *, since_s: float = 0.0) -> list[Asked]:
        """The questions that were over after that time."""
        return [asked for asked in list(self._asked) if asked.at_s > since_s]

    def answered(self, *, since_s: float = 0.0) -> dict[int, float]:
        """When each worker had its first answer after that time; those that had none are not there."""
        first: dict[int, float] = {}
        for asked in self.asked(since_s=since_s):
            if asked.error is None:
                first.setdefault(asked.worker, asked.at_s)
        return first

    def stop(self) -> None:
        """End it, whatever hangs."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(STOP_S)
        self._reader.join(STOP_S)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._asked.append(Asked(**json.loads(line)))


def _psycopg(host: str, port: int, workers: int) -> Sequence[str]:
    return [sys.executable, "-m", "tests.interop.worker", host, str(port), str(workers)]


def _hikari(host: str, port: int, workers: int) -> Sequence[str]:
    java = [program("java", "default-jdk-headless"), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    jars = os.pathsep.join(map(jar, ("HikariCP", "slf4j-api", "postgresql")))
    url = f"jdbc:postgresql://{host}:{port}/postgres"
    return [*java, "-cp", jars, str(POOL_JAVA), url, USER, PASSWORD, SLOW_QUESTION, str(workers)]


POOLS: dict[str, Callable[[str, int, int], Sequence[str]]] = {"psycopg_pool": _psycopg, "HikariCP": _hikari}


@contextmanager
def pooled(kind: str, host: str, port: int, *, workers: int, log: Path, prefix: Sequence[str] = ()) -> Iterator[Pool]:
    """Run a pool of Postgres connections to `host:port` until the block ends.

    Skips the test, by name, where a part is missing.
    """
    command = [*prefix, *POOLS[kind](host, port, workers)]
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT
        ) as process,
    ):
        pool = Pool(process)
        try:
            yield pool
        finally:
            pool.stop()
