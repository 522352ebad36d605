"""Hears a gateway by its admin listener, and asks it for connections. All foreign errors become `LostError` here."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager

import httpx2
import msgspec
from httpx2 import codes

from farshore.core.visible import visible, visible_words
from farshore.surface.page.table import Asked
from farshore.surface.top.picture import Heard, understood
from farshore.surface.views import Connections

# A gateway says something every second.
SILENT_S = 5.0
MOST_BYTES = 64 << 20
MOST_CONNECTIONS = 100


class LostError(Exception):
    """The gateway cannot be heard, or does not do what was asked; `str()` says why."""


class Link:
    """To the gateway at `url`; `headers` carry the token."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url = url
        self._client = httpx2.AsyncClient(base_url=url, timeout=SILENT_S, trust_env=False, headers=headers)

    async def close(self) -> None:
        """Leave the gateway."""
        await self._client.aclose()

    async def news(self) -> AsyncGenerator[Heard, None]:
        """One stream to its end, which comes after some 100 s by itself.

        Raises:
            LostError: it cannot be heard any more.
        """
        with _translated():
            async with self._client.stream("GET", "/api/v1/watch") as answer:
                _accept(answer, b"" if answer.is_success else await answer.aread())
                async for event in _events(answer.aiter_bytes()):
                    if event.startswith(b"data: "):
                        yield understood(event.removeprefix(b"data: "))

    async def connections(self, asked: Asked) -> Connections:
        """The first hundred of the open connections that are asked for.

        Raises:
            LostError: it did not say.
        """
        parameters = {"limit": str(MOST_CONNECTIONS), "sort": asked.sort, "offset": str(asked.offset)}
        parameters |= {"route": asked.route} if asked.route else {}
        parameters |= {"contains": asked.contains} if asked.contains else {}
        with _translated():
            answer = await self._client.get("/api/v1/connections", params=parameters)
            _accept(answer, answer.content)
            return msgspec.convert(visible_words(msgspec.json.decode(answer.content)), type=Connections)

    async def end(self, connection: int) -> None:
        """End an open connection.

        Raises:
            LostError: it is not ended, and why.
        """
        with _translated():
            answer = await self._client.post(f"/api/v1/connections/{connection}/end")
            _accept(answer, answer.content)


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Server-sent events as a gateway writes them; not by lines, which would break at U+2028 in somebody's words."""
    buffer = bytearray()
    async for chunk in chunks:
        buffer += chunk
        if len(buffer) > MOST_BYTES:
            msg = "it does not stop talking"
            raise LostError(msg)
        while (end := buffer.find(b"\n\n")) >= 0:
            yield bytes(buffer[:end])
            del buffer[: end + 2]


def _accept(answer: httpx2.Response, body: bytes) -> None:
    if answer.is_success:
        return
    if answer.status_code == codes.UNAUTHORIZED:
        msg = "it wants the token of its `admin_token_file:`; name that file with `--token-file`"
        raise LostError(msg)
    if answer.status_code == codes.NOT_FOUND and answer.url.path == "/api/v1/watch":
        msg = "it is no gateway's admin listener, or an older gateway's"
        raise LostError(msg)
    raise LostError(_reason(body) or f"it answered {answer.status_code}")


def _reason(body: bytes) -> str:
    """What the admin listener gives as the reason."""
    try:
        return visible(msgspec.json.decode(body, type=dict[str, str]).get("error", ""))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except httpx2.TimeoutException as error:
        msg = f"it did not answer within {SILENT_S:g} s"
        raise LostError(msg) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        text = re.sub(r"^\[Errno -?\d+\] |\.$", "", visible(str(error)))
        raise LostError(text or type(error).__name__) from error
    except msgspec.DecodeError as error:
        msg = "what answered is not a gateway's admin listener, or another version's"
        raise LostError(msg) from error
