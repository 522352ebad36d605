"""Evidence that several causes ask for: what, how to get it, and how to know that it is there."""

from farshore.diagnosis.cause import Cost, Question
from farshore.diagnosis.facts.dials import Egress, RouterDialFailed, Wording
from farshore.diagnosis.facts.flows import PolicyDenied
from farshore.diagnosis.facts.hosts import ClusterEvent, ContainerEnded
from farshore.diagnosis.facts.peers import DaemonSeen, PingKind
from farshore.diagnosis.index import Scope

_SPEAKING = frozenset(Wording) - {Wording.SOCKS_GENERAL, Wording.OTHER}


def _real_error(scope: Scope) -> bool:
    return any(dial.wording in _SPEAKING for dial in scope.failures)


def _tsmp(scope: Scope) -> bool:
    kinds = [*(ping.kind for ping in scope.pings_answered), *(ping.kind for ping in scope.pings_unanswered)]
    return PingKind.TSMP in kinds


def _two_samples(scope: Scope) -> bool:
    observers = [seen.observer for seen in scope.peers]
    return any(observers.count(observer) > 1 for observer in observers)


def _whole_status(scope: Scope) -> bool:
    return bool(scope.index.of(DaemonSeen)) and any(seen.peer.allowed_ips for seen in scope.peers)


def _localapi(scope: Scope) -> bool:
    timed = [dial for dial in scope.failures if dial.wording in _SPEAKING and dial.elapsed_s is not None]
    return bool(timed) or any(dial.egress is Egress.LOCALAPI for dial in scope.failures)


def _router_log(scope: Scope) -> bool:
    return any(scope.concerns(fact.target) for fact in scope.index.of(RouterDialFailed))


def _denials_named(scope: Scope) -> bool:
    return any(denied.destination for denied in scope.index.of(PolicyDenied))


def _pod_events(scope: Scope) -> bool:
    return bool(scope.index.of(ClusterEvent) or scope.index.of(ContainerEnded))


TAILSCALED_LOG = Question(
    what="tailscaled's own log line for a failed dial, which gives the cause that SOCKS reply 1 hides",
    command="kubectl logs POD -c CONTAINER --timestamps | grep 'socks5: client connection failed'",
    cost=Cost.READ,
    answered=_real_error,
)
LOCALAPI_DIAL = Question(
    what="one dial through tailscaled's LocalAPI, which gives the real error or says that no route leads there",
    command=(
        "curl -sS -i -m 8 --unix-socket /var/run/tailscale/tailscaled.sock -X POST"
        " -H 'Connection: upgrade' -H 'Upgrade: ts-dial' -H 'Dial-Network: tcp'"
        " -H 'Dial-Host: {host}' -H 'Dial-Port: {port}' http://local-tailscaled.sock/localapi/v0/dial"
    ),
    cost=Cost.PROBE,
    answered=_localapi,
)
TSMP_PING = Question(
    what="whether the router answers inside WireGuard",
    command="tailscale ping --tsmp --c 3 --timeout 5s {router}",
    cost=Cost.PROBE,
    answered=_tsmp,
)
STATUS = Question(
    what="the whole status of the tailscaled that fails (not of another node), at the time of the failures",
    command="tailscale status --json > status.json",
    cost=Cost.READ,
    answered=_whole_status,
)
STATUS_TWICE = Question(
    what="two samples of the counters while clients try",
    command="tailscale status --json > a.json; sleep 15; tailscale status --json > b.json",
    cost=Cost.READ,
    answered=_two_samples,
)
ROUTER_LOG = Question(
    what="what the router's own log says of dialling the target",
    command="on {name}: tailscaled's log, lines with 'could not connect to local backend server at {target}'",
    cost=Cost.ASK,
    answered=_router_log,
)
DENIALS = Question(
    what="whose packets the policy drops, in which direction, to which destination",
    command="hubble observe --verdict DROPPED --since 1h -o jsonpb > dropped.jsonl",
    cost=Cost.READ,
    answered=_denials_named,
)
POD_EVENTS = Question(
    what="restarts and events of the gateway's pod around the time",
    command="kubectl get events --field-selector involvedObject.name=POD; kubectl describe pod POD",
    cost=Cost.READ,
    answered=_pod_events,
)
