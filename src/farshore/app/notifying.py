"""Builds what tells of alerts, from the configuration."""

import os

from farshore.app.exits import Exit, Refusal
from farshore.config.model import Config
from farshore.core.clock import Clock
from farshore.core.events import Announce
from farshore.notify.notifier import Notifier


def notify_refusal(config: Config) -> Refusal | None:
    """Why nobody can be told as the configuration wants it.

    What is needed is loaded here, before anybody connects: it takes a fifth of a second.
    """
    if config.notify:
        import httpx2  # noqa: F401, PLC0415
    if any(channel.apprise is not None for channel in config.notify):
        try:
            import apprise  # noqa: F401, PLC0415
        except ImportError:
            sentence = (
                "`apprise:` in `notify:` needs the library Apprise, and it is not installed; "
                "run `pip install 'farshore[notify]'`."
            )
            return Refusal(exit=Exit.USAGE, sentence=sentence)
    return None


def build_notifier(config: Config, announce: Announce, clock: Clock) -> Notifier:
    """The notifier that the configuration asks for; it tells nobody where there are no channels."""
    return Notifier(config.notify, announce, clock, os.environ)
