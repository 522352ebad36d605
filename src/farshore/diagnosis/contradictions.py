"""Where two observers say what can't both be so. Kept and shown as it is, never averaged; each with its pointer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from farshore.diagnosis.facts.base import Fact, dated
from farshore.diagnosis.facts.dials import DialFailed
from farshore.diagnosis.facts.peers import DeviceListed, PeerSeen, PingAnswered, PingUnanswered
from farshore.diagnosis.grounds import duration
from farshore.diagnosis.index import NEAR, Index

_LONG_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two facts about one thing that don't agree, and what that leaves."""

    about: str
    says: str
    one: Fact
    other: Fact


def contradictions(index: Index) -> tuple[Contradiction, ...]:
    """Every contradiction of a known kind, one for each thing and kind."""
    found: dict[tuple[str, str], Contradiction] = {}
    for each in (*_online(index), *_pings(index), *_unused(index)):
        found.setdefault((each.about, each.says), each)
    return tuple(found.values())


def _online(index: Index) -> Iterator[Contradiction]:
    told: dict[str, list[tuple[Fact, bool | None]]] = {}
    for seen in index.of(PeerSeen):
        told.setdefault(_peer(index, seen), []).append((seen, seen.peer.online))
    for listed in index.of(DeviceListed):
        told.setdefault(_name(index, listed.node, listed.addresses), []).append((listed, listed.online))
    for name, states in told.items():
        up = [fact for fact, online in states if online is True]
        down = [fact for fact, online in states if online is False]
        for one, other in ((one, other) for one in up for other in down if _may_disagree(one, other)):
            yield Contradiction(
                about=name,
                says="one says that it is connected to the control plane, another that it is not",
                one=one,
                other=other,
            )


def _pings(index: Index) -> Iterator[Contradiction]:
    for lost in index.of(PingUnanswered):
        for came in index.of(PingAnswered):
            same = lost.address == came.address and lost.kind == came.kind and lost.reason == "timeout"
            if same and _same_time(lost, came):
                whom = "one observer and not another" if lost.observer != came.observer else "some pings and not others"
                yield Contradiction(about=lost.address, says=f"it answers {whom} ({lost.kind})", one=came, other=lost)


def _unused(index: Index) -> Iterator[Contradiction]:
    """A status in which the owner of a failing target has not been written to for an hour and more."""
    for failed in index.of(DialFailed):
        owner, at = index.owner_of_target(failed.target), dated(failed)
        if owner is None or at is None:
            continue
        for seen in index.of(PeerSeen):
            if seen.peer.last_write is None or _peer(index, seen) != owner.name:
                continue
            quiet_s = (at - seen.peer.last_write).total_seconds()
            if quiet_s > _LONG_S:
                yield Contradiction(
                    about=owner.name,
                    says=f"dials to a target behind it fail, and whoever took the status has sent it nothing for "
                    f"{duration(quiet_s)}: they are not the same node, or the dials do not go there",
                    one=failed,
                    other=seen,
                )
        return


def _peer(index: Index, seen: PeerSeen) -> str:
    """What the index calls a peer."""
    node = index.peer(seen.peer)
    return seen.peer.host_name if node is None else node.name


def _name(index: Index, name: str, addresses: Iterable[object]) -> str:
    """What the index calls a node."""
    node = index.mentioned(name, addresses)
    return name if node is None else node.name


def _may_disagree(one: Fact, other: Fact) -> bool:
    """Whether they are of one time, and not what one observer said one after the other."""
    alone = one.observer and (one.observer, one.evidence.source) == (other.observer, other.evidence.source)
    return not alone and _same_time(one, other)


def _same_time(one: Fact, other: Fact) -> bool:
    """Whether they may be of the same time: near each other, or one of them undated."""
    first, second = dated(one), dated(other)
    return first is None or second is None or abs(first - second) <= NEAR
