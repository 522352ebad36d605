"""tailscaled's log: what it writes while the way is walked, and the tails of files that somebody names."""

import asyncio
import os
import re
from pathlib import Path

import msgspec

from farshore.collect.beside import Source, listen
from farshore.collect.daemon import ANSWER_S, objection
from farshore.collect.documents import Notebook
from farshore.tailnet.localapi import LocalApi, LocalApiError

MAX_TAIL_BYTES = 256 << 10
# What the walk's own questions make it say: the dials tell the same with how long they took.
_ECHOES = ("socks5: ", "localapi: ", "ping(", "proxy: ", "[RATELIMIT]", "Accept: TSMP", "wgengine: got TSMP pong")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]")


def tap_of(api: LocalApi, label: str) -> Source:
    """What one tailscaled logs from now on; only root, its own user or its operator may hear it."""
    name = f"{label}log"

    async def tap(page: Notebook, over: asyncio.Event) -> str | None:
        heard: list[dict[str, object]] = []
        reason = None
        try:
            await listen(api.tap_log(timeout_s=ANSWER_S), over, heard)
        except LocalApiError as error:
            reason = objection(error, name, page)
        lines = [line for record in heard if (line := _line(record))]
        if lines:
            page.keep(f"{label}tailscaled.log", "".join(lines).encode(), "what tailscaled logged while this looked")
        return reason

    return Source(what=name, ask=tap)


def tail_of(path: Path, number: int) -> Source:
    """The last 256 KiB of a log file, whole lines."""

    async def read(page: Notebook, _: asyncio.Event) -> str | None:
        try:
            tail = await asyncio.to_thread(_tail, path)
        except OSError as error:
            return error.strerror or str(error)
        if not tail.strip():
            return "it is empty"
        page.keep(f"log-{number}-{_PLAIN.sub('_', path.name)[:80]}", tail, f"the end of {path}")
        return None

    return Source(what=str(path), ask=read)


class _Logtail(msgspec.Struct):
    client_time: str = ""


class _Record(msgspec.Struct):
    text: str = ""
    logtail: _Logtail | None = None


def _line(record: dict[str, object]) -> str:
    """As a container's runtime would write it; what the tap says of itself bears no time and is left out.

    So is what this walk makes tailscaled say.
    """
    try:
        told = msgspec.convert(record, _Record)
    except msgspec.ValidationError:
        return ""
    if told.logtail is None or not told.logtail.client_time or told.text.startswith(_ECHOES):
        return ""
    return "".join(f"{told.logtail.client_time} {line}\n" for line in told.text.splitlines() if line.strip())


def _tail(path: Path) -> bytes:
    """Opened so that a pipe which nobody writes to holds up nobody.

    Raises:
        OSError: it cannot be read, or is no file.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - MAX_TAIL_BYTES))
        tail = file.read(MAX_TAIL_BYTES)
    return tail if size <= MAX_TAIL_BYTES else tail.partition(b"\n")[2]
