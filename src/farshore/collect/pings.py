"""Pings of a router through LocalAPI: disco and TSMP at once, tries overlapped; another peer for comparison.

tailscaled waits for ever (ipn/ipnlocal/local.go at v1.102.3), so silence is measured here. A ping makes no connection,
and no target sees it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from farshore.collect.documents import Notebook
from farshore.core.address import IPAddress
from farshore.diagnosis.collected import CollectedPing
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure, PingKind, Pong
from farshore.tailnet.status import Peer

TRIES = 3
# A cold path over a relay needs 2 to 3 s (failure-modes M12); no answer to three tries in 5 s is silence.
BETWEEN_TRIES_S = 1.0
PATIENCE_S = 5.0
WITNESSES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged:
    """A router's answers by kind: the last one, which is the best."""

    disco: CollectedPing
    tsmp: CollectedPing


async def ping_router(
    api: LocalApi, address: IPAddress, name: str, notebook: Notebook, patience_s: float | None = None
) -> Pinged:
    """Ask for at most 5 s, or for `patience_s`, and note what came of it."""
    disco, tsmp = await asyncio.gather(
        ping(api, address, name, PingKind.DISCO, notebook.now(), patience_s),
        ping(api, address, name, PingKind.TSMP, notebook.now(), patience_s),
    )
    notebook.pings += [*disco, *tsmp]
    return Pinged(disco=disco[-1], tsmp=tsmp[-1])


async def ping(  # noqa: PLR0913, PLR0917 - what there is to say of it
    api: LocalApi, address: IPAddress, name: str, kind: PingKind, at: str, patience_s: float | None = None
) -> list[CollectedPing]:
    """Pings of one kind, begun `at`: what came back, or one that nothing came back.

    A first answer over a relay is not taken for the last word, a direct path may come of it; where none does, every
    answer is handed back.
    """
    answers: list[Pong] = []
    all_s = PATIENCE_S if patience_s is None else patience_s
    errors: list[str] = []

    async def attempt(number: int) -> None:
        await asyncio.sleep(number * BETWEEN_TRIES_S)
        try:
            pong = await api.ping(address, kind, timeout_s=all_s - number * BETWEEN_TRIES_S)
        except LocalApiError as error:
            if error.reason is not LocalApiFailure.TIMEOUT:
                errors.append(error.detail)
            return
        if pong.error:
            errors.append(pong.error)
        else:
            answers.append(pong)

    tries = [asyncio.get_running_loop().create_task(attempt(number)) for number in range(TRIES)]
    try:
        for done in asyncio.as_completed(tries):
            await done
            if errors or (answers and (kind is not PingKind.DISCO or answers[-1].endpoint)):
                break
    finally:
        for task in tries:
            task.cancel()
        await asyncio.gather(*tries, return_exceptions=True)
    return _noted(str(address), name, kind, at, answers, errors)


async def find_witness(
    api: LocalApi, others: Sequence[Peer], notebook: Notebook, patience_s: float | None = None
) -> CollectedPing | None:
    """Another peer that answers, to tell one dead router from a tailscaled that hears nobody; two are asked at once.

    Silence of others is nobody's symptom and is not noted.
    """
    asked = sorted(others, key=lambda peer: not peer.active)[:WITNESSES]
    answers = await asyncio.gather(
        *(ping(api, peer.ips[0], peer.host_name, PingKind.DISCO, notebook.now(), patience_s) for peer in asked)
    )
    witness = next((last for *_, last in answers if last.answered), None)
    if witness is not None:
        notebook.pings.append(witness)
    return witness


def _noted(  # noqa: PLR0913, PLR0917 - what there is to note
    address: str, name: str, kind: PingKind, at: str, answers: list[Pong], errors: list[str]
) -> list[CollectedPing]:
    asked = CollectedPing(
        address=address,
        kind=kind.value.lower(),
        at=at,
        tries=TRIES,
        answered=False,
        node=name,
        text=next(iter(errors), ""),
    )
    direct = [pong for pong in answers if pong.endpoint]
    return [_answered(asked, pong) for pong in direct[:1] or answers] or [asked]


def _answered(asked: CollectedPing, pong: Pong) -> CollectedPing:
    return msgspec.structs.replace(
        asked,
        answered=True,
        node=asked.node or pong.node_name,
        latency_s=pong.latency_s,
        endpoint=pong.endpoint or pong.peer_relay,
        derp="" if pong.endpoint else pong.derp_region,
        text="",
    )
