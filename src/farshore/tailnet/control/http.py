"""JSON over HTTP with a control plane: time-outs, bounds, and patience with 429 and 5xx. Secrets stay out of messages.

Every call here may be made twice: reads, and writes that replace a whole set.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from farshore.core.clock import Clock
from farshore.tailnet.control.plane import ControlError, ControlFailure
from farshore.wire.excerpt import one_line
from farshore.wire.retry_after import retry_after_s

if TYPE_CHECKING:
    import httpx2

ANSWER_S = 5.0
TRIES = 3
PAUSE_S = 0.5
MAX_PAUSE_S = 10.0
MAX_ANSWER = 32 << 20
MAX_KEY_BYTES = 4096

T = TypeVar("T")
Key = Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request; `body` goes as JSON, `form` as a form."""

    method: str
    path: str
    bearer: str | None = field(default=None, repr=False)
    body: object = None
    form: Mapping[str, str] | None = field(default=None, repr=False)


def key_in_file(path: Path) -> Key:
    """Reads the key anew each time it is needed: a mounted secret may be replaced while the gateway runs."""

    def read() -> str:
        try:
            with path.open("rb") as file:
                content = file.read(MAX_KEY_BYTES)
        except OSError as error:
            raise ControlError(ControlFailure.NO_KEY, f"{path}: {error.strerror or error}") from error
        return _checked(content.decode("utf-8", "replace"), str(path))

    return read


def key_in_environment(name: str, environment: Mapping[str, str]) -> Key:
    """The key in a variable of the environment."""

    def read() -> str:
        if name not in environment:
            raise ControlError(ControlFailure.NO_KEY, f"the environment has no variable {name}")
        return _checked(environment[name], f"the variable {name}")

    return read


class JsonApi:
    """One server. Belongs to one event loop; end it with `aclose`."""

    def __init__(self, url: str, clock: Clock) -> None:
        import httpx2  # noqa: PLC0415 - costs a fifth of a second, and few need it

        self.url = url.rstrip("/")
        self._httpx2 = httpx2
        self._clock = clock
        self._client = httpx2.AsyncClient(timeout=ANSWER_S, follow_redirects=False)

    async def aclose(self) -> None:
        """Close every connection; idempotent."""
        await self._client.aclose()

    async def call(self, question: Question, kind: type[T]) -> T:
        """Send a request and read its answer; asked again twice where the server is busy or ill.

        Raises:
            ControlError: there is no answer of that kind.
        """
        request = self._client.build_request(
            question.method,
            self.url + question.path,
            headers={} if question.bearer is None else {"Authorization": f"Bearer {question.bearer}"},
            json=question.body,
            data=None if question.form is None else dict(question.form),
        )
        for tried in range(1, TRIES + 1):
            response, content = await self._exchange(request)
            if response.status_code == HTTPStatus.OK:
                return _decode(content, kind)
            failure = self._failure(response, content)
            is_passing = (
                response.status_code == HTTPStatus.TOO_MANY_REQUESTS
                or response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
            )
            pause_s = self._pause_s(response, tried)
            if not is_passing or tried == TRIES or pause_s > MAX_PAUSE_S:
                raise failure
            await asyncio.sleep(pause_s)
        raise AssertionError  # the last try has raised

    async def _exchange(self, request: "httpx2.Request") -> "tuple[httpx2.Response, bytes]":
        """The one place where a foreign failure becomes a ControlError."""
        try:
            async with asyncio.timeout(ANSWER_S):
                response = await self._client.send(request, stream=True)
                try:
                    content = bytearray()
                    async for part in response.aiter_bytes():
                        content += part
                        if len(content) > MAX_ANSWER:
                            detail = f"{self.url}: an answer of more than {MAX_ANSWER} bytes"
                            raise ControlError(ControlFailure.MALFORMED, detail)
                    return response, bytes(content)
                finally:
                    await response.aclose()
        except (TimeoutError, self._httpx2.TimeoutException):
            raise ControlError(ControlFailure.TIMEOUT, f"{self.url}: no answer within {ANSWER_S:g} s") from None
        except self._httpx2.TransportError as error:
            detail = one_line(str(error).encode()) or type(error).__name__
            raise ControlError(ControlFailure.UNREACHABLE, f"{self.url}: {detail}") from error

    def _failure(self, response: "httpx2.Response", content: bytes) -> ControlError:
        match response.status_code:
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                reason = ControlFailure.NOT_PERMITTED
            case HTTPStatus.TOO_MANY_REQUESTS:
                reason = ControlFailure.LIMITED
            case _:
                reason = ControlFailure.DECLINED
        told = one_line(content) or "without a reason"
        return ControlError(reason, f"{self.url} answered {response.status_code}: {told}")

    def _pause_s(self, response: "httpx2.Response", tried: int) -> float:
        """How long to wait before asking again: what Retry-After says, or a little."""
        asked_s = retry_after_s(response.headers.get("retry-after", ""), self._clock.wall_s())
        return PAUSE_S * tried if asked_s is None else asked_s


def _checked(text: str, where: str) -> str:
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ControlError(ControlFailure.NO_KEY, f"{where} holds no key, which is one printable word")
    return key


def _decode(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ControlError(ControlFailure.MALFORMED, f"not the expected JSON: {error}") from error
