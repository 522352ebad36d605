"""What all facts have."""

from datetime import datetime

import msgspec

from farshore.core.address import AddressError, HostPort, parse_host_port
from farshore.diagnosis.evidence import Evidence, Sureness


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A typed statement with its provenance."""

    evidence: Evidence

    @property
    def ref(self) -> str:
        """Where it stands."""
        return self.evidence.ref

    @property
    def observer(self) -> str:
        """Who saw it; empty where the input does not say."""
        return self.evidence.observer

    @property
    def at(self) -> datetime | None:
        """When, in UTC as far as known."""
        return None if self.evidence.time is None else self.evidence.time.at


def dated(fact: Fact) -> datetime | None:
    """When, where its date is known; the zone may have been assumed."""
    time = fact.evidence.time
    return None if time is None or time.sure is Sureness.DATE_ASSUMED else time.at


def target_of(text: str) -> HostPort | None:
    """The `host:port` that a log names; None where it does not."""
    try:
        return parse_host_port(text)
    except AddressError:
        return None
