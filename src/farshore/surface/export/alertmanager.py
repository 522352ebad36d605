"""A piece of Alertmanager's configuration: pages at once and once for each route, the rest by day."""

import yaml

from farshore.config.alerts import Alerts, Told

RECEIVER = "farshore"


def alertmanager() -> str:
    """Route, inhibitions and a receiver to be filled in, YAML (prometheus.io, Alertmanager configuration).

    One dead router is one page: what a page of the same route covers is hushed.
    """
    reminder = f"{Alerts().reminder_s:.0f}s"
    return yaml.safe_dump(
        {
            "route": {
                "receiver": RECEIVER,
                "group_by": ["alertname", "route"],
                "group_wait": "10s",
                "group_interval": "1m",
                "repeat_interval": "1d",
                "routes": [
                    {
                        "receiver": RECEIVER,
                        "matchers": [f'severity="{Told.PAGE.value}"'],
                        "repeat_interval": reminder,
                    }
                ],
            },
            "inhibit_rules": [
                {
                    "source_matchers": ['alertname="FarshoreOutage"'],
                    "target_matchers": ['alertname=~"Farshore(Resets|GeneralFailures|BudgetBurns.*|RedundancyLost)"'],
                    "equal": ["route"],
                },
                {
                    "source_matchers": [f'severity="{Told.PAGE.value}"'],
                    "target_matchers": [f'severity="{Told.WARNING.value}"', 'alertname=~"Farshore.*"'],
                    "equal": ["route"],
                },
            ],
            "receivers": [{"name": RECEIVER}],
        },
        sort_keys=False,
    )
