"""Who speaks, in OpenTelemetry's words."""

import msgspec
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The service, and the code that describes it."""

    resource: Resource
    scope: InstrumentationScope

    @classmethod
    def of(cls, version: str) -> "Origin":
        """This program's, with what OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME of the environment add to it."""
        resource = Resource.create({"service.name": "farshore", "service.version": version})
        return cls(resource=resource, scope=InstrumentationScope("farshore", version))
