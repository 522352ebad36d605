"""Nodes as a control plane lists them: Tailscale's API (devices, one device, its routes), headscale's API and CLI.

Sources: Tailscale's OpenAPI document (Device, clientConnectivity); headscale proto/headscale/v1/node.proto at v0.29.2,
whose API writes `givenName` and whose CLI writes `given_name`; headscale up to 0.25 listed routes on their own.
"""

from collections.abc import Iterator

from farshore.core.address import IPNetwork
from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import DeviceListed, NetworkChecked, RoutesListed
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.members import Members, decoded, flag, members, networks, number, text, texts, time
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner

_WORDS = (
    '"connectedToControl"',
    '"advertisedRoutes"',
    '"enabledRoutes"',
    '"keyExpiryDisabled"',
    '"clientSupports"',
    '"availableRoutes"',
    '"available_routes"',
    '"givenName"',
    '"given_name"',
    '"isPrimary"',
    '"is_primary"',
)
_LISTS = ("devices", "nodes", "routes", "node", "machines")
_ROUTES_ONLY = {"advertisedroutes", "enabledroutes"}
_CONTROL = "control plane"


class _ControlDevices:
    name = "control plane's devices"

    def recognise(self, document: Document) -> Fit:
        sure = document.looks_like_json and any(word in document.head for word in _WORDS)
        return Fit.CERTAIN if sure else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        value, unread = decoded(document, origin)
        facts: list[Fact] = []
        routes = _Routes(origin)
        for pointer, record in _records(value, ""):
            if "prefix" in record and ("node" in record or "machine" in record):
                routes.add(pointer, record)
                continue
            lost: list[str] = []
            found = list(_facts(record, pointer, origin, lost))
            facts += found
            unread += [origin.unread(each, pointer=pointer) for each in lost]
            if not found:
                unread.append(_not_known(record, pointer, origin))
        facts += routes.facts()
        if not facts and not unread:
            unread.append(origin.unread("no device in it"))
        return Reading(facts=tuple(facts), unread=tuple(unread))


def _not_known(record: Members, pointer: str, origin: Origin) -> Unread:
    return origin.unread(
        f"neither a device nor routes: {', '.join(sorted(record))[:200] or 'no object'}", pointer=pointer
    )


def _records(value: object, pointer: str) -> Iterator[tuple[str, Members]]:
    """Every record in a value, with names of members in lower case and without underscores."""
    if isinstance(value, list):
        for number_, item in enumerate(value):
            yield from _records(item, f"{pointer}/{number_}")
        return
    record = members(value)
    wrapped = next((name for name in _LISTS if isinstance(record.get(name), list)), None)
    wrapped = wrapped or ("node" if set(record) == {"node"} else None)
    if wrapped is not None:
        yield from _records(record[wrapped], f"{pointer}/{wrapped}")
    elif record or pointer:
        yield pointer, {name.replace("_", "").lower(): member for name, member in record.items()}


def _facts(record: Members, pointer: str, origin: Origin, lost: list[str]) -> Iterator[Fact]:
    advertised = networks(record.get("advertisedroutes", record.get("availableroutes")), lost)
    enabled = networks(record.get("enabledroutes", record.get("approvedroutes")), lost)
    if "givenname" in record and advertised is not None and enabled is None:
        # headscale leaves an empty list out.
        enabled = ()
    if set(record) <= _ROUTES_ONLY and record:
        said = f"advertised {_joined(advertised)}, enabled {_joined(enabled)}"
        evidence = origin.evidence(said, pointer=pointer, observer=_CONTROL)
        yield RoutesListed(evidence=evidence, advertised=advertised or (), enabled=enabled or ())
        return
    if "clientsupports" in record:
        yield _connectivity(record, pointer, origin, origin.observer)
        return
    name, addresses = _name(record), texts(record.get("addresses")) or texts(record.get("ipaddresses"))
    if not name and not addresses:
        return
    online = flag(record.get("connectedtocontrol", record.get("online")))
    expires = None if record.get("keyexpirydisabled") is True else time(record.get("expires", record.get("expiry")))
    said = f"{name or addresses[0]}: connected to control {online}, advertised {_joined(advertised)}, "
    said += f"enabled {_joined(enabled)}, key expires {'never' if expires is None else expires.isoformat()}"
    version = text(record.get("clientversion"))
    yield DeviceListed(
        evidence=origin.evidence(said + (f", runs {version}" if version else ""), pointer=pointer, observer=_CONTROL),
        node=name,
        addresses=addresses,
        online=online,
        advertised=advertised,
        enabled=enabled,
        primary=networks(record.get("subnetroutes"), lost),
        expires=expires,
        last_seen=time(record.get("lastseen")),
        os=text(record.get("os")),
        authorized=flag(record.get("authorized")),
        blocks_incoming=flag(record.get("blocksincomingconnections")),
        several_connections=flag(record.get("multipleconnections")),
        lock_error=text(record.get("tailnetlockerror")),
    )
    connectivity = {key.lower(): member for key, member in members(record.get("clientconnectivity")).items()}
    if "clientsupports" in connectivity:
        yield _connectivity(connectivity, f"{pointer}/clientConnectivity", origin, name)


def _name(record: Members) -> str:
    """As the node calls itself; headscale has that in `name`, Tailscale a whole domain name."""
    hostname, name = text(record.get("hostname")), text(record.get("name"))
    return hostname or (name if "givenname" in record else name.partition(".")[0]) or text(record.get("givenname"))


def _joined(routes: tuple[IPNetwork, ...] | None) -> str:
    return "not told" if routes is None else ",".join(map(str, routes)) or "none"


def _connectivity(record: Members, pointer: str, origin: Origin, observer: str) -> NetworkChecked:
    regions = {name: members(each) for name, each in members(record.get("latency")).items()}
    nearest = next((name for name, each in regions.items() if each.get("preferred") is True), "")
    udp = flag(members(record.get("clientsupports")).get("udp"))
    latencies = {name: number(each.get("latencyMs")) for name, each in regions.items()}
    return NetworkChecked(
        evidence=origin.evidence(
            f"UDP {udp}, nearest DERP {nearest or 'not told'}, {len(regions)} regions answered",
            pointer=pointer,
            observer=observer,
        ),
        udp=udp,
        nearest_derp=nearest,
        derp_latencies_s=tuple((name, took / 1000) for name, took in latencies.items() if took is not None),
        mapping_varies=flag(record.get("mappingvariesbydestip")),
    )


class _Routes:
    """headscale's routes of their own, gathered by node."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._nodes: dict[str, list[tuple[str, Members]]] = {}

    def add(self, pointer: str, record: Members) -> None:
        node = members(record.get("node", record.get("machine")))
        name = text(node.get("name")) or text(node.get("givenName")) or text(node.get("given_name"))
        self._nodes.setdefault(name or text(record.get("node")), []).append((pointer, record))

    def facts(self) -> Iterator[Fact]:
        for name, routes in self._nodes.items():
            node = members(routes[0][1].get("node", routes[0][1].get("machine")))
            addresses = texts(node.get("ipAddresses")) or texts(node.get("ip_addresses"))
            advertised, enabled, primary = (self._with(routes, key) for key in ("advertised", "enabled", "isprimary"))
            said = f"{name}: advertised {_joined(advertised)}, enabled {_joined(enabled)}, primary {_joined(primary)}"
            yield DeviceListed(
                evidence=self._origin.evidence(said, pointer=routes[0][0], observer=_CONTROL),
                node=name,
                addresses=addresses,
                online=flag(node.get("online")),
                advertised=advertised,
                enabled=enabled,
                primary=primary,
            )

    def _with(self, routes: list[tuple[str, Members]], key: str) -> tuple[IPNetwork, ...]:
        told = [record.get("prefix") for _, record in routes if record.get(key) is True]
        return networks(told, []) or ()


READER = _ControlDevices()
