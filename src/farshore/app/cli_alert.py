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


@alert_app.command
def silence(
    *routes: str,
    config: Annotated[Path, Parameter(name=["--config", "-c"])],
    for_: Annotated[str, Parameter(name="--for")],
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    why: str = "",
) -> Exit | Refusal:
    """Tell nobody of alerts of these routes for some time; what still fires then is told then.

    It is written into the journal: a running gateway obeys it within a second, and one that is started later as well.

    Parameters
    ----------
    routes
        The routes by name; an alert of several is silent when all of them are.
    config
        The configuration file of the gateway, YAML or JSON; it needs `alerts:` and `journal:`.
    for_
        For how long: 30m, 2h.
    all_
        Of everything, instead of some routes.
    why
        Why, for whoever asks later.
    """
    from farshore.app.silencing import Wish, silence_now  # noqa: PLC0415

    return silence_now(config, Wish(routes=routes, is_all=all_, for_=for_, why=why))


@alert_app.command
def silences(
    *,
    config: Annotated[Path, Parameter(name=["--config", "-c"])],
    format: Literal["text", "json"] = "text",  # noqa: A002 - the flag's name
) -> Exit | Refusal:
    """List the silences that hold or are to come: those of the configuration, and those made by `silence`.

    Parameters
    ----------
    config
        The configuration file of the gateway, YAML or JSON.
    format
        text or json.
    """
    from farshore.app.silencing import list_silences  # noqa: PLC0415

    return list_silences(config, as_json=format == "json")


@alert_app.command
def unsilence(number: int, *, config: Annotated[Path, Parameter(name=["--config", "-c"])]) -> Exit | Refusal:
    """End a silence now.

    Parameters
    ----------
    number
        Its number, as `farshore alert silences` lists it.
    config
        The configuration file of the gateway, YAML or JSON.
    """
    from farshore.app.silencing import end_now  # noqa: PLC0415

    return end_now(config, number)
