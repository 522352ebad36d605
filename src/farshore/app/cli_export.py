"""`farshore export …` as it may be typed. As in `cli`, each command imports its own work."""

from cyclopts import App

from farshore.app.exits import Exit

export_app = App(name="export", help="What other programs need to watch a gateway by its metrics.")


@export_app.command
def prometheus_rules(*, job: str = "farshore") -> Exit:
    """Print alerting rules for a Prometheus that scrapes gateways.

    Parameters
    ----------
    job
        The scrape job of the gateways; farshore if absent.
    """
    from farshore.surface.export.rules import rule_file  # noqa: PLC0415 - the module's docstring says why

    print(rule_file(job), end="")  # noqa: T201 - the command's output
    return Exit.OK


@export_app.command
def grafana() -> Exit:
    """Print a dashboard for Grafana, JSON, to be imported."""
    from farshore.surface.export.grafana import dashboard  # noqa: PLC0415

    print(dashboard(), end="")  # noqa: T201 - the command's output
    return Exit.OK


@export_app.command
def alertmanager() -> Exit:
    """Print routing and inhibition for Alertmanager, YAML; the receiver is to be filled in."""
    from farshore.surface.export.alertmanager import alertmanager as routing  # noqa: PLC0415

    print(routing(), end="")  # noqa: T201 - the command's output
    return Exit.OK
