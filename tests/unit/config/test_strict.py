import pytest
from pydantic import BaseModel

from farshore.config.egresses import ConnectEgress, DirectEgress, Socks5Egress, TailscaledEgress
from farshore.config.model import Config, Drain, Keepalive, Limits, Path, PathHealth, Route, Router, Timeouts
from farshore.config.remedies import Control, Lease, Remedies
from farshore.config.tailscaled import Tailscaled

MODELS: tuple[type[BaseModel], ...] = (
    Config,
    ConnectEgress,
    Control,
    DirectEgress,
    Drain,
    Keepalive,
    Lease,
    Limits,
    Path,
    PathHealth,
    Remedies,
    Route,
    Router,
    Socks5Egress,
    Tailscaled,
    TailscaledEgress,
    Timeouts,
)


@pytest.mark.parametrize("model", MODELS)
def test_every_field_has_a_help_text(model: type[BaseModel]) -> None:
    assert [name for name, field in model.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("model", MODELS)
def test_every_value_is_frozen_and_unknown_fields_are_mistakes(model: type[BaseModel]) -> None:
    assert model.model_config.get("frozen")
    assert model.model_config.get("extra") == "forbid"
