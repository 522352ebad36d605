"""How a connection ended: who, in which phase, why. One closed vocabulary for log, metric, journal and page.

A code reads `who.phase.why`. `who` is whose doing it was, as far as the gateway can know. Beyond tailscaled a reset
arrives as an orderly end, so after establishment `upstream` is as fine as it gets.
"""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Whose doing an ending was."""

    CLIENT = "client"
    GATEWAY = "gateway"
    EGRESS = "egress"
    TAILNET = "tailnet"
    ROUTER = "router"
    TARGET = "target"
    UPSTREAM = "upstream"


class Phase(StrEnum):
    """Where in its life a connection was."""

    ACCEPT = "accept"
    CONNECT = "connect"
    HANDSHAKE = "handshake"
    DIAL = "dial"
    FIRST_BYTE = "first-byte"
    TRANSFER = "transfer"
    LOGIN = "login"
    QUERY = "query"


class ClientEnd(StrEnum):
    """How the gateway ended the client's connection."""

    FIN = "fin"
    RST = "rst"
    NONE = "none"
    TOLD = "told"
    NO_CLIENT = "no-client"


class Code(StrEnum):
    """Every ending there is. Adding one means adding its row to `MEANINGS` and running `make docs`."""

    CLIENT_CLOSED = "client.transfer.closed"
    CLIENT_RESET = "client.transfer.reset"
    CLIENT_GONE_EARLY = "client.dial.gone"
    UPSTREAM_CLOSED = "upstream.transfer.closed"
    UPSTREAM_RESET = "upstream.transfer.reset"
    UPSTREAM_CLOSED_SILENT = "upstream.first-byte.closed"
    UPSTREAM_RESET_SILENT = "upstream.first-byte.reset"

    TARGET_MISTAKEN = "target.first-byte.wrong-protocol"

    CLIENT_NOT_ALLOWED = "gateway.accept.client-not-allowed"
    ROUTE_FULL = "gateway.accept.route-full"
    GATEWAY_FULL = "gateway.accept.gateway-full"
    DRAINING = "gateway.accept.draining"
    NO_DESCRIPTORS = "gateway.accept.no-descriptors"

    EGRESS_REFUSED = "egress.connect.refused"
    EGRESS_SILENT = "egress.connect.timeout"
    EGRESS_MISSING = "egress.connect.missing"
    EGRESS_NOT_PERMITTED = "egress.connect.not-permitted"
    HANDSHAKE_TIMEOUT = "egress.handshake.timeout"
    HANDSHAKE_CLOSED = "egress.handshake.closed"
    HANDSHAKE_MALFORMED = "egress.handshake.malformed"
    HANDSHAKE_REFUSED = "egress.handshake.refused"

    NO_ANSWER = "tailnet.dial.no-answer"
    LEAK = "tailnet.dial.leak"
    EGRESS_STARTING = "egress.dial.starting"
    OWNER_UNCONFIRMED = "gateway.dial.owner-unconfirmed"
    DIAL_FAILED = "egress.dial.failed"
    NAME_UNKNOWN = "egress.dial.name-unknown"
    TARGET_REFUSED = "target.dial.refused"
    TARGET_UNREACHABLE = "target.dial.unreachable"
    TARGET_SILENT = "target.dial.no-answer"

    EGRESS_DIED = "egress.transfer.died"
    ROUTER_DEAD = "router.transfer.dead"
    IDLE = "gateway.transfer.idle"
    HALF_CLOSE = "gateway.transfer.half-close"
    DRAIN_CUT_DIAL = "gateway.dial.drained"
    DRAIN_CUT = "gateway.transfer.drained"
    ENDED_BY_HAND = "gateway.transfer.ended"
    INTERNAL = "gateway.transfer.internal-error"

    GREETING_MISSING = "target.first-byte.no-answer"
    GREETING_CUT = "target.first-byte.incomplete"
    GREETING_FOREIGN = "target.first-byte.other-protocol"
    GREETING_DECLINED = "target.first-byte.declined"
    LOGIN_DENIED = "target.login.denied"
    LOGIN_REFUSED = "target.login.refused"
    LOGIN_SILENT = "target.login.no-answer"
    LOGIN_BROKEN = "upstream.login.closed"
    QUERY_REFUSED = "target.query.refused"
    QUERY_SILENT = "target.query.no-answer"
    QUERY_BROKEN = "upstream.query.closed"

    @property
    def who(self) -> Who:
        """Whose doing it was."""
        return Who(self.value.split(".")[0])

    @property
    def phase(self) -> Phase:
        """Where in its life the connection was."""
        return Phase(self.value.split(".")[1])

    @property
    def why(self) -> str:
        """The cause, in one or two words."""
        return self.value.split(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code tells a person."""

    summary: str
    remedy: str
    client_end: ClientEnd
    is_failure: bool = True


def _normal(summary: str, client_end: ClientEnd, remedy: str = "Nothing to do.") -> Meaning:
    return Meaning(summary=summary, remedy=remedy, client_end=client_end, is_failure=False)


def _failure(summary: str, remedy: str, client_end: ClientEnd = ClientEnd.RST) -> Meaning:
    return Meaning(summary=summary, remedy=remedy, client_end=client_end)


def _probed(summary: str, remedy: str) -> Meaning:
    return Meaning(summary=summary, remedy=remedy, client_end=ClientEnd.NO_CLIENT)


MEANINGS: dict[Code, Meaning] = {
    Code.CLIENT_CLOSED: _normal("The client ended the connection in order.", ClientEnd.FIN),
    Code.CLIENT_RESET: _normal(
        "The client reset the connection, or vanished and stopped answering keepalives.",
        ClientEnd.NONE,
        "Nothing to do here; look at the client if it happens to many.",
    ),
    Code.CLIENT_GONE_EARLY: _normal(
        "The client left before a connection to the target was up.",
        ClientEnd.NONE,
        "Compare the client's connect time-out with `duration_ms`; raise it above the gateway's 7 s.",
    ),
    Code.UPSTREAM_CLOSED: _normal("The far side ended the connection after it had sent bytes.", ClientEnd.FIN),
    Code.UPSTREAM_RESET: _failure(
        "The connection to the egress was reset after bytes had flowed.",
        "Look at the target's and the router's log at this time; direct egress: the target itself sent the reset.",
    ),
    Code.UPSTREAM_CLOSED_SILENT: _failure(
        "The target was reached, and the far side closed without sending a single byte.",
        "Look at the target's own log: a listener that accepts and closes is restarting, full or not what it seems.",
        ClientEnd.FIN,
    ),
    Code.UPSTREAM_RESET_SILENT: _failure(
        "The target was reached, and the connection was reset before a single byte came back.",
        "Look at the target's own log, and whether the tailscaled on this host restarted.",
    ),
    Code.TARGET_MISTAKEN: _failure(
        "The target was reached, and answered in another protocol than the route's.",
        "Compare the route's `listen` and `target` with what its clients are meant to reach: the mapping is wrong.",
        ClientEnd.FIN,
    ),
    Code.CLIENT_NOT_ALLOWED: _failure(
        "The client's address is not in the route's `allow_clients`.",
        "Add the client's network to `allow_clients` of the route, or leave it refused.",
    ),
    Code.ROUTE_FULL: _failure(
        "The route has as many connections as its `max_connections` allows.",
        "Look for a pool that leaks with `farshore status`; otherwise raise the route's `max_connections`.",
    ),
    Code.GATEWAY_FULL: _failure(
        "The gateway has as many connections as `limits.max_connections` allows.",
        "Look for a pool that leaks with `farshore status`; otherwise raise the limit or add a replica.",
    ),
    Code.DRAINING: _failure(
        "The gateway is shutting down and takes no new connections.",
        "Nothing to do: clients reconnect to another replica or to the restarted gateway.",
    ),
    Code.NO_DESCRIPTORS: _failure(
        "The process has no file descriptor left.",
        "Raise the descriptor limit (`ulimit -n`, `LimitNOFILE=`), or lower `limits.max_connections`.",
    ),
    Code.EGRESS_REFUSED: _failure(
        "Nothing listens on the egress's port or socket on this host.",
        "Start tailscaled, and compare the egress's address with tailscaled's own flags.",
    ),
    Code.EGRESS_SILENT: _failure(
        "The egress's port or socket on this host did not accept in time.",
        "tailscaled hangs or is overloaded: restart it, and look at its log.",
    ),
    Code.EGRESS_MISSING: _failure(
        "The egress's socket does not exist.",
        "Start tailscaled, or set `socket:` to the path in its `--socket` flag.",
    ),
    Code.EGRESS_NOT_PERMITTED: _failure(
        "The gateway may not open the egress's socket.",
        "Run the gateway as a user that may open the socket and enter its folder.",
    ),
    Code.HANDSHAKE_TIMEOUT: _failure(
        "The egress accepted and then said nothing.",
        "tailscaled hangs: restart it, and look at its log.",
    ),
    Code.HANDSHAKE_CLOSED: _failure(
        "The egress closed before it had answered.",
        "Look at tailscaled's log and whether it restarted.",
    ),
    Code.HANDSHAKE_MALFORMED: _failure(
        "What answered on the egress's address does not speak its protocol.",
        "Compare the egress's `kind` and address with tailscaled's flags; something else may listen there.",
    ),
    Code.HANDSHAKE_REFUSED: _failure(
        "The egress understood and declined: it asks for a login, or does not offer this command.",
        "Point the egress at tailscaled itself, which asks for no login.",
    ),
    Code.NO_ANSWER: _failure(
        "The dial left through the tailnet and nobody answered for as long as was waited.",
        "Run `tailscale ping --tsmp` to the route's owner: no answer means the router, an answer means behind it.",
    ),
    Code.LEAK: _failure(
        "The dial would have left, or did leave, through this host's own network. Not one client byte was sent.",
        "Approve the route, run `tailscale set --accept-routes`, or log in: `tailscale status` shows which is missing.",
    ),
    Code.EGRESS_STARTING: _failure(
        "tailscaled on this host has only just started and knows no routes yet, so nothing was dialled.",
        "Nothing to do if it is Running within seconds; otherwise see in its log whether it reaches its control plane.",
    ),
    Code.OWNER_UNCONFIRMED: _failure(
        "tailscaled could not be asked who owns the target, and without an answer nothing is sent.",
        "See that the LocalAPI socket answers: `tailscale --socket=... status`.",
    ),
    Code.DIAL_FAILED: _failure(
        "The egress could not reach the target and did not say why (SOCKS reply 1 covers every cause).",
        "Use the `tailscaled` egress, which gives the reason, "
        "or look for its log line `socks5: client connection failed`.",
    ),
    Code.NAME_UNKNOWN: _failure(
        "The target's name did not resolve.",
        "Write the target as an address; names are resolved by MagicDNS, then by this host's resolver.",
    ),
    Code.TARGET_REFUSED: _failure(
        "Something answered for the target and refused: no listener on that port, or a router that could not reach it.",
        "See that the service listens on that address and port; try another port of the same host.",
    ),
    Code.TARGET_UNREACHABLE: _failure(
        "The router was reached, and the host does not answer on the network behind it.",
        "See that the host is up and the router's own network leg works.",
    ),
    Code.TARGET_SILENT: _failure(
        "The target did not answer on this host's own network for as long as was waited.",
        "See that the host is up and no firewall drops the connection.",
    ),
    Code.EGRESS_DIED: _failure(
        "tailscaled on this host ended in the middle of the connection.",
        "Look at why it ended: out of memory, a restart, a rollout.",
    ),
    Code.ROUTER_DEAD: _failure(
        "The router that carried the connection was down for the route's `dead_path_grace`.",
        "Nothing to do here: pools reconnect over another path. Look at the router; `detail` says what told of it.",
    ),
    Code.IDLE: _normal(
        "No byte for as long as `timeouts.idle` allows.",
        ClientEnd.FIN,
        "Raise `timeouts.idle`, or let the pool test its connections more often.",
    ),
    Code.HALF_CLOSE: _normal(
        "The client had finished sending and the far side did not finish within `timeouts.half_close`.",
        ClientEnd.FIN,
        "tailscaled up to 1.102.3 cannot half-close; let the client close after it has read its reply.",
    ),
    Code.DRAIN_CUT_DIAL: _failure(
        "The gateway shut down, or closed the route's port for good, while the target was being dialled.",
        "Nothing to do: the client reconnects.",
    ),
    Code.DRAIN_CUT: _failure(
        "The gateway shut down or the route was removed, and the connection was still open after `drain.grace`.",
        "Raise `drain.grace` (and the pod's grace period) above the longest transaction.",
    ),
    Code.ENDED_BY_HAND: _normal(
        "Somebody ended the connection on the admin listener.", ClientEnd.FIN, "Nothing to do: the client reconnects."
    ),
    Code.INTERNAL: _failure(
        "The gateway made a mistake of its own.",
        "Please report it with the log line and the output of `farshore --version`.",
    ),
    Code.GREETING_MISSING: _probed(
        "A probe reached the target, which then said nothing for as long as was waited.",
        "Look at the target's own log: it accepts connections and serves none; compare the route's `protocol`.",
    ),
    Code.GREETING_CUT: _probed(
        "A probe heard the beginning of the target's greeting and never the rest.",
        "Look at the target's own log; where only large answers are lost, look at the MTU on the way.",
    ),
    Code.GREETING_FOREIGN: _probed(
        "What answered a probe does not speak the route's protocol.",
        "Compare the route's `target` and `protocol` with what listens there; `detail` says what it sounds like.",
    ),
    Code.GREETING_DECLINED: _probed(
        "The target speaks the route's protocol and declines to serve: too many connections, a blocked host.",
        "Read the target's own words in `detail`; the path to it works.",
    ),
    Code.LOGIN_DENIED: _probed(
        "The target does not take the user and the password of the probe for the right ones.",
        "Compare the user and the password of `probe_login` with the target's; the path to it works.",
    ),
    Code.LOGIN_REFUSED: _probed(
        "The target refused the probe's login, and not for its password: it is starting, full, or lacks the database.",
        "Read the target's own words in `detail`; the path to it works.",
    ),
    Code.LOGIN_SILENT: _probed(
        "The target did not answer the probe's login in time.",
        "Look at the target's own load and at what it asks for logins, such as a directory.",
    ),
    Code.LOGIN_BROKEN: _probed(
        "The connection ended during the probe's login.",
        "Look at the target's own log; in the middle of TLS compare both ends' versions, and the MTU on the way.",
    ),
    Code.QUERY_REFUSED: _probed(
        "The target answered the probe's query with an error.",
        "Read the target's own words in `detail`; run the query by hand as the same user.",
    ),
    Code.QUERY_SILENT: _probed(
        "The target did not answer the probe's query in time.",
        "Look for locks and load on the target; the path to it works.",
    ),
    Code.QUERY_BROKEN: _probed(
        "The connection ended while the probe's query was being answered.",
        "Look at the target's own log, and at the path's other codes at this time.",
    ),
}

# Turned away by rule, or cut by a shutdown: no failure of the way, and none of its successes.
UNCOUNTED = frozenset({Code.CLIENT_NOT_ALLOWED, Code.DRAINING, Code.DRAIN_CUT, Code.DRAIN_CUT_DIAL})
# Who leaves unconnected after so long had waited in vain; who leaves sooner is a port scanner or a health check.
GAVE_UP_S = 3.0
