"""Channels that are one POST each: which body, which URL, which headers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from farshore.config.notify import Secret
from farshore.core.alerts import Alert
from farshore.notify.answer import Answer, NotTaken
from farshore.notify.post import Poster, Request
from farshore.notify.secret import Unreadable, hidden_in, read


def _as_it_is(url: str) -> str:
    return url


class Remembers(Protocol):
    """What the other side of a channel has been told, and has to hear again."""

    def remember(self, alert: Alert) -> None:
        """It was told by a process before this one."""
        ...

    def taken(self, alert: Alert) -> None:
        """It has just been told."""
        ...

    def firing(self) -> tuple[Alert, ...]:
        """What it has to hear again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a channel is, as it is configured; `address` makes of its URL the one that is asked."""

    url: Secret
    headers: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    address: Callable[[str], str] = _as_it_is
    environment: Mapping[str, str] = field(repr=False)


class OverHttp:
    """One channel; `told` remembers what the other side has, where that has to be told again and again."""

    def __init__(
        self,
        endpoint: Endpoint,
        poster: Poster,
        encode: Callable[[Alert], bytes],
        told: Remembers | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._poster = poster
        self._encode = encode
        self._told = told

    def remember(self, alert: Alert) -> None:
        """Most are told once, and done with."""
        if self._told is not None:
            self._told.remember(alert)

    def told_again(self) -> tuple[Alert, ...]:
        """What `told` says."""
        return () if self._told is None else self._told.firing()

    async def send(self, alert: Alert) -> Answer:
        """Try once. A file or a variable that is not there may come."""
        endpoint = self._endpoint
        url = read(endpoint.url, endpoint.environment)
        if isinstance(url, Unreadable):
            return NotTaken(reason=url.reason, is_passing=True)
        headers: dict[str, str] = {}
        for name, secret in endpoint.headers.items():
            value = read(secret, endpoint.environment)
            if isinstance(value, Unreadable):
                return NotTaken(reason=f"header {name}: {value.reason}", is_passing=True)
            headers[name] = value
        request = Request(url=endpoint.address(url), body=self._encode(alert), headers=headers)
        answer = await self._poster.post(request)
        if isinstance(answer, NotTaken):
            reason = hidden_in(answer.reason, [url, request.url, *headers.values()])
            return NotTaken(reason=reason, is_passing=answer.is_passing, after_s=answer.after_s)
        if self._told is not None:
            self._told.taken(alert)
        return answer
