"""F9: an empty `CurAddr` on an online peer is taken for a dead data plane."""

from farshore.diagnosis.cause import Ground
from farshore.diagnosis.facts.peers import PeerSeen
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Index
from farshore.diagnosis.misread import Misreading, Says


def _empty_and_online(index: Index) -> Ground | None:
    seen = [p for p in index.of(PeerSeen) if p.peer.online and "CurAddr" in p.fields and not p.peer.cur_addr]
    return ground("it shows no more than that no direct path was in use: idle, relayed and unused look alike", seen)


MISREADING = Misreading(
    id="F9",
    claim="Online with an empty CurAddr means a zombie",
    truth=(
        "CurAddr is set only for a direct path in current use. It is empty for an idle peer, one via DERP and one via "
        "a peer relay (tailscale wgengine/magicsock/endpoint.go at v1.102.3)."
    ),
    claims=(
        Says(
            groups=(
                ("curaddr", "current address", "cur addr"),
                ("empty", '""', "no current", "blank", "missing", "none", "nothing in", "unset", "without"),
                ("zombie", "unreachable", "dead", "no current", "not connected", "no connection", "evidence"),
            ),
            never=("does not mean", "is normal", "proves nothing"),
        ),
    ),
    refuted_by=(_empty_and_online,),
)
