"""F21: received packets are explained away as heartbeats of the control plane."""

from farshore.diagnosis.misread import Misreading, Says
from farshore.diagnosis.refutations import received

MISREADING = Misreading(
    id="F21",
    claim="The received packets were only heartbeats of the control plane",
    truth=(
        "Disco, STUN, DERP keepalives and control traffic are not counted; the counters stand behind them "
        "(wgengine/magicsock at v1.102.3). What is counted are WireGuard packets."
    ),
    claims=(
        Says(
            groups=(
                ("heartbeat", "keepalive", "keep-alive", "control plane only", "control-plane only"),
                ("rx", "packet", "derp", "receiv", "control"),
            ),
        ),
    ),
    refuted_by=(received,),
)
