"""What a router was sent and what came back, as far as the status shows it."""

from dataclasses import dataclass

# wireguard-go counts 148 bytes of a handshake initiation, and since tailscale 1.86 eight bytes of headroom.
HANDSHAKE_INITIATION_BYTES = 156
HANDSHAKE_RESPONSE_BYTES = 92
# wireguard-go constants.go, RejectAfterTime: a session is over so long after its handshake.
SESSION_S = 180.0
# wgengine/magicsock/magicsock.go:4024 at v1.102.3, sessionActiveTimeout.
ACTIVE_S = 45.0


@dataclass(slots=True)
class Account:
    """Counters of one peer. Times are seconds on the wall; 0 means never."""

    tx_bytes: int = 0
    rx_bytes: int = 0
    last_write_s: float = 0.0
    last_handshake_s: float = 0.0

    def attempted(self, now_s: float) -> None:
        """A dial was sent towards the peer; without a session that is a handshake initiation."""
        self.last_write_s = now_s
        if not self.has_session(now_s):
            self.tx_bytes += HANDSHAKE_INITIATION_BYTES

    def reached(self, now_s: float) -> None:
        """The peer answered."""
        if not self.has_session(now_s):
            self.last_handshake_s = now_s
            self.rx_bytes += HANDSHAKE_RESPONSE_BYTES

    def sent(self, count: int) -> None:
        """Bytes of a connection went to the peer."""
        self.tx_bytes += count

    def received(self, count: int) -> None:
        """Bytes of a connection came from the peer."""
        self.rx_bytes += count

    def has_session(self, now_s: float) -> bool:
        """Whether a WireGuard session is up."""
        return bool(self.last_handshake_s) and now_s - self.last_handshake_s < SESSION_S

    def is_active(self, now_s: float) -> bool:
        """Whether something was sent lately."""
        return bool(self.last_write_s) and now_s - self.last_write_s < ACTIVE_S
