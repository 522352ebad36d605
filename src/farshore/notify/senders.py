"""Makes of a channel's settings whatever delivers there. Belongs to one event loop; end it with `aclose`."""

from collections.abc import Mapping

from farshore.config.notify import Channel
from farshore.core.clock import Clock
from farshore.notify import google_chat, slack, webhook
from farshore.notify.alertmanager import PATH, Alertmanager
from farshore.notify.answer import Sends
from farshore.notify.http import Endpoint, OverHttp
from farshore.notify.post import Poster
from farshore.notify.through_apprise import ThroughApprise


class Senders:
    """All channels share one HTTP client, and no connection."""

    def __init__(self, clock: Clock, environment: Mapping[str, str], poster: Poster | None = None) -> None:
        self._environment = environment
        self._poster = Poster(clock) if poster is None else poster

    async def aclose(self) -> None:
        """Close what is open."""
        await self._poster.aclose()

    def of(self, channel: Channel) -> Sends:
        """What delivers there.

        Raises:
            ImportError: it needs an extra that is not installed.
            ValueError: it is none of the kinds; the configuration's rules refuse that.
        """
        here, poster = self._environment, self._poster
        match channel:
            case Channel(webhook=settings) if settings is not None:
                endpoint = Endpoint(url=settings.url, headers=settings.headers, environment=here)
                return OverHttp(endpoint, poster, webhook.encode)
            case Channel(google_chat=settings) if settings is not None:
                endpoint = Endpoint(url=settings.url, address=google_chat.in_a_thread, environment=here)
                return OverHttp(endpoint, poster, google_chat.encode)
            case Channel(slack=settings) if settings is not None:
                return OverHttp(Endpoint(url=settings.url, environment=here), poster, slack.encode)
            case Channel(alertmanager=settings) if settings is not None:
                endpoint = Endpoint(url=settings.url, headers=settings.headers, address=_api, environment=here)
                told = Alertmanager(settings.labels)
                return OverHttp(endpoint, poster, told.encode, told)
            case Channel(apprise=settings) if settings is not None:
                return ThroughApprise(settings.url, here)
            case _:
                raise ValueError(channel.label)


def _api(url: str) -> str:
    return url.rstrip("/").removesuffix(PATH) + PATH
