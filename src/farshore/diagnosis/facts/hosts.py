"""What Kubernetes, the operating system and the processes on a host say."""

from datetime import datetime

from farshore.diagnosis.facts.base import Fact


class ContainerEnded(Fact, frozen=True, kw_only=True):
    """A container ended or restarted. `reason` is Kubernetes' own (OOMKilled, Error, CrashLoopBackOff, Completed)."""

    pod: str
    container: str
    reason: str
    restarts: int = 0
    exit_code: int | None = None
    ended: datetime | None = None


class PodStarted(Fact, frozen=True, kw_only=True):
    """A pod's start time."""

    pod: str
    started: datetime


class ClusterEvent(Fact, frozen=True, kw_only=True):
    """An event of Kubernetes' own about an object."""

    kind: str
    name: str
    reason: str
    message: str
    count: int = 1


class LimitReached(Fact, frozen=True, kw_only=True):
    """A limit of the process or host: `descriptors`, `connections`, `backlog`."""

    what: str


class ClockSkewed(Fact, frozen=True, kw_only=True):
    """A host's clock is behind: a certificate that begins `behind_s` later by it has been in use already."""

    behind_s: float
