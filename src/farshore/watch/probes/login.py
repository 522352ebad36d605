"""Who a probe logs in as, with the password read where it stands: a file or the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from farshore.config.probe_login import Password, ProbeLogin

MAX_PASSWORD_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user and what to ask as that user. The password is shown by nothing that prints this."""

    user: str
    password: str = field(default="", repr=False)
    database: str | None = None
    query: str | None = None
    ca_file: Path | None = None
    key_file: Path | None = None
    host_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Why there is no password, in one line."""

    detail: str


def login_of(written: ProbeLogin, environment: Mapping[str, str]) -> Login | Unreadable:
    """The login that a configuration describes."""
    password = "" if written.password is None else _read(written.password, environment)
    if isinstance(password, Unreadable):
        return password
    return Login(
        user=written.user,
        password=password,
        database=written.database,
        query=written.query,
        ca_file=written.ca_file,
        key_file=written.key_file,
        host_key=written.host_key,
    )


def _read(written: Password, environment: Mapping[str, str]) -> str | Unreadable:
    if written.file is None:
        found = environment.get(written.env or "")
        return found or Unreadable(detail=f"the environment has no variable {written.env}, or it is empty")
    try:
        with written.file.open("rb") as file:
            content = file.read(MAX_PASSWORD_BYTES + 1)
    except OSError as error:
        return Unreadable(detail=f"{written.file}: {error.strerror}")
    password = content.decode("utf-8", "replace").rstrip("\r\n")
    if not password or len(content) > MAX_PASSWORD_BYTES:
        return Unreadable(detail=f"{written.file}: no password of 1 to {MAX_PASSWORD_BYTES} bytes")
    return password
