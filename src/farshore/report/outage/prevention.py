"""What would keep an outage from coming again, or from being noticed by clients: for each cause, the surest first."""

SECOND_PATH = (
    "Give the route a second path, over another router (a 4via6 address pins one): Farshore then goes around a dead "
    "one by itself; `farshore paths suggest` says who has to run what."
)
HEALTH = "Switch on health checks (`path_health:`), so that a dead path is known before a client meets it."
_KEY = "Disable key expiry for gateways and routers, or renew their keys before they end."
_RESTARTED = "Let something restart tailscaled when it ends or hangs: `tailscaled:` in the configuration does it."
_SERVER = (
    "Watch the server itself: its restarts, its connection limit, its memory; the gateway sees only that it hangs up."
)
_LISTENER = "Watch the listener from the router's network: a check from there tells the server from the way to it."
_HOLD = "Let clients wait out a short outage: `hold:` of the route keeps them until a path answers."

MEASURES: dict[str, tuple[str, ...]] = {
    "M01": (
        SECOND_PATH,
        HEALTH,
        "Restart the router's Tailscale service when its data plane dies: the control plane does not see it.",
    ),
    "M02": (SECOND_PATH, HEALTH),
    "M03": (SECOND_PATH, HEALTH),
    "M04": (
        "Let two routers serve the same prefix; a longer prefix on one router alone has no failover.",
        SECOND_PATH,
    ),
    "M05": (_LISTENER, _SERVER),
    "M06": (SECOND_PATH, _LISTENER),
    "M07": (
        "Keep routes approved by policy (`autoApprovers`), and `--accept-routes` set where tailscaled starts.",
        HEALTH,
    ),
    "M08": ("Keep routes approved by policy (`autoApprovers`), so that a re-registered router serves them at once.",),
    "M09": ("Test the tailnet policy (`tests` in the policy file) for the gateway's tag and every target.",),
    "M10": ("Pin the router's settings where it is provisioned: shields up off, forwarding on.", HEALTH),
    "M15": (_KEY,),
    "M16": ("Keep node state on a volume, so that a restart needs no auth key.", _KEY),
    "M20": ("Spread the load over two routers.", SECOND_PATH),
    "M23": (_RESTARTED,),
    "M26": (_RESTARTED, "Give tailscaled the memory it needs, and look at what killed it."),
    "M27": (_RESTARTED,),
    "M36": (_SERVER, _HOLD),
    "M37": (_SERVER,),
    "M45": ("Pin routers with 4via6 only where they forward in the kernel, or name an unused address (`unused:`).",),
}
ALWAYS = HEALTH


def measures(code: str | None, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """What prevents a cause, or any of those between which it is undecided."""
    codes = (code,) if code is not None else candidates
    told = dict.fromkeys(measure for each in codes for measure in MEASURES.get(each or "", ()))
    return tuple(told)[:4] or (ALWAYS,)
