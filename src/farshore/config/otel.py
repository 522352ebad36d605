"""Where traces and metrics are sent, as a configuration describes it."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, WithJsonSchema

from farshore.config.fields import Duration, Flag, UnfitError, Word
from farshore.config.notify import Secret
from farshore.config.strict import Model


def read_collector(value: object) -> str:
    """The URL of a collector; what comes before `/v1/traces` may be a path.

    Raises:
        UnfitError: anything else.
    """
    expected = "the URL of a collector, such as http://collector:4318"
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise UnfitError(expected=expected)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UnfitError(expected=expected) from None
    if parts.username or parts.password:
        raise UnfitError(expected=expected, hint="a password belongs into `headers:`")
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise UnfitError(expected=expected)
    return value.rstrip("/")


Collector = Annotated[
    str,
    BeforeValidator(read_collector),
    WithJsonSchema({"type": "string", "title": "URL", "examples": ["http://collector:4318"]}),
]


class Otel(Model):
    """A collector of OpenTelemetry's, by OTLP over HTTP (protobuf); needs the extra `otel`."""

    endpoint: Collector = Field(description="the collector, without `/v1/traces` and `/v1/metrics`")
    headers: dict[Word, Secret] = Field(
        default_factory=dict[Word, Secret],
        description="headers to send along; read at the start",
    )
    timeout_s: Duration = Field(10.0, alias="timeout", gt=0, le=60, description="for one export, its retries included")
    every_s: Duration = Field(60.0, alias="every", ge=1, description="between two exports of the metrics")
    traces: Flag = Field(default=True, description="send a trace for each client connection that has ended")
    metrics: Flag = Field(default=True, description="send what /metrics shows")
