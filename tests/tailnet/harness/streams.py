"""Clients that come one after the other for as long as the test wants, each with one question."""

import contextlib
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from tests.tailnet.harness.gateways import Gateway
from tests.tailnet.harness.waiting import until

QUERY = b"SELECT 1"
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a client says, and how many bytes of an answer are enough; by itself that of a client of an echo."""

    said: bytes = QUERY
    enough: int = len(QUERY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One client: when it came, when it had its answer or its end, and what the answer was."""

    at_s: float
    answered_at_s: float
    answer: bytes


class Stream:
    """Clients of a route, one every `every_s` seconds, whatever became of those before."""

    def __init__(self, gateway: Gateway, route: str, question: Question = Question(), *, every_s: float = 0.1) -> None:
        self._gateway = gateway
        self._route = route
        self._question = question
        self._every_s = every_s
        self._asked: list[Future[Asked]] = []
        self._together = ThreadPoolExecutor(MOST_AT_ONCE)
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def more(self, count: int) -> None:
        """Wait until so many more have come."""
        wanted = len(self._asked) + count
        until(lambda: len(self._asked) >= wanted, f"{count} more clients", deadline_s=60)

    def end(self) -> list[Asked]:
        """Let nobody come any more; what became of everybody, once all are done."""
        self._enough.set()
        self._thread.join()
        self._together.shutdown()
        return [client.result() for client in self._asked]

    def _run(self) -> None:
        while not self._enough.wait(self._every_s):
            self._asked.append(self._together.submit(self._ask))

    def _ask(self) -> Asked:
        at_s, answer = time.monotonic(), b""
        with contextlib.suppress(OSError), self._gateway.dial(self._route) as client:
            client.sendall(self._question.said)
            while len(answer) < self._question.enough and (more := client.recv(self._question.enough - len(answer))):
                answer += more
        return Asked(at_s=at_s, answered_at_s=time.monotonic(), answer=answer)
