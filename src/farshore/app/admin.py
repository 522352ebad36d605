"""Asks a running gateway, by its admin listener."""

import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

import httpx2
import msgspec
from httpx2 import codes

from farshore.app.exits import Exit, Refusal
from farshore.config.admin_token import ENVIRONMENT, bearer
from farshore.core.visible import visible_words

TIMEOUT_S = 5.0
_USER = re.compile(r"(?<=://)[^/@]*@")

Told = TypeVar("Told")
Document = TypeVar("Document")


class _NotReachedError(Exception):
    """No gateway answered; `str()` says why."""


class Admin:
    """One conversation with a gateway."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def get(self, path: str, kind: type[Document], **parameters: int) -> Document:
        """The document at a path; whatever a terminal could act on in its words is escaped.

        Names, reasons and log lines in it come from peers, and are printed.
        """
        told = msgspec.json.decode(self._client.get(path, params=parameters).raise_for_status().content)
        return msgspec.convert(visible_words(told), type=kind, str_keys=True)


def ask(url: str, questions: Callable[[Admin], Told]) -> Told | Refusal:
    """What the gateway at `url` answers; a refusal where nobody does, or somebody who is no gateway."""
    try:
        return _asked(url, questions)
    except _NotReachedError as error:
        shown = _USER.sub("", url)
        return Refusal(
            exit=Exit.NOT_REACHED,
            sentence=f"no running gateway was reached at {shown} ({error}); start one with `farshore serve`, "
            "or give the address of its `admin:` listener with `--url`.",
        )


def _asked(url: str, questions: Callable[[Admin], Told]) -> Told:
    try:
        with httpx2.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False, headers=bearer()) as client:
            return questions(Admin(client))
    except httpx2.HTTPStatusError as error:
        if error.response.status_code == codes.UNAUTHORIZED:
            _not_reached(f"it wants the token of its `admin_token_file:`; set {ENVIRONMENT} to that file", error)
        _not_reached(f"it answered {error.response.status_code}", error)
    except httpx2.TimeoutException as error:
        _not_reached(f"it did not answer within {TIMEOUT_S:g} s", error)
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        _not_reached(re.sub(r"^\[Errno -?\d+\] |\.$", "", str(error)), error)
    except msgspec.DecodeError as error:
        _not_reached("what answered is not a gateway's admin listener", error)


def _not_reached(reason: str, error: Exception) -> NoReturn:
    raise _NotReachedError(reason) from error
