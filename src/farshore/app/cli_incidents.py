"""`farshore incidents …` as it may be typed. As in `cli`, each command imports its own work."""

from typing import Literal

from cyclopts import App

from farshore.app.exits import Exit, Refusal

incidents_app = App(name="incidents", help="Outages that a gateway has noticed, and what broke in each.")
DEFAULT_URL = "http://127.0.0.1:9809"


@incidents_app.default
def incidents(
    *,
    url: str = DEFAULT_URL,
    format: Literal["text", "json"] = "text",  # noqa: A002 - the flag's name
) -> Exit | Refusal:
    """List the open incidents and the last that were closed.

    Parameters
    ----------
    url
        The running gateway's admin listener; http://127.0.0.1:9809 if absent.
    format
        text or json.
    """
    from farshore.app.incidents import list_incidents  # noqa: PLC0415

    return list_incidents(url, as_json=format == "json")


@incidents_app.command
def show(
    incident: str,
    *,
    url: str = DEFAULT_URL,
    format: Literal["text", "json"] = "text",  # noqa: A002 - the flag's name
) -> Exit | Refusal:
    """Show one incident: what was concluded and when, who mends it and how.

    Parameters
    ----------
    incident
        Its name, such as 2026-11-22-3.
    url
        The running gateway's admin listener; http://127.0.0.1:9809 if absent.
    format
        text or json.
    """
    from farshore.app.incidents import show_incident  # noqa: PLC0415

    return show_incident(incident, url, as_json=format == "json")
