"""`tailscale serve status`, as text and as JSON: what a node listens on for its tailnet, and where that leads.

Source: tailscale cmd/tailscale/cli/serve_legacy.go (printTCPStatusTree, printWebStatusTree), ipn/serve.go (ServeConfig)
at v1.102.3.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.evidence import Origin, Unread
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import ServeListed
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.members import decoded, members, text
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together

_LISTENER = re.compile(r"\|-- (?P<at>tcp://[^\s]{1,200})")
_FORWARD = re.compile(r"\|--> (?P<to>[^\s]{1,200})")
_WEB = re.compile(r"(?P<at>https?://[^\s]{1,200}) \(")
_MOUNT = re.compile(r"\|-- (?P<mount>/[^\s]{0,200}) {1,40}(?P<kind>\w{1,12}) {1,12}(?P<to>.{1,200})$")
_NONE = "No serve config"
_COMMAND = re.compile(r"(?:^|[\s/])tailscale(?:\.exe)? (?:--?[\w.=/-]{1,80} ){0,3}(?:serve|funnel)\b")


class _ServeStatus:
    name = "tailscale serve status"

    def recognise(self, document: Document) -> Fit:
        head = document.head
        if document.looks_like_json:
            return Fit.CERTAIN if '"TCPForward"' in head or ('"TCP"' in head and '"Web"' in head) else Fit.NO
        lines = [line.strip() for line in head.split("\n")]
        said = any(_LISTENER.match(line) or _MOUNT.match(line) or line == _NONE for line in lines)
        return Fit.SHAPE if said else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        if document.looks_like_json:
            return _json(document, origin)
        facts: list[Fact] = []
        rest = Rest()
        listeners: list[str] = []
        done, host = False, ""
        for number, line in enumerate(document.lines, 1):
            stripped = line.strip()
            listener, forward = _LISTENER.match(stripped), _FORWARD.match(stripped)
            web, mount = _WEB.match(stripped), _MOUNT.match(stripped)
            if listener is not None:
                listeners = [listener["at"]] if done else [*listeners, listener["at"]]
                done = False
            elif forward is not None:
                facts += [_listed(at, forward["to"], origin, number) for at in listeners]
                done = True
            elif mount is not None:
                facts.append(_listed(f"{host}{mount['mount']}", mount["to"].strip(), origin, number))
            elif web is not None:
                host = web["at"]
            elif stripped != _NONE and not _COMMAND.search(line[:400]):
                rest.add(number, line)
        return together((Reading(facts=tuple(facts)), rest.read(origin, inner)))


def _listed(at: str, to: str, origin: Origin, line: int) -> ServeListed:
    return ServeListed(evidence=origin.evidence(f"{at} leads to {to}", line=line), listener=at, target=to)


def _json(document: Document, origin: Origin) -> Reading:
    value, unread = decoded(document, origin)
    facts = tuple(_served(value, origin, unread))
    return Reading(facts=facts, unread=tuple(unread))


def _served(value: object, origin: Origin, unread: list[Unread]) -> Iterator[Fact]:
    config = members(value)
    for port, each in members(config.get("TCP")).items():
        to, pointer = text(members(each).get("TCPForward")), f"/TCP/{port}"
        if to:
            said = f"port {port} leads to {to}"
            yield ServeListed(evidence=origin.evidence(said, pointer=pointer), listener=f"tcp://:{port}", target=to)
        elif not members(each):
            unread.append(origin.unread("not a listener", pointer=pointer))
    for host, each in members(config.get("Web")).items():
        for mount, handler in members(members(each).get("Handlers")).items():
            to = text(members(handler).get("Proxy")) or text(members(handler).get("Path"))
            said, pointer = f"{host}{mount} leads to {to or 'a text'}", f"/Web/{host}/Handlers/{mount}"
            yield ServeListed(evidence=origin.evidence(said, pointer=pointer), listener=f"{host}{mount}", target=to)


READER = _ServeStatus()
