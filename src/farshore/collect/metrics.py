"""tailscaled's counters, twice: only a difference says something of now.

`usermetrics` may be read by anybody; `metrics`, its inner counters, only by root, its own user or its operator
(ipn/localapi/localapi.go at v1.102.3).
"""

import asyncio

from farshore.collect.beside import LISTEN_S, Source
from farshore.collect.daemon import ANSWER_S, objection
from farshore.collect.documents import Notebook
from farshore.tailnet.localapi import LocalApi, LocalApiError


def metrics_of(api: LocalApi, label: str) -> tuple[Source, Source]:
    """One tailscaled's counters for users, and its inner ones."""
    return (
        _counters(api, "usermetrics", f"{label}metrics", "tailscaled's metrics before and after"),
        _counters(api, "metrics", f"{label}inner-metrics", "tailscaled's inner counters before and after"),
    )


def _counters(api: LocalApi, question: str, name: str, what: str) -> Source:
    async def ask(page: Notebook, over: asyncio.Event) -> str | None:
        samples: list[bytes] = []
        try:
            samples.append(await _sample(api, question, page))
            try:
                async with asyncio.timeout(LISTEN_S):
                    await over.wait()
            except TimeoutError:
                pass  # a long walk: these counters have been looked at for long enough
            samples.append(await _sample(api, question, page))
        except LocalApiError as error:
            return objection(error, name, page)
        finally:
            if samples:
                page.keep(f"{name}.txt", b"".join(samples), what)
        return None

    return Source(what=name, ask=ask)


async def _sample(api: LocalApi, question: str, page: Notebook) -> bytes:
    told = await api.answer(question, timeout_s=ANSWER_S)
    head = f"# {page.now()}" + (f" observer {page.observer}" if page.observer else "")
    return head.encode() + b"\n" + told.rstrip(b"\n") + b"\n"
