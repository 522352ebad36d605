"""Texts that may be passwords: read when they are needed, and kept out of what is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus, urlsplit

from farshore.config.notify import Secret

MAX_BYTES = 8192
MIN_HIDDEN = 4
HIDDEN = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Why there is no such text now."""

    reason: str


def read(secret: Secret, environment: Mapping[str, str]) -> str | Unreadable:
    """The text, without what stands around it; a file is read anew each time, as it may be replaced."""
    if secret.plain is not None:
        return _checked(secret.plain.get_secret_value(), "plain:")
    if secret.env is not None:
        if secret.env not in environment:
            return Unreadable(reason=f"the environment has no variable {secret.env}")
        return _checked(environment[secret.env], f"the variable {secret.env}")
    if secret.file is None:
        return Unreadable(reason="nothing says where it is")
    try:
        with secret.file.open("rb") as file:
            content = file.read(MAX_BYTES)
    except OSError as error:
        return Unreadable(reason=f"{secret.file}: {error.strerror or error}")
    return _checked(content.decode("utf-8", "replace"), str(secret.file))


def _checked(text: str, where: str) -> str | Unreadable:
    word = text.strip()
    if not word or not word.isascii() or not word.isprintable():
        return Unreadable(reason=f"{where} holds no single line of plain characters")
    return word


def hidden_in(text: str, secrets: Iterable[str]) -> str:
    """The text without these passwords, nor the parts of those that are URLs: all but the scheme and the host."""
    parts = {part for secret in secrets for part in parts_of(secret) if len(part) >= MIN_HIDDEN}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, HIDDEN)
    return text


def parts_of(secret: str) -> Iterable[str]:
    """The text, and what of it may be told by itself: the words of a header, the parts of a URL but scheme and host."""
    yield secret
    try:
        url = urlsplit(secret)
        if not url.scheme or not url.netloc:
            yield from secret.split()
            return
    except ValueError:
        return
    yield from (url.username or "", url.password or "", url.query)
    values = (pair.partition("=")[2] for pair in url.query.split("&"))
    for part in (*url.path.split("/"), *values, url.fragment):
        yield from (part, unquote(part), unquote_plus(part))


def host_of(url: str) -> str:
    """Host and port, which may be told."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "no URL"
    shown = f"[{host}]" if ":" in host else host
    return shown if port is None else f"{shown}:{port}"
