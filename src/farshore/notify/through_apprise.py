"""E-mail and the rest, through the library Apprise (the extra `notify`): it blocks, so it is called on its own thread.

It says of a failure only that there was one; why is in what it logs meanwhile.
"""

import asyncio
import logging
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from farshore.config.notify import Secret
from farshore.core.alerts import Alert, AlertState, Severity
from farshore.notify.answer import Answer, NotTaken, Taken
from farshore.notify.apart import apart
from farshore.notify.message import Message, message_of, plain, without_mentions
from farshore.notify.secret import Unreadable, hidden_in, read
from farshore.wire.excerpt import one_line

if TYPE_CHECKING:
    import apprise

TRY_S = 30.0
_LOGGER = "apprise"


class ThroughApprise:
    """One channel."""

    def __init__(self, url: Secret, environment: Mapping[str, str], *, try_s: float = TRY_S) -> None:
        """Load the library.

        Raises:
            ImportError: it is not installed.
        """
        import apprise  # noqa: PLC0415 - an extra, imported where it is used

        self._apprise = apprise
        self._url = url
        self._environment = environment
        self._try_s = try_s
        self._busy = threading.Lock()
        # What it and its HTTP client log would show its URLs; what it warns of is told as the reason.
        for name in (_LOGGER, "urllib3"):
            logging.getLogger(name).propagate = False

    def remember(self, alert: Alert) -> None:
        """Nothing has to be remembered of it."""

    def told_again(self) -> tuple[Alert, ...]:
        """Nothing: a mail is a mail."""
        return ()

    async def send(self, alert: Alert) -> Answer:
        """Try once. A call that does not end is left alone, and no second one is begun beside it."""
        url = read(self._url, self._environment)
        if isinstance(url, Unreadable):
            return NotTaken(reason=url.reason, is_passing=True)
        if self._busy.locked():
            return NotTaken(reason="the call before has not ended yet", is_passing=True)
        try:
            async with asyncio.timeout(self._try_s):
                answer = await apart(lambda: self._notify(url, message_of(alert)), name="notify-apprise")
        except TimeoutError:
            return NotTaken(reason=f"not done within {self._try_s:g} s", is_passing=True)
        except Exception as error:  # noqa: BLE001 - a mistake in one of its hundred services is that service's
            return NotTaken(reason=f"a mistake within Apprise: {type(error).__name__}", is_passing=True)
        if isinstance(answer, NotTaken):
            return NotTaken(reason=hidden_in(answer.reason, [url]), is_passing=answer.is_passing)
        return answer

    def _notify(self, url: str, message: Message) -> Answer:
        with self._busy, _Heard() as heard:
            # Without a time-out of its own it stays on this thread, which nobody waits for at the program's end.
            asset = self._apprise.AppriseAsset(
                async_mode=False, service_timeout=0, http_redirects=False, app_id="Farshore", app_desc="Farshore"
            )
            service = self._apprise.Apprise(asset=asset)
            if not service.add(url):
                return NotTaken(reason=heard.last or "Apprise knows no service with that URL", is_passing=False)
            is_sent = service.notify(
                title=without_mentions(message.headline),
                body=without_mentions(plain(message)),
                notify_type=self._kind(message),
                body_format=self._apprise.NotifyFormat.TEXT,
            )
        return Taken() if is_sent else NotTaken(reason=heard.last or "Apprise says no more than that", is_passing=True)

    def _kind(self, message: Message) -> "apprise.NotifyType":
        kinds = self._apprise.NotifyType
        if message.state is AlertState.RESOLVED:
            return kinds.SUCCESS
        return kinds.FAILURE if message.severity is Severity.PAGE else kinds.WARNING


class _Heard(logging.Handler):
    """What the library warns of on this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.last = one_line(record.getMessage().encode("utf-8", "replace"))

    def __enter__(self) -> Self:
        logging.getLogger(_LOGGER).addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger(_LOGGER).removeHandler(self)
