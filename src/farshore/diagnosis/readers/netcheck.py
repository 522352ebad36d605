"""`tailscale netcheck`, as text (one report or several) and as JSON.

Source: tailscale cmd/tailscale/cli/netcheck.go and net/netcheck/netcheck.go (Report) at v1.102.3.
"""

import re
from collections.abc import Iterator

from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.facts.base import Fact
from farshore.diagnosis.facts.peers import NetworkChecked
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.members import flag, json_values, members, number, text
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner
from farshore.diagnosis.intake.rest import Rest, together
from farshore.diagnosis.intake.times import read_stamp

_ITEM = re.compile(r"[ \t]{0,24}\* (?P<name>[A-Za-z0-9 ]{2,24}):(?P<value>.{0,200})$")
_REGION = re.compile(
    r"[ \t]{0,24}- {1,4}(?P<code>[\w-]{1,16}): {0,12}(?P<took>[\d.]{0,12})(?P<unit>µs|us|ms|s|ns)? {0,40}"
    r"(?:\((?P<name>[^)\n]{1,60})\))?"
)
_KNOWN = {"Time", "UDP", "IPv4", "IPv6", "MappingVariesByDestIP", "PortMapping", "CaptivePortal", "Nearest DERP",
          "DERP latency", "HairPinning"}  # fmt: skip
_COMMAND = re.compile(r"(?:^|[\s/])tailscale(?:\.exe)? (?:--?[\w.=/-]{1,80} ){0,3}netcheck\b")
_UNITS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0}
_FLAGS = {"true": True, "false": False}
_KEYS = ('"PreferredDERP"', '"RegionLatency"')
_NANOSECONDS = 1e9


class _Netcheck:
    name = "tailscale netcheck"

    def recognise(self, document: Document) -> Fit:
        if any(key in document.head for key in _KEYS) and '"UDP"' in document.head:
            return Fit.CERTAIN if document.looks_like_json else Fit.SHAPE
        names = {found["name"] for line in document.head.split("\n") if (found := _ITEM.match(line))}
        return Fit.SHAPE if {"UDP", "Nearest DERP"} <= names else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:
        if any(key in document.head for key in _KEYS):
            facts = [fact for line, value in json_values(document.text) for fact in _from_json(value, line, origin)]
            whole = () if facts else (origin.unread("no report in it, or it is cut off"),)
            return Reading(facts=tuple(facts), unread=whole)
        reports: list[_Report] = []
        rest = Rest()
        for at, line in enumerate(document.lines, 1):
            item, region = _ITEM.match(line), _REGION.match(line)
            if item is not None and item["name"] in _KNOWN:
                if not reports or item["name"] in reports[-1].items:
                    reports.append(_Report(at))
                reports[-1].items[item["name"]] = item["value"].strip()
            elif region is not None and reports:
                reports[-1].regions.append(region)
            elif line.strip() not in {"", "Report:"} and not _COMMAND.search(line[:400]):
                rest.add(at, line)
        read = Reading(facts=tuple(report.fact(origin) for report in reports))
        return together((read, rest.read(origin, inner)))


class _Report:
    """What stands under one `Report:`."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.items: dict[str, str] = {}
        self.regions: list[re.Match[str]] = []

    def fact(self, origin: Origin) -> NetworkChecked:
        nearest = self.items.get("Nearest DERP", "")
        code = next((region["code"] for region in self.regions if region["name"] == nearest), nearest)
        stamp = read_stamp(self.items.get("Time", ""))
        told = ", ".join(f"{name} {value or 'not told'}" for name, value in self.items.items() if name != "Time")
        return NetworkChecked(
            evidence=origin.evidence(told, line=self.line, time=None if stamp is None else stamp[0]),
            udp=_FLAGS.get(self.items.get("UDP", "")),
            nearest_derp="" if nearest.startswith(("unknown", "[none]")) else code,
            derp_latencies_s=tuple((region["code"], took) for region in self.regions if (took := _took(region))),
            derp_silent=tuple(region["code"] for region in self.regions if not _took(region)),
            mapping_varies=_FLAGS.get(self.items.get("MappingVariesByDestIP", "")),
            captive_portal=_FLAGS.get(self.items.get("CaptivePortal", "")),
            ipv4=_address(self.items.get("IPv4", "")),
            ipv6=_address(self.items.get("IPv6", "")),
        )


def _took(region: re.Match[str]) -> float | None:
    try:
        return float(region["took"]) * _UNITS[region["unit"] or ""]
    except (ValueError, KeyError):
        return None


def _address(value: str) -> str:
    return value.removeprefix("yes, ") if value.startswith("yes, ") else ""


def _from_json(value: object, line: int, origin: Origin) -> Iterator[Fact]:
    report = members(value)
    if "UDP" not in report or "PreferredDERP" not in report:
        return
    nearest = text(report.get("PreferredDERP"))
    latencies = {region: number(took) for region, took in members(report.get("RegionLatency")).items()}
    stamp = read_stamp(text(report.get("Now")))
    udp = flag(report.get("UDP"))
    yield NetworkChecked(
        evidence=origin.evidence(
            f"UDP {udp}, nearest DERP region {nearest or 'not told'}, {len(latencies)} regions answered",
            line=line,
            time=None if stamp is None else stamp[0],
        ),
        udp=udp,
        nearest_derp="" if nearest == "0" else nearest,
        derp_latencies_s=tuple((region, took / _NANOSECONDS) for region, took in latencies.items() if took is not None),
        mapping_varies=_FLAGS.get(str(report.get("MappingVariesByDestIP")).lower()),
        captive_portal=_FLAGS.get(str(report.get("CaptivePortal")).lower()),
        ipv4=text(report.get("GlobalV4")),
        ipv6=text(report.get("GlobalV6")),
    )


READER = _Netcheck()
