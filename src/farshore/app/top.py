"""`farshore top`: a running gateway on a terminal, as it changes."""

import sys
from pathlib import Path

from httpx2 import URL, InvalidURL

from farshore.app.exits import Exit, Refusal
from farshore.config.admin_token import BadToken, bearer, read_token
from farshore.core.clock import SystemClock
from farshore.surface.top.link import Link


def top(url: str, token_file: Path | None) -> Exit | Refusal:
    """Show the gateway whose admin listener is at `url` until the person leaves."""
    try:
        from farshore.surface.top.screen import Top  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        return _usage("top needs textual; run `pip install 'farshore[tui]'`, or `farshore status` for the same once.")
    if not (sys.__stdin__ and sys.__stdin__.isatty() and sys.__stderr__ and sys.__stderr__.isatty()):
        return _usage("top needs a terminal; `farshore status` prints the same once.")
    if not _is_web_address(url):
        return _usage(f"{url} is no address of an admin listener, such as http://127.0.0.1:9809.")
    token = None if token_file is None else read_token(token_file)
    if isinstance(token, BadToken):
        return _usage(f"{token.path} holds no token for the admin listener: {token.reason}.")
    shown = Top(Link(url, bearer(token_file)), SystemClock())
    shown.run()
    return Exit.OK if shown.return_code == 0 else Exit.INTERNAL


def _is_web_address(url: str) -> bool:
    try:
        parsed = URL(url)
    except (InvalidURL, UnicodeError):
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def _usage(sentence: str) -> Refusal:
    return Refusal(exit=Exit.USAGE, sentence=sentence)
