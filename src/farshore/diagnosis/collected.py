"""What Farshore's own collectors write down, for their reader: a JSON document of pings or dials.

A support archive outlives the program that wrote it: fields are added, never renamed; `format` says which these are.
"""

from enum import StrEnum

import msgspec

FORMAT = "farshore.collected/1"


class DialEnd(StrEnum):
    """How one dial ended."""

    CONNECTED = "connected"
    FAILED = "failed"  # the far side, or the egress, said no; `text` is what it said
    NOT_A_ROUTE = "not-a-route"  # LocalAPI: `Dial-Self`, nothing was dialled
    SILENT = "silent"  # nothing for as long as was waited, which `elapsed_s` says
    EGRESS_REFUSED = "egress-refused"  # nobody listens on the egress's own port or socket
    EGRESS_SILENT = "egress-silent"  # the egress accepts, and does not speak


class CollectedPing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Pings of one kind to one address. `tries` were sent, the first answer counts; `text` is why there is none."""

    address: str
    kind: str
    at: str
    tries: int
    answered: bool
    node: str = ""
    latency_s: float | None = None
    endpoint: str = ""
    derp: str = ""
    text: str = ""


class CollectedDial(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One dial of a target through one egress; with `expected`, also what it greeted with (empty: with nothing).

    `target` is what was asked for; `stands_for` the route's target where that is another (4via6, a listener).
    """

    target: str
    egress: str
    egress_address: str
    at: str
    end: DialEnd
    stands_for: str = ""
    elapsed_s: float | None = None
    text: str = ""
    bound: str = ""
    expected: str = ""
    greeting: str = ""
    hung_up: bool = False  # with `expected`: it ended the connection instead of a greeting


class Collected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document; `observer` is the node that looked, `version` its tailscaled's, `time` when it began (UTC)."""

    format: str
    observer: str
    version: str
    time: str
    pings: list[CollectedPing] = []
    dials: list[CollectedDial] = []


MANIFEST = "farshore.bundle/1"


class NotCollected(msgspec.Struct, frozen=True, kw_only=True):
    """What is not there, and why. `tried` is false where that was to be expected: nobody to ask, or not permitted."""

    what: str
    reason: str
    tried: bool = True


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a support archive: what it is, who saw it, with which tailscaled, when."""

    name: str
    what: str
    observer: str
    version: str
    time: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`manifest.json` of a support archive. It says nothing that its files do not say, but what is missing."""

    format: str
    farshore: str
    observer: str
    version: str
    time: str
    redacted: list[str] = []
    files: list[Listed] = []
    not_collected: list[NotCollected] = []
