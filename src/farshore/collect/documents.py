"""What was gathered, as the files that a person would send: each with what it is, who saw it and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from farshore import __version__
from farshore.core.clock import Clock
from farshore.diagnosis.collected import (
    FORMAT,
    MANIFEST,
    Collected,
    CollectedDial,
    CollectedPing,
    Listed,
    Manifest,
    NotCollected,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file; `version` is the tailscaled's that it is about, empty where it is about none."""

    name: str
    data: bytes
    what: str
    observer: str = ""
    version: str = ""
    time: str = ""


@dataclass(slots=True, kw_only=True)
class Notebook:
    """Where collectors write; `documents` reads it as files. `observer` and `version` are this host's tailscaled's."""

    clock: Clock
    observer: str = ""
    version: str = ""
    kept: list[Document] = field(default_factory=list)
    pings: list[CollectedPing] = field(default_factory=list)
    dials: list[CollectedDial] = field(default_factory=list)
    missing: list[NotCollected] = field(default_factory=list)

    def page(self) -> "Notebook":
        """An empty one of the same observer, for somebody who writes beside others."""
        return Notebook(clock=self.clock, observer=self.observer, version=self.version)

    def add(self, page: "Notebook") -> None:
        """Take over what somebody wrote beside."""
        self.kept += page.kept
        self.pings += page.pings
        self.dials += page.dials
        self.missing += page.missing

    def miss(self, what: str, reason: str) -> None:
        """Note what was asked for in vain."""
        self.missing.append(NotCollected(what=what, reason=reason))

    def leave(self, what: str, reason: str) -> None:
        """Note what is not to be had here: there is nobody to ask, or he does not tell this user."""
        self.missing.append(NotCollected(what=what, reason=reason, tried=False))

    def now(self) -> str:
        """The time as it stands in documents: UTC, RFC 3339."""
        return (
            datetime.fromtimestamp(self.clock.wall_s(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )

    def keep(self, name: str, data: bytes, what: str) -> None:
        """Keep an answer as it came."""
        self.kept.append(
            Document(name=name, data=data, what=what, observer=self.observer, version=self.version, time=self.now())
        )

    def documents(self, redacted: Sequence[str] = ()) -> tuple[Document, ...]:
        """Everything, the manifest first, which says what will have been taken out."""
        own = []
        if self.pings:
            pings = Collected(
                **self._head(self.pings[0].at),  # type: ignore[arg-type]
                pings=self.pings,
            )
            own.append(self._own("pings.json", pings, "pings of routers"))
        if self.dials:
            dials = Collected(
                **self._head(self.dials[0].at),  # type: ignore[arg-type]
                dials=self.dials,
            )
            own.append(self._own("dials.json", dials, "dials of targets"))
        files = (*self.kept, *own)
        return (self._manifest(files, redacted), *files)

    def _head(self, at: str) -> dict[str, str]:
        return {"format": FORMAT, "observer": self.observer, "version": self.version, "time": at}

    def _own(self, name: str, collected: Collected, what: str) -> Document:
        data = msgspec.json.format(msgspec.json.encode(collected))
        return Document(
            name=name, data=data, what=what, observer=self.observer, version=self.version, time=collected.time
        )

    def _manifest(self, files: tuple[Document, ...], redacted: Sequence[str]) -> Document:
        manifest = Manifest(
            format=MANIFEST,
            farshore=__version__,
            observer=self.observer,
            version=self.version,
            time=self.now(),
            redacted=list(redacted),
            files=[
                Listed(name=f.name, what=f.what, observer=f.observer, version=f.version, time=f.time) for f in files
            ],
            not_collected=self.missing,
        )
        data = msgspec.json.format(msgspec.json.encode(manifest))
        return Document(name="manifest.json", data=data, what="what is in here", time=manifest.time)
