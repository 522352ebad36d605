"""The same remedy on Windows, Linux and in Kubernetes: what to run there, and how to see that it helped.

Commands only for causes whose remedy differs between platforms; each is one that a person runs and can take back.
`{name}`, `{router}`, `{target}`, `{host}` and `{port}` are filled in.
"""

from collections.abc import Callable
from typing import Literal

from farshore.report.outage.model import Steps

Platform = Literal["Windows", "Linux", "Kubernetes"]
_Recipe = dict[Platform, tuple[str, str]]

_RESTART_ROUTER: _Recipe = {
    "Windows": (
        "on {name}: Restart-Service Tailscale",
        "Get-Service Tailscale; from the gateway: tailscale ping --tsmp --c 3 {router}",
    ),
    "Linux": (
        "on {name}: sudo systemctl restart tailscaled",
        "systemctl is-active tailscaled; from the gateway: tailscale ping --tsmp --c 3 {router}",
    ),
    "Kubernetes": (
        "kubectl rollout restart statefulset/{name}",
        "kubectl rollout status statefulset/{name}; from the gateway: tailscale ping --tsmp --c 3 {router}",
    ),
}
_RESTART_GATEWAYS: _Recipe = {
    "Windows": ("on the gateway's host: Restart-Service Tailscale", "tailscale status"),
    "Linux": ("on the gateway's host: sudo systemctl restart tailscaled", "tailscale status"),
    "Kubernetes": ("kubectl rollout restart deployment/farshore", "kubectl rollout status deployment/farshore"),
}
_LISTENER: _Recipe = {
    "Windows": (
        "on {host}: Get-NetTCPConnection -State Listen -LocalPort {port}; start the service that should listen",
        "on {name}: Test-NetConnection {host} -Port {port}",
    ),
    "Linux": (
        "on {host}: ss -ltnp 'sport = :{port}'; start the service that should listen",
        "on {name}: nc -vz {host} {port}",
    ),
    "Kubernetes": (
        "kubectl get endpointslices; kubectl get pods: the pods behind the target's service must be ready",
        "farshore doctor {target}",
    ),
}
_SERVER_LOG: _Recipe = {
    "Windows": (
        "on {host}: Get-WinEvent -LogName Application -MaxEvents 200 | Where-Object ProviderName -like 'MSSQL*'",
        "on {name}: Test-NetConnection {host} -Port {port}; then farshore doctor {target}",
    ),
    "Linux": (
        "on {host}: journalctl -u mssql-server -u postgresql -u mysql --since '1 hour ago'",
        "farshore doctor {target}",
    ),
    "Kubernetes": (
        "kubectl logs --previous POD; kubectl describe pod POD: restarts, OOMKilled",
        "farshore doctor {target}",
    ),
}
_LAN: _Recipe = {
    "Windows": (
        "on {name}: Get-NetAdapter; Test-NetConnection {host} -Port {port}; mend the adapter, route or VPN it names",
        "on {name}: Test-NetConnection {host} -Port {port}",
    ),
    "Linux": (
        "on {name}: ip route get {host}; nc -vz -w 5 {host} {port}; mend the interface, route or VPN it names",
        "on {name}: nc -vz -w 5 {host} {port}",
    ),
    "Kubernetes": (
        "kubectl exec {name} -- nc -vz -w 5 {host} {port}; kubectl get networkpolicy",
        "kubectl exec {name} -- nc -vz -w 5 {host} {port}",
    ),
}
_SHIELDS: _Recipe = {
    "Windows": (
        "on {name}: tailscale set --shields-up=false; Get-NetFirewallRule -DisplayName '*Tailscale*'",
        "farshore doctor {target}",
    ),
    "Linux": (
        "on {name}: sudo tailscale set --shields-up=false; sudo sysctl net.ipv4.ip_forward=1; sudo nft list ruleset",
        "farshore doctor {target}",
    ),
    "Kubernetes": ("kubectl exec {name} -- tailscale set --shields-up=false", "farshore doctor {target}"),
}
_ACCEPT_ROUTES: _Recipe = {
    "Windows": ("on the gateway's host: tailscale set --accept-routes", "tailscale status --json shows the prefix"),
    "Linux": ("on the gateway's host: sudo tailscale set --accept-routes", "tailscale status --json shows the prefix"),
    "Kubernetes": (
        "add --accept-routes to TS_EXTRA_ARGS of the gateway's tailscaled; kubectl rollout restart deployment/farshore",
        "kubectl exec deployment/farshore -- farshore doctor {target}",
    ),
}
_LOG_IN: _Recipe = {
    "Windows": ("on the node whose key ended: tailscale up --force-reauth", "tailscale status"),
    "Linux": ("on the node whose key ended: sudo tailscale up --force-reauth", "tailscale status"),
    "Kubernetes": (
        "put a fresh auth key into the secret; kubectl rollout restart deployment/farshore",
        "kubectl exec deployment/farshore -- tailscale status",
    ),
}

RECIPES: dict[str, _Recipe] = {
    "M01": _RESTART_ROUTER,
    "M02": _RESTART_ROUTER,
    "M03": _RESTART_ROUTER,
    "M05": _LISTENER,
    "M06": _LAN,
    "M07": _ACCEPT_ROUTES,
    "M10": _SHIELDS,
    "M15": _LOG_IN,
    "M20": _RESTART_ROUTER,
    "M23": _RESTART_GATEWAYS,
    "M26": _RESTART_GATEWAYS,
    "M27": _RESTART_GATEWAYS,
    "M36": _SERVER_LOG,
    "M37": _SERVER_LOG,
    "M45": _RESTART_ROUTER,
    "M47": _RESTART_GATEWAYS,
}


def steps(code: str, fill: Callable[[str], str]) -> tuple[Steps, ...]:
    """The remedy of a cause on each platform; none where it is the same on all."""
    recipe = RECIPES.get(code, {})
    return tuple(
        Steps(platform=platform, run=fill(run), verify=fill(verify)) for platform, (run, verify) in recipe.items()
    )
