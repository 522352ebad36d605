"""Alerts as the tests send them."""

from farshore.core.alerts import Alert, AlertState, Severity

SINCE_S = 1_772_603_434.0  # 2026-03-04T05:50:34Z


def an_alert(
    key: str = "M01/r1",
    *,
    state: AlertState = AlertState.FIRING,
    severity: Severity = Severity.PAGE,
    title: str = "clients of billing fail",
    routes: tuple[str, ...] = ("billing",),
    since_s: float = SINCE_S,
    at_s: float = SINCE_S + 90,
    rule: str = "clients-fail",
    command: str = "sudo systemctl restart tailscaled",
    subject: str = "router r1",
    code: str | None = "M01",
    confidence: str = "likely",
    link: str = "https://farshore.example/incidents/2026-03-04-1",
    reminder: bool = False,
    silenced: bool = False,
) -> Alert:
    return Alert(
        key=key,
        rule=rule,
        severity=severity,
        state=state,
        title=title,
        routes=routes,
        since_s=since_s,
        at_s=at_s,
        incident="2026-03-04-1",
        code=code,
        confidence=confidence,
        subject=subject,
        whom="12 clients",
        trying="ping the router",
        command=command,
        verify="tailscale ping r1",
        link=link,
        reminder=reminder,
        silenced=silenced,
    )


def over(key: str = "M01/r1", *, since_s: float = SINCE_S) -> Alert:
    return an_alert(key, state=AlertState.RESOLVED, since_s=since_s, at_s=since_s + 1000)
