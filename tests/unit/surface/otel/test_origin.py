import pytest

from farshore.surface.otel.origin import Origin


def test_a_service_is_named_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES", raising=False)
    assert Origin.of("1.2.3").resource.attributes["service.name"] == "farshore"
    assert Origin.of("1.2.3").resource.attributes["service.version"] == "1.2.3"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=db,k8s.pod.name=gateway-0")
    assert Origin.of("1.2.3").resource.attributes["k8s.pod.name"] == "gateway-0"
