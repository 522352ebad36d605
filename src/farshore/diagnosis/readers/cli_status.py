"""`tailscale status` as it prints: a row a node, health, or one sentence about a daemon that does not run.

Source: tailscale cmd/tailscale/cli/status.go at v1.102.3 (`last seen` since 1.90, `peer-relay` since 1.86). The command
prints its own node first; routes and key expiry are not in this form.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DaemonSeen, DaemonUnreachable, HealthWarned, PeerSeen
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together
from farshore.tailnet.status import Peer

_ROW = re.compile(
    r"[ \t]{0,12}(?P<ip>100\.\d{1,3}\.\d{1,3}\.\d{1,3}|fd7a:115c:a1e0:[0-9a-fA-F:]{1,32})"
    r"[ \t]{1,40}(?P<rest>\S.{0,600})$"
)
_STATE = re.compile(r"[ \t](?P<state>(?:active;|(?:idle|offline|expired|-)(?=$|[;,])).{0,400})$")
_HEALTH_HEAD = re.compile(r"# Health check:|#     - |# Funnel|# To see the full list")
_HEADER = re.compile(r"IP[ \t]{1,40}Hostname[ \t]{1,40}Owner|--[ \t]{1,40}--")
_COMMAND = re.compile(r"(?:^|[\s/])tailscale(?:\.exe)? (?:--?[\w.=/-]{1,80} ){0,3}status\b")
_SENTENCES = (
    ("Logged out.", "NeedsLogin"),
    ("Tailscale is stopped.", "Stopped"),
    ("Tailscale is starting.", "Starting"),
    ("Machine is not yet approved by tailnet admin.", "NeedsMachineAuth"),
)
_UNEXPECTED = "unexpected state: "
_UNREACHABLE = "failed to connect to local tailscaled"
_TRAFFIC = re.compile(r"tx (\d{1,18}) rx (\d{1,18})$")
_PLAIN_WORDS = {"active", "idle", "offline", "-", "exit node", "offers exit node", "expired"}
_QUOTES = '(")'


class _StatusText:
    name = "tailscale status"

    def recognise(self, document: Document) -> Fit:
        if document.looks_like_json:
            return Fit.NO
        lines = [line for line in document.head.split("\n") if line.strip()]
        mine = [line for line in lines if _is_mine(line)]
        if not mine or not any(_is_row(line) or _is_sentence(line) for line in mine):
            return Fit.NO
        if len(mine) == len(lines):
            return Fit.CERTAIN
        return Fit.SHAPE if 2 * len(mine) >= len(lines) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        facts: list[Fact] = []
        unread: list[Unread] = []
        rest = Rest()
        rows = [(number, line) for number, line in enumerate(document.lines, 1) if _is_row(line)]
        own = _own_node(rows)
        observer = origin.observer or own
        for number, line in enumerate(document.lines, 1):
            if _is_row(line):
                facts += _row(line, number, origin, observer, own)
                unread += [origin.unread(f"not known in a status: {word}", line=number) for word in _unknown(line)]
            elif _is_sentence(line):
                facts.append(_sentence(line, number, origin))
            elif line.startswith("#     - "):
                text = line.removeprefix("#     - ").strip()
                evidence = origin.evidence(text, line=number, observer=observer)
                facts.append(HealthWarned(evidence=evidence, warnable="", text=text))
            elif not _is_mine(line):
                rest.add(number, line)
        own_reading = Reading(facts=tuple(facts), unread=tuple(unread))
        return together((own_reading, rest.read(origin, inner)))


def _is_mine(line: str) -> bool:
    stripped = line.strip()
    known = _HEALTH_HEAD.match(stripped) or _HEADER.match(stripped) or _COMMAND.search(line[:400])
    return bool(known) or _is_row(line) or _is_sentence(line) or stripped.startswith("Log in at: ")


def _is_row(line: str) -> bool:
    row = _ROW.match(line)
    return row is not None and _STATE.search(row["rest"].rstrip()) is not None


def _is_sentence(line: str) -> bool:
    stripped = line.strip()
    told = any(stripped == sentence for sentence, _ in _SENTENCES)
    return told or stripped.startswith((_UNEXPECTED, _UNREACHABLE))


def _own_node(rows: list[tuple[int, str]]) -> str:
    """The name in the first row, if that can be the node that printed them; empty if it can't."""
    if len(rows) < 2:  # noqa: PLR2004 - a single row is somebody's choice
        return ""
    name, _, state = _parts(rows[0][1])
    return name if state == "-" or state.startswith("idle; offers exit node") else ""


def _parts(line: str) -> tuple[str, str, str]:
    """Name, operating system and state of a row."""
    row = _ROW.match(line)
    rest = "" if row is None else row["rest"].rstrip()
    found = _STATE.search(rest)
    if found is None:
        return "", "", ""
    words = rest[: found.start()].split()
    # Name, owner, operating system; an owner or a system may be missing, a name may be followed by `(ünïcode)`.
    name = words[0].strip(_QUOTES) if words else ""
    system = words[-1] if len(words) > 2 else ""  # noqa: PLR2004
    return name, system, found["state"].strip()


def _words(state: str) -> list[str]:
    return [word.strip() for part in state.split("; ") for word in part.split(", ") if word.strip()]


def _unknown(line: str) -> list[str]:
    words = (word.rstrip(";") for word in _words(_parts(line)[2]))
    return [
        word
        for word in words
        if word not in _PLAIN_WORDS
        and not word.startswith(("direct ", "relay ", "peer-relay ", "last seen "))
        and _TRAFFIC.match(word) is None
    ]


def _row(line: str, number: int, origin: Origin, observer: str, own: str) -> Iterator[Fact]:
    row = _ROW.match(line)
    name, system, state = _parts(line)
    evidence = origin.evidence(line.strip(), line=number, observer=observer)
    words = [word.rstrip(";") for word in _words(state)]
    ips = () if row is None else (row["ip"],)
    if own and name == own:
        # Only a daemon that runs prints rows.
        online = "offline" not in words
        yield DaemonSeen(evidence=evidence, backend_state="Running", tun=None, ips=ips, online=online)
        return
    peer = _peer(name, system, ips, words)
    if peer is not None:
        told = {"HostName", "TailscaleIPs", "OS", "Online", "Active"}
        told |= {"CurAddr", "PeerRelay"} if peer.active else set()
        told |= {"Relay"} if peer.relay else set()
        told |= {"RxBytes", "TxBytes"}
        yield PeerSeen(evidence=evidence, peer=peer, fields=frozenset(told))


def _peer(name: str, system: str, ips: tuple[str, ...], words: list[str]) -> Peer | None:
    try:
        addresses = tuple(ip_address(ip) for ip in ips)
    except ValueError:
        return None
    traffic = next((found for word in words if (found := _TRAFFIC.match(word))), None)
    return Peer(
        key="",
        id="",
        host_name=name,
        dns_name="",
        os=system,
        ips=addresses,
        allowed_ips=(),
        primary_routes=(),
        cur_addr=_after(words, "direct "),
        relay=_after(words, "relay ").strip('"'),
        peer_relay=_after(words, "peer-relay "),
        rx_bytes=0 if traffic is None else int(traffic[2]),
        tx_bytes=0 if traffic is None else int(traffic[1]),
        last_handshake=None,
        last_write=None,
        last_seen=None,
        key_expiry=None,
        online="offline" not in words,
        active="active" in words,
        expired="expired" in words,
        exit_node="exit node" in words,
        in_engine=False,
    )


def _after(words: list[str], prefix: str) -> str:
    return next((word.removeprefix(prefix) for word in words if word.startswith(prefix)), "")


def _sentence(line: str, number: int, origin: Origin) -> Fact:
    text = line.strip()
    evidence = origin.evidence(text, line=number)
    if text.startswith(_UNREACHABLE):
        return DaemonUnreachable(evidence=evidence, reason=text[:200])
    state = next((state for sentence, state in _SENTENCES if sentence == text), text.removeprefix(_UNEXPECTED))
    return DaemonSeen(evidence=evidence, backend_state=state[:40], tun=None, ips=())


READER = _StatusText()
