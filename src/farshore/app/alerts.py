"""`farshore alerts`: what a running gateway tells people of."""

from datetime import UTC, datetime

import msgspec

from farshore.app.admin import ask
from farshore.app.exits import Exit, Refusal
from farshore.surface.lists import columns, console
from farshore.surface.views import AlertsView


def list_alerts(url: str, *, as_json: bool) -> Exit | Refusal:
    """Print them, the oldest first."""
    found = ask(url, lambda gateway: gateway.get("/api/v1/alerts", AlertsView))
    if isinstance(found, Refusal):
        return found
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())  # noqa: T201 - the command's output
        return Exit.OK
    if not found.alerts:
        print("no alert fires; there are some only where the configuration has `alerts:`")  # noqa: T201 - the command's output
        return Exit.OK
    table = columns("state", "severity", "rule", "since", "what", "cause", "whom")
    for alert in found.alerts:
        since = datetime.fromtimestamp(alert.since_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        cause = f"{alert.code} ({alert.confidence})" if alert.code else ""
        state = f"{alert.state}, silenced" if alert.silenced else str(alert.state)
        table.add_row(state, alert.severity, alert.rule, since, alert.title, cause, alert.whom)
    console().print(table)
    return Exit.OK
