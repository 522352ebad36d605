"""`farshore alert …` as it may be typed. As in `cli`, each command imports its own work."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from farshore.app.exits import Exit, Refusal

alert_app = App(name="alert", help="Who is told when something breaks.")
DEFAULT_URL = "http://127.0.0.1:9809"


def alerts(
    *,
    url: str = DEFAULT_URL,
    format: Literal["text", "json"] = "text",  # noqa: A002 - the flag's name
) -> Exit | Refusal:
    """List the alerts of a running gateway that fire, and those that are about to.

    Parameters
    ----------
    url
        The running gateway's admin listener; http://127.0.0.1:9809 if absent.
    format
        text or json.
    """
    from farshore.app.alerts import list_alerts  # noqa: PLC0415

    return list_alerts(url, as_json=format == "json")


@alert_app.command(name="test")
def send_test(
    *, config: Annotated[Path, Parameter(name=["--config", "-c"])], channel: str | None = None
) -> Exit | Refusal:
    """Send a test message over every channel now, and say which of them took it; the gateway need not run.

    Parameters
    ----------
    config
        The configuration file, YAML or JSON; its `notify:` names the channels.
    channel
        Only this one.
    """
    from farshore.app.alert import try_channels  # noqa: PLC0415

    return try_channels(config, channel)
