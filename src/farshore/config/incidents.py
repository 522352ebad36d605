"""Incidents, as a configuration describes them."""

from pydantic import Field

from farshore.config.fields import Count, Duration
from farshore.config.login_fields import FilePath
from farshore.config.strict import Model


class Incidents(Model):
    """What happens when clients of a route fail: evidence is taken and diagnosed at once."""

    folder: FilePath | None = Field(
        None,
        description="where each incident is kept, with its evidence; without it only the log, the metrics and the "
        "admin listener tell of them, and a restart forgets them",
    )
    keep: Count = Field(100, ge=1, le=100_000, description="incidents that are kept in `folder`; the oldest make room")
    close_after_s: Duration = Field(
        120.0,
        alias="close_after",
        ge=1,
        description="how long its routes have to be well until it is closed",
    )
