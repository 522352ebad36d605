"""The two small HTTP listeners: bound before anything else is done, or refused in words."""

import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from farshore.app.exits import Exit, Refusal
from farshore.app.not_bound import not_bound
from farshore.config.admin_token import BadToken, read_token
from farshore.config.model import Config
from farshore.core.address import HostPort
from farshore.surface.http import HttpServer, NotBound, bind


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A listener by its setting's name; without an address there is none."""

    name: str
    address: HostPort | None
    server: Callable[[HostPort], HttpServer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A server, and the socket that it will serve."""

    server: HttpServer
    listening: socket.socket
    address: HostPort


def bind_all(wanted: Sequence[Wanted], stack: ExitStack) -> dict[str, Bound] | Refusal:
    """Bind them by their names, or none; the sockets are closed with the stack."""
    bound: dict[str, Bound] = {}
    for each in wanted:
        if each.address is None:
            continue
        listening = bind(each.address)
        if isinstance(listening, NotBound):
            return not_bound(f"the {each.name} listener", str(each.address), listening.error, f"`{each.name}:`")
        stack.enter_context(listening)
        bound[each.name] = Bound(server=each.server(each.address), listening=listening, address=each.address)
    return bound


def admin_token(config: Config) -> str | Refusal | None:
    """What the admin listener asks for; None where it asks for nothing."""
    token = None if config.admin_token_file is None else read_token(config.admin_token_file)
    if not isinstance(token, BadToken):
        return token
    return Refusal(
        exit=Exit.USAGE,
        sentence=f"{token.path} holds no token for the admin listener: {token.reason}; see `admin_token_file:`.",
    )
