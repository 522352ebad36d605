"""What programs write, made in one line: for tests that go through the real readers."""

import json

import msgspec

from farshore.diagnosis.collected import FORMAT, Collected, CollectedDial, CollectedPing, DialEnd

TARGET = "10.9.8.7:1433"
ROUTER = "100.64.0.2"
SUBNET = "10.9.8.0/24"
AT = "2026-03-04T09:14:02"


def at(clock: str) -> str:
    """A moment of the day on which everything here happens: `09:14` or `09:14:02`."""
    return f"2026-03-04T{clock}:00Z" if len(clock) == len("09:14") else f"2026-03-04T{clock}Z"


def ended(code: str, clock: str = "09:14:02", **fields: object) -> str:
    """A line of Farshore's own log about how a connection ended."""
    told = {"route": "ledger", "path": "plain", "target": TARGET, "detail": None, "started_at_s": None, **fields}
    return json.dumps({"at": at(clock), "level": "info", "event": "connection-ended", "code": code, **told})


def event(name: str, clock: str = "09:14:02", **fields: object) -> str:
    """A line of Farshore's own log about anything else."""
    return json.dumps({"at": at(clock), "level": "info", "event": name, **fields})


def lines(*texts: str) -> str:
    """Several lines of one file."""
    return "\n".join(texts) + "\n"


def doctor(*seen: CollectedDial | CollectedPing) -> str:
    """What `farshore doctor` wrote down of its own dials and pings."""
    return msgspec.json.encode(
        Collected(
            format=FORMAT,
            observer="gw",
            version="1.102.3",
            time=at("09:14"),
            pings=[each for each in seen if isinstance(each, CollectedPing)],
            dials=[each for each in seen if isinstance(each, CollectedDial)],
        )
    ).decode()


def dial(
    end: DialEnd = DialEnd.CONNECTED, target: str = TARGET, clock: str = "09:14:02", **fields: object
) -> CollectedDial:
    """One dial of the doctor's, through tailscaled's LocalAPI."""
    told = {"egress": "localapi", "egress_address": "x", "elapsed_s": 0.02, **fields}
    return CollectedDial(target=target, at=at(clock), end=end, **told)  # type: ignore[arg-type]


def greeted(expected: str, greeting: str, clock: str = "09:14:02", *, hung_up: bool = False) -> CollectedDial:
    """A dial that came about, and what spoke."""
    return dial(clock=clock, expected=expected, greeting=greeting, hung_up=hung_up)


def ping(size_bytes: int = 0, *, answered: bool, address: str = ROUTER) -> str:
    """A `tailscale ping` as it stands on a terminal."""
    size = f"--size {size_bytes} " if size_bytes else ""
    said = (
        f"pong from ferry-a ({address}) via 198.51.100.7:41641 in 12ms" if answered else f'ping "{address}" timed out'
    )
    return f"$ tailscale ping {size}--c 1 {address}\n{said}"


def status(
    *peers: dict[str, object], name: str = "gw", ips: tuple[str, ...] = ("100.64.0.1",), state: str = "Running"
) -> str:
    """`tailscale status --json` of a node."""
    own = {"HostName": name, "TailscaleIPs": list(ips), "Online": True}
    listed = {f"nodekey:{number}": peer for number, peer in enumerate(peers, 1)}
    return json.dumps(
        {"Version": "1.102.3", "BackendState": state, "TailscaleIPs": list(ips), "Self": own, "Peer": listed}
    )


def peer(name: str = "ferry-a", address: str = ROUTER, route: str = SUBNET, **fields: object) -> dict[str, object]:
    """One peer of a status, with what stands behind it."""
    told = {"HostName": name, "TailscaleIPs": [address], "AllowedIPs": [f"{address}/32", route], "Online": True}
    return {**told, "LastSeen": "0001-01-01T00:00:00Z", **fields}


def flow_log(clock: str = "09:14:30", section: str = "physicalTraffic", **counts: int) -> str:
    """A message of a network flow log with one row: between a node and the router, directly."""
    row = {"src": f"{ROUTER}:0", "dst": "198.51.100.7:41641", **counts}
    return json.dumps({"nodeId": "nGate", "start": at(clock), "end": at(clock), section: [row]})


def pod(started: str, name: str = "farshore-7c9", container: str = "", **state: object) -> str:
    """A pod as `kubectl get -o json` prints it; with `container` also that container's status."""
    statuses = [{"name": container, **state}] if container else []
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {"nodeName": "pier-1"},
            "status": {"startTime": at(started), "containerStatuses": statuses},
        }
    )


def pod_event(reason: str, clock: str = "09:14", name: str = "farshore-7c9") -> str:
    """An event of Kubernetes' about a pod."""
    about = {"kind": "Pod", "name": name}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "involvedObject": about,
            "reason": reason,
            "message": "as it was",
            "lastTimestamp": at(clock),
        }
    )


def refused_here(egress: str = "127.0.0.1:1055", clock: str = "09:14:02") -> str:
    """A Go forwarder whose SOCKS server refuses."""
    return f"{at(clock)} socks connect tcp {egress}->{TARGET}: dial tcp {egress}: connect: connection refused"


def note(*items: str) -> str:
    """What somebody wrote, as a list under a heading."""
    return "# A note\n\n## Seen\n\n**In short**\n\n" + "".join(f"- {item}\n" for item in items)


def table(head: str, *rows: str) -> str:
    """A table over periods in somebody's note."""
    columns = head.count("|") + 2
    body = "".join(f"| {row} |\n" for row in rows)
    return f"# A note\n\n## Seen\n\n| Period | {head} |\n|{'---|' * columns}\n{body}"


def driver(text: str, clock: str = "09:14:02") -> str:
    """What an application logs of its driver's error."""
    return f"{at(clock)} ERROR {text}"


# One driver's words for each way in which its connection can fail.
REFUSED = 'connection to server at "gw" (10.4.0.9), port 8082 failed: Connection refused'
NO_ANSWER = 'connection to server at "gw" (10.4.0.9), port 8082 failed: Connection timed out'
CLOSED = "SQLServerException: There was an unexpected pre-login response. ClientConnectionId:5d0"
SILENT = "PSQLException: The connection attempt failed. Caused by: java.net.SocketTimeoutException"
DIED = "org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend."
STALE = "org.postgresql.util.PSQLException: This connection has been closed."
SLOW = "SQLServerException: Read timed out. ClientConnectionId:5d0"
CUT_OFF = (
    "SQLServerException: The driver could not establish a secure connection to SQL Server by using Secure Sockets "
    'Layer (SSL) encryption. Error: "SQL Server did not return a response. The connection has been closed."'
)
NO_TLS = "SQLServerException: could not establish a secure connection to SQL Server. ClientConnectionId:5d0"
DECLINED = "SQLServerException: Login failed for user 'app'. ClientConnectionId:5d0"
# A Go forwarder in front of a SOCKS server that told no more.
GENERAL = f"{AT}Z socks connect tcp localhost:1055->{TARGET}: unknown error general SOCKS server failure"
