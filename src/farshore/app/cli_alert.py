"""`farshore alert …` as it may be typed. As in `cli`, each command imports its own work."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from farshore.app.exits import Exit, Refusal

alert_app = App(name="alert", help="Who is told when something breaks.")


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
