"""tailscaled's bus (`tailscale debug watch-ipn`, LocalAPI `watch-ipn-bus`), or a netmap (`debug netmap`) by itself.

Source: tailscale ipn/backend.go (Notify, State, PeerState) and health/state.go at v1.102.3. The messages bear no time.
"""

from collections.abc import Iterator

import msgspec

from farshore.diagnosis.evidence import Evidence, Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DeviceListed, HealthWarned, PeerWireguard, PrefsSeen, StateChanged
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.members import Members, flag, items, json_values, members, networks, text, texts, time
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import together

_WORDS = ('"PeerState"', '"PeerChangedPatch"', '"InitialStatus"', '"NetMap"', '"SessionID"', '"PeersChanged"',
          '"PeerWireGuardState"', '"WarnableCode"', '"SelfNode"')  # fmt: skip
_STATES = ("NoState", "InUseOtherUser", "NeedsLogin", "NeedsMachineAuth", "Stopped", "Starting", "Running")


class _IpnBus:
    name = "tailscaled's bus"

    def recognise(self, document: Document) -> Fit:
        if not document.looks_like_json:
            return Fit.NO
        return Fit.CERTAIN if any(word in document.head for word in _WORDS) else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        reader = _Messages(origin, inner)
        readings = [reader.read(members(value), line) for line, value in json_values(document.text)]
        whole = Reading() if readings else Reading(unread=(origin.unread("no whole message in it"),))
        read = together((*readings, whole))
        return Reading(facts=_latest(read.facts), unread=read.unread)


class _Messages:
    """What was said before decides what a message changes."""

    def __init__(self, origin: Origin, inner: ReadInner) -> None:
        self._origin = origin
        self._inner = inner
        self._state = ""
        self._warned: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._own = ""

    def read(self, message: Members, line: int) -> Reading:
        unread: list[Unread] = []
        embedded = Reading()
        netmap = message if "SelfNode" in message else members(message.get("NetMap"))
        own = members(netmap.get("SelfNode")) or members(message.get("SelfChange"))
        nodes = [own, *map(members, items(netmap.get("Peers")))]
        status = members(message.get("InitialStatus"))
        self._learn(status)
        self._own = self._own or _name(own)
        facts = [
            *self._network(nodes, line),
            *self._changes(message, line, unread),
            *self._daemon(message, line),
            *self._health(message, line),
            *self._peers(message, line),
        ]
        if status:
            encoded = msgspec.json.encode(status).decode("utf-8", "replace")
            embedded = self._inner(encoded, self._origin.inner(line=line, pointer="/InitialStatus"))
        return together((Reading(facts=tuple(facts), unread=tuple(unread)), embedded))

    def _learn(self, status: Members) -> None:
        """What a status calls the nodes that later messages only number."""
        own = members(status.get("Self"))
        self._own = self._own or text(own.get("HostName"))
        for node in (own, *map(members, members(status.get("Peer")).values())):
            for key in ("ID", "NodeID"):
                self._names[text(node.get(key))] = text(node.get("HostName"))

    def _evidence(self, said: str, line: int) -> Evidence:
        return self._origin.evidence(said, line=line, observer=self._own)

    def _daemon(self, message: Members, line: int) -> Iterator[Fact]:
        state = message.get("State")
        if isinstance(state, int) and 0 <= state < len(_STATES) and _STATES[state] != self._state:
            after = _STATES[state]
            said = f"state {self._state or 'not known'} -> {after}"
            yield StateChanged(evidence=self._evidence(said, line), before=self._state, after=after)
            self._state = after
        error = text(message.get("ErrMessage"))
        if error:
            yield HealthWarned(evidence=self._evidence(error, line), warnable="", text=error)
        prefs = members(message.get("Prefs"))
        if prefs:
            accepts, shields = flag(prefs.get("RouteAll")), flag(prefs.get("ShieldsUp"))
            yield PrefsSeen(
                evidence=self._evidence(f"accept-routes {accepts}, shields-up {shields}", line),
                accept_routes=accepts,
                shields_up=shields,
                want_running=flag(prefs.get("WantRunning")),
                logged_out=flag(prefs.get("LoggedOut")),
                advertised=networks(prefs.get("AdvertiseRoutes"), []) or (),
            )

    def _health(self, message: Members, line: int) -> Iterator[Fact]:
        if not isinstance(message.get("Health"), dict):
            return
        now: dict[str, str] = {}
        for code, each in members(members(message["Health"]).get("Warnings")).items():
            warning = members(each)
            now[code] = " ".join(filter(None, (text(warning.get("Title")), text(warning.get("Text"))))) or code
        for code, said in now.items():
            if code not in self._warned:
                yield HealthWarned(evidence=self._evidence(f"{code}: {said}", line), warnable=code, text=said)
        for code, said in self._warned.items():
            if code not in now:
                evidence = self._evidence(f"{code} is over", line)
                yield HealthWarned(evidence=evidence, warnable=code, text=said, cleared=True)
        self._warned = now

    def _peers(self, message: Members, line: int) -> Iterator[Fact]:
        for stable_id, each in members(message.get("PeerState")).items():
            peer = members(each)
            state, since = text(peer.get("PeerWireGuardState")), time(peer.get("PeerWireGuardStateAt"))
            node = self._names.get(stable_id, stable_id)
            said = f"WireGuard with {node}: {state or 'none'}" + (f" since {since.isoformat()}" if since else "")
            yield PeerWireguard(evidence=self._evidence(said, line), node=node, state=state or "none", since=since)

    def _network(self, nodes: list[Members], line: int) -> Iterator[Fact]:
        for node in nodes:
            name = _name(node)
            if not name:
                continue
            for key in ("ID", "StableID"):
                self._names[text(node.get(key))] = name
            yield self._listed(name, node, line)

    def _changes(self, message: Members, line: int, unread: list[Unread]) -> Iterator[Fact]:
        yield from self._network([members(node) for node in items(message.get("PeersChanged"))], line)
        for each in items(message.get("PeerChangedPatch")):
            patch = members(each)
            name = self._names.get(text(patch.get("NodeID")), "")
            if name:
                yield self._listed(name, patch, line)
            else:
                number = text(patch.get("NodeID")) or "without a number"
                unread.append(self._origin.unread(f"a change of node {number}, whose name was not told", line=line))

    def _listed(self, name: str, node: Members, line: int) -> DeviceListed:
        online, expires = flag(node.get("Online")), time(node.get("KeyExpiry"))
        primary = networks(node.get("PrimaryRoutes"), [])
        said = f"netmap: {name}, connected to control {online}"
        said += "" if primary is None else f", primary for {','.join(map(str, primary))}"
        return DeviceListed(
            evidence=self._evidence(said, line),
            node=name,
            addresses=tuple(address.partition("/")[0] for address in texts(node.get("Addresses"))),
            online=online,
            primary=primary,
            expires=expires,
            expired=flag(node.get("Expired")),
            last_seen=time(node.get("LastSeen")),
        )


def _latest(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """What the stream said last of each node and of the preferences: what it took back is no statement any more."""
    kept: dict[tuple[str, str | int], Fact] = {}
    for place, fact in enumerate(facts):
        key: tuple[str, str | int] = ("", place)
        match fact:
            case DeviceListed() | PeerWireguard():
                key = (type(fact).__name__, fact.node)
            case PrefsSeen():
                key = ("PrefsSeen", "")
            case _:
                pass
        before = kept.pop(key, None)
        both = isinstance(before, DeviceListed) and isinstance(fact, DeviceListed)
        kept[key] = _changed(before, fact) if both else fact  # type: ignore[arg-type]
    return tuple(kept.values())


def _changed(before: DeviceListed, after: DeviceListed) -> DeviceListed:
    """A node after a change, which tells only what is new."""
    told = {name: value for name, value in msgspec.structs.asdict(after).items() if value not in {None, "", ()}}
    return msgspec.structs.replace(before, **told)


def _name(node: Members) -> str:
    host = text(members(node.get("Hostinfo")).get("Hostname"))
    return host or text(node.get("ComputedName")) or text(node.get("Name")).partition(".")[0]


READER = _IpnBus()
