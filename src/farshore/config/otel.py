"""Where traces and metrics are sent, as a configuration describes it. A header's value is never written in the file."""

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from farshore.config.fields import Duration, Flag, Word
from farshore.config.login_fields import FilePath, read_server
from farshore.config.strict import Model

Collector = Annotated[
    str,
    BeforeValidator(read_server),
    WithJsonSchema({"type": "string", "title": "URL", "examples": ["http://collector:4318"]}),
]


class OtelHeader(Model):
    """Where a header's value stands: exactly one of the two; it is read at the start."""

    file: FilePath | None = Field(None, description="the file that holds it")
    env: Word | None = Field(None, description="the variable of the environment that holds it")


class Otel(Model):
    """A collector of OpenTelemetry's, by OTLP over HTTP (protobuf); needs the extra `otel`."""

    endpoint: Collector = Field(description="the collector, without `/v1/traces` and `/v1/metrics`")
    headers: dict[Word, OtelHeader] = Field(
        default_factory=dict[Word, OtelHeader], description="headers to send along, such as Authorization"
    )
    timeout_s: Duration = Field(10.0, alias="timeout", gt=0, le=60, description="for one export, its retries included")
    every_s: Duration = Field(60.0, alias="every", ge=1, description="between two exports of the metrics")
    traces: Flag = Field(default=True, description="send a trace for each client connection that has ended")
    metrics: Flag = Field(default=True, description="send what /metrics shows")
