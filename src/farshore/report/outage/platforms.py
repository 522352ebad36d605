"""The same remedy on Windows, Linux and in Kubernetes: where, what to run there, and how to see that it helped.

Commands only for causes whose remedy differs between platforms; each is one that a person runs and can take back.
`{name}`, `{router}`, `{target}`, `{host}` and `{port}` are filled in, `{unit}` and `{provider}` by what usually listens
on that port; words in capitals are for the reader to fill in.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

from farshore.report.outage.model import Steps

Platform = Literal["Windows", "Linux", "Kubernetes"]


class Recipe(NamedTuple):
    """One platform's: where to type it, what, what to do with what it says, and what shows that it helped."""

    where: str
    run: str
    verify: str
    then: str = ""


_Recipes = dict[Platform, Recipe]

ROUTER, TARGET, GATEWAY, CLUSTER = "{name}", "{host}", "the gateway's host", "the cluster"
_PING = "tailscale ping --tsmp --c 3 {router}"
_DOCTOR = "farshore doctor {target}"
_OUR_PODS = "-l app.kubernetes.io/name=farshore"
_RESTART_OURS = f"kubectl rollout restart deployment,statefulset {_OUR_PODS}"
_PODS = f"kubectl get pods {_OUR_PODS}"
_WHICH_WORKLOAD = "WORKLOAD is what runs {name}, as in `statefulset/NAME`"

_RESTART_ROUTER: _Recipes = {
    "Windows": Recipe(ROUTER, "Restart-Service Tailscale", _PING),
    "Linux": Recipe(ROUTER, "sudo systemctl restart tailscaled", _PING),
    "Kubernetes": Recipe(CLUSTER, "kubectl rollout restart WORKLOAD", _PING, _WHICH_WORKLOAD),
}
_STAND_ASIDE: _Recipes = {
    "Windows": Recipe(ROUTER, "Stop-Service Tailscale", _DOCTOR, "start it again once its way to the LAN is mended"),
    "Linux": Recipe(
        ROUTER, "sudo systemctl stop tailscaled", _DOCTOR, "start it again once its way to the LAN is mended"
    ),
    "Kubernetes": Recipe(CLUSTER, "kubectl scale WORKLOAD --replicas=0", _DOCTOR, _WHICH_WORKLOAD),
}
_RESTART_GATEWAYS: _Recipes = {
    "Windows": Recipe(GATEWAY, "Restart-Service Tailscale", "tailscale status"),
    "Linux": Recipe(GATEWAY, "sudo systemctl restart tailscaled", "tailscale status"),
    "Kubernetes": Recipe(CLUSTER, _RESTART_OURS, _PODS),
}
_LISTENER: _Recipes = {
    "Windows": Recipe(
        TARGET,
        "Get-NetTCPConnection -State Listen -LocalPort {port}",
        "Test-NetConnection {host} -Port {port}",
        "where it shows nothing, start the service that should listen",
    ),
    "Linux": Recipe(
        TARGET,
        "ss -ltnp 'sport = :{port}'",
        "nc -vz {host} {port}",
        "where it shows nothing, start the service that should listen",
    ),
    "Kubernetes": Recipe(
        CLUSTER,
        "kubectl get endpointslices,pods -A",
        _DOCTOR,
        "the pods behind the target's service have to be ready",
    ),
}
_SERVER_LOG: _Recipes = {
    "Windows": Recipe(
        TARGET,
        "Get-WinEvent -LogName Application -MaxEvents 200 | Where-Object ProviderName -like '{provider}'",
        _DOCTOR,
    ),
    "Linux": Recipe(TARGET, "journalctl -u {unit} --since '1 hour ago'", _DOCTOR),
    "Kubernetes": Recipe(
        CLUSTER,
        "kubectl logs --previous POD; kubectl describe pod POD",
        _DOCTOR,
        "POD is the server's; look for restarts and OOMKilled",
    ),
}
_LAN: _Recipes = {
    "Windows": Recipe(
        ROUTER,
        "Get-NetAdapter; Find-NetRoute -RemoteIPAddress {host}",
        "Test-NetConnection {host} -Port {port}",
        "mend the adapter, route or VPN that it names",
    ),
    "Linux": Recipe(
        ROUTER, "ip route get {host}; ip -br link", "nc -vz -w 5 {host} {port}", "mend the link, route or VPN it names"
    ),
    "Kubernetes": Recipe(
        CLUSTER,
        "kubectl get networkpolicy -A",
        "kubectl exec POD -- nc -vz -w 5 {host} {port}",
        "POD is the one of {name}; let it reach {host}",
    ),
}
_SHIELDS: _Recipes = {
    "Windows": Recipe(
        ROUTER,
        "tailscale set --shields-up=false; Get-NetFirewallRule -DisplayName '*Tailscale*'",
        _DOCTOR,
    ),
    "Linux": Recipe(
        ROUTER,
        "sudo tailscale set --shields-up=false; sudo sysctl net.ipv4.ip_forward=1; sudo nft list ruleset",
        _DOCTOR,
        "no rule may drop what is forwarded from tailscale0",
    ),
    "Kubernetes": Recipe(
        CLUSTER, "kubectl exec POD -- tailscale set --shields-up=false", _DOCTOR, "POD is the one of {name}"
    ),
}
_ACCEPT_ROUTES: _Recipes = {
    "Windows": Recipe(GATEWAY, "tailscale set --accept-routes", _DOCTOR),
    "Linux": Recipe(GATEWAY, "sudo tailscale set --accept-routes", _DOCTOR),
    "Kubernetes": Recipe(
        CLUSTER,
        _RESTART_OURS,
        f"kubectl exec POD -- {_DOCTOR}",
        "before it, put --accept-routes into TS_EXTRA_ARGS of the gateway's tailscaled; POD is one of the gateway's",
    ),
}
_LOG_IN: _Recipes = {
    "Windows": Recipe("the node whose key ended", "tailscale up --force-reauth", "tailscale status"),
    "Linux": Recipe("the node whose key ended", "sudo tailscale up --force-reauth", "tailscale status"),
    "Kubernetes": Recipe(
        CLUSTER,
        _RESTART_OURS,
        "kubectl exec POD -- tailscale status",
        "before it, put a fresh auth key into the secret; POD is one of the gateway's",
    ),
}

RECIPES: dict[str, _Recipes] = {
    "M01": _RESTART_ROUTER,
    "M02": _RESTART_ROUTER,
    "M03": _STAND_ASIDE,
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
# What usually listens there: its unit of systemd, and the pattern of its name in Windows' event log.
_SERVERS = {
    "1433": ("mssql-server", "MSSQL*"),
    "1521": ("'oracle*'", "Oracle*"),
    "3306": ("mysql -u mariadb", "M*SQL*"),
    "5432": ("'postgresql*'", "PostgreSQL*"),
    "21": ("vsftpd -u proftpd", "*FTP*"),
    "22": ("ssh -u sshd", "OpenSSH*"),
}


def steps(code: str, fill: Callable[[str], str]) -> tuple[Steps, ...]:
    """The remedy of a cause on each platform; none where it is the same on all."""
    unit, provider = _SERVERS.get(fill("{port}"), ("SERVICE", "*SERVICE*"))

    def told(text: str) -> str:
        return fill(text.replace("{unit}", unit).replace("{provider}", provider))

    return tuple(
        Steps(
            platform=platform,
            where=told(recipe.where),
            run=told(recipe.run),
            then=told(recipe.then),
            verify=told(recipe.verify),
        )
        for platform, recipe in RECIPES.get(code, {}).items()
    )
