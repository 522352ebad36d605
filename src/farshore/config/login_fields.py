"""The kinds of value that the `tailscaled:` section is written with: files, tags, a control server, a program."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from farshore.config.fields import UnfitError

_TAG = re.compile(r"tag:[A-Za-z][A-Za-z0-9-]*")
_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def read_file_path(value: object) -> Path:
    """An absolute path.

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        raise UnfitError(expected="an absolute path, such as /var/lib/farshore/tailscaled")
    return Path(value)


def read_program(value: object) -> str:
    """The absolute path of a program, or a name to look for in PATH.

    Raises:
        UnfitError: anything else.
    """
    fits = isinstance(value, str) and value and "\0" not in value and (value.startswith("/") or "/" not in value)
    if not fits:
        raise UnfitError(expected="a program: a name that is found in PATH, or an absolute path")
    return str(value)


def read_server(value: object) -> str:
    """The URL of a control server, without a path.

    Raises:
        UnfitError: anything else.
    """
    expected = "the URL of a control server, such as https://headscale.example.com"
    if not isinstance(value, str):
        raise UnfitError(expected=expected)
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        raise UnfitError(expected=expected) from None
    if parts.username or parts.password:
        raise UnfitError(expected=expected, hint="a URL with a password in it ends in logs")
    if parts.scheme not in {"http", "https"} or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise UnfitError(expected=expected)
    return value.rstrip("/")


def read_tag(value: object) -> str:
    """A tag of the tailnet's policy.

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, str) and _TAG.fullmatch(value):
        return value
    hint = f"did you mean tag:{value}?" if isinstance(value, str) and _TAG.fullmatch(f"tag:{value}") else None
    raise UnfitError(expected="a tag, such as tag:database-gateway", hint=hint)


def read_host_label(value: object) -> str:
    """A machine's name in the tailnet: one DNS label (RFC 1123 section 2.1).

    Raises:
        UnfitError: anything else.
    """
    if isinstance(value, str) and _HOST_LABEL.fullmatch(value):
        return value
    raise UnfitError(expected="a machine's name of at most 63 letters, digits and dashes, such as database-gateway")


def _as_text(value: object) -> str:
    return str(value)


_TEXT = PlainSerializer(_as_text, return_type=str, when_used="json")


def _written(title: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "title": title, "examples": [example]})


FilePath = Annotated[
    Path, BeforeValidator(read_file_path), _TEXT, _written("path", "/var/run/secrets/farshore/auth-key")
]
Program = Annotated[str, BeforeValidator(read_program), _written("program", "/usr/sbin/tailscaled")]
Server = Annotated[str, BeforeValidator(read_server), _written("URL", "https://headscale.example.com")]
Tag = Annotated[str, BeforeValidator(read_tag), _written("tag", "tag:database-gateway")]
HostLabel = Annotated[str, BeforeValidator(read_host_label), _written("machine name", "database-gateway")]
