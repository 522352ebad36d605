"""Completes a configuration with what is found on this host: tailscaled's socket or port where none is named."""

import errno
import os
from pathlib import Path
from typing import assert_never

from farshore.app.exits import Exit, Refusal
from farshore.config.egresses import ConnectEgress, DirectEgress, Egress, Socks5Egress, TailscaledEgress, socket_of
from farshore.config.model import Config
from farshore.tailnet.discover import Discovery, discover

_DENIED = os.strerror(errno.EACCES)


def complete(config: Config) -> Config | Refusal:
    """The configuration with every egress's socket or port filled in, or why that cannot be.

    A socket that the configuration names may be missing, since tailscaled may start later; one that this user may not
    open stays so.
    """
    found = discover() if any(_needs_discovery(egress) for egress in config.egresses.values()) else None
    egresses: dict[str, Egress] = {}
    for name, egress in config.egresses.items():
        completed = _complete(name, egress, found)
        if isinstance(completed, Refusal):
            return completed
        egresses[name] = completed
    return config.model_copy(update={"egresses": egresses})


def _needs_discovery(egress: Egress) -> bool:
    match egress:
        case TailscaledEgress():
            return egress.socket is None
        case Socks5Egress():
            return egress.localapi is None and not egress.tailscale_ips
        case ConnectEgress():
            return egress.localapi is None
        case DirectEgress():
            return False
        case _:
            assert_never(egress)


def _complete(name: str, egress: Egress, found: Discovery | None) -> Egress | Refusal:
    named = socket_of(egress)
    if named is not None and _is_denied(named):
        return _denied(str(named))
    if found is None or not _needs_discovery(egress):
        return egress
    match egress:
        case TailscaledEgress():
            return _tailscaled(egress, found) or _nothing_found(name, found)
        case ConnectEgress() if found.socket is None:
            return _nothing_found(name, found)
        case _:
            return egress.model_copy(update={"localapi": found.socket})


def _tailscaled(egress: TailscaledEgress, found: Discovery) -> Egress | None:
    socks5 = egress.socks5 or found.socks5
    if found.socket is not None:
        return egress.model_copy(update={"socket": found.socket, "socks5": socks5})
    return None if socks5 is None else Socks5Egress(kind="socks5", address=socks5)


def _is_denied(path: Path) -> bool:
    try:
        return path.exists() and not os.access(path, os.R_OK | os.W_OK)
    except PermissionError:
        return True


def _nothing_found(name: str, found: Discovery) -> Refusal:
    denied = next((place for place in found.tried if place.endswith(_DENIED)), None)
    if denied is not None:
        return _denied(denied.removesuffix(f": {_DENIED}"))
    return Refusal(
        exit=Exit.NO_TAILSCALED,
        sentence=f"egress {name} has nowhere to go because no tailscaled was found on this host "
        f"({'; '.join(found.tried)}); start tailscaled, or name its socket in a file for `farshore serve -c FILE`.",
    )


def _denied(socket: str) -> Refusal:
    return Refusal(
        exit=Exit.NOT_PERMITTED,
        sentence=f"tailscaled's socket {socket} cannot be opened because this user ({os.geteuid()}) is not permitted "
        f"to; run as a user that may, and see who may with `ls -ld {socket}`.",
    )
