"""What tailscaled says of its own login: state changes, expired node keys, declined auth keys, tailnet lock.

Sources: tailscale ipn/ipnlocal/local.go:1867, 6769, ipn/ipnlocal/tailnet-lock.go:199-226, control/controlclient/
direct.go:855-894, health/healthmsg at v1.102.3; older versions say `Network lock`.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import LoginFailed, StateChanged
from farshore.diagnosis.intake.records import Record

_SWITCHED = re.compile(r"Switching ipn state (\w{1,24}) -> (\w{1,24})")
_EXPIRED = ("netmap expiry timer triggered", "nodekeyexpired=true", "server reports new node key")
_DROPPED = ("network lock is dropping peer", "tailnet lock is dropping peer")
_LOCKED = (
    "is locked out by tailnet",
    "locked out; it will not have connectivity",
    "locked out by tailnet lock and cannot connect",
)
_ASKING = ("received error:", "backend error:", "register request:", "last login error", "tailscale up failed")
_AUTH_KEY = ("invalid key", "api key does not exist", "authkey", "auth key", "preauthkey", "pre-auth key")


class _TailscaledLogin:
    name = "tailscaled (login)"
    needles = ("switching ipn state", *_EXPIRED, *_DROPPED, *_LOCKED, *_ASKING)

    def read(self, record: Record) -> Iterator[Fact]:
        switched = _SWITCHED.search(record.text)
        if switched is not None:
            yield StateChanged(evidence=record.evidence(), before=switched[1], after=switched[2])
            return
        kind = _kind(record.text.lower())
        if kind:
            yield LoginFailed(evidence=record.evidence(), kind=kind)


def _kind(text: str) -> str:
    if any(words in text for words in _DROPPED):
        return "lock-peer"
    if any(words in text for words in _LOCKED):
        return "lock"
    if any(words in text for words in _EXPIRED):
        return "node-key-expired"
    if any(words in text for words in _ASKING) and any(words in text for words in _AUTH_KEY):
        return "auth-key"
    return ""


DIALECT = _TailscaledLogin()
