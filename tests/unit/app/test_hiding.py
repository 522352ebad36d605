"""Every place that a secret can be put in a configuration is known, so that what it holds is told nowhere."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from farshore.app.exits import Exit, Refusal
from farshore.app.hiding import hidden_by, known_secrets
from farshore.config.load import load
from farshore.config.model import Config
from farshore.config.schema import schema

# Where a secret may stand, and what stands there; the login of a probe by file and by variable.
FILES = {
    "control": "headscaleKey1",
    "auth": "tskey-auth-one?ephemeral=true",
    "admin": "admin-token-0123456789",
    "probe": "pr0be pass; word",
    "url": "https://hooks.example/services/T0001/segment-s3cret?token=query%2Fs3cret1",
    "header": "Bearer header-s3cret",
}
ENVIRONMENT = {
    "COLLECTOR": "Bearer collector-s3cret",
    "CHAT": "https://chat.example/?key=chat-key-s3cret",
    "PROBE": "variable-s3cret",
    "NOT_NAMED": "unrelated1",
}


def written(folder: Path, **more: Any) -> Config:
    for name, text in FILES.items():
        (folder / name).write_text(f"{text}\n")
    route = {"listen": 18082, "target": "10.9.8.7:1433", "protocol": "postgres"}
    login = {"user": "shore", "password": {"file": str(folder / "probe")}}
    document = {
        "egresses": {"tn": {"kind": "tailscaled", "socket": "/nowhere/s.sock"}},
        "routes": [
            {**route, "name": "a", "probe_login": login},
            {**route, "name": "b", "listen": 18083, "probe_login": {**login, "password": {"env": "PROBE"}}},
        ],
        "control": {"kind": "headscale", "url": "http://127.0.0.1:9", "key_file": str(folder / "control")},
        "tailscaled": {"auth_key_file": str(folder / "auth")},
        "admin": "127.0.0.1:18090",
        "admin_token_file": str(folder / "admin"),
        "notify": [
            {"webhook": {"url": {"file": str(folder / "url")}, "headers": {"X": {"file": str(folder / "header")}}}},
            {"google_chat": {"url": {"env": "CHAT"}}},
            {"name": "open", "slack": {"url": {"plain": "https://no.password.example/here-and-there"}}},
        ],
        "otel": {
            "endpoint": "http://127.0.0.1:4318",
            "headers": {"Authorization": {"env": "COLLECTOR"}},
        },
        **more,
    }
    path = folder / "farshore.json"
    path.write_text(json.dumps(document))
    loaded = load(path)
    assert loaded.config is not None, loaded.problems
    return loaded.config


def test_every_secret_is_known_with_the_parts_that_may_be_told_alone(tmp_path: Path) -> None:
    known = known_secrets(written(tmp_path), ENVIRONMENT)
    assert set(FILES.values()) | {ENVIRONMENT["CHAT"], ENVIRONMENT["PROBE"]} <= set(known)
    parts = {
        "tskey-auth-one",
        "segment-s3cret",
        "query/s3cret1",
        "header-s3cret",
        "chat-key-s3cret",
        "collector-s3cret",
    }
    assert parts <= set(known)
    assert [len(each) for each in known] == sorted(map(len, known), reverse=True)
    told = " ".join(known)
    assert not [word for word in ("unrelated1", "here-and-there", "no.password") if word in told]
    assert not {"services", "Bearer", "hooks.example"} & set(known)


def test_what_cannot_be_read_is_no_secret_of_this_run(tmp_path: Path) -> None:
    config = written(tmp_path)
    for name in FILES:
        (tmp_path / name).unlink()
    assert known_secrets(config, {}) == known_secrets(None, ENVIRONMENT) == ()


def test_without_a_configuration_the_environment_names_some(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(FILES["admin"])
    environment = {"TS_AUTHKEY": "hskey-auth-of-it", "FARSHORE_ADMIN_TOKEN_FILE": str(tmp_path / "token")}
    assert set(known_secrets(None, environment)) == {"hskey-auth-of-it", FILES["admin"]}


def test_the_key_of_a_tailscaled_that_only_the_command_line_asks_for_is_known(tmp_path: Path) -> None:
    config = written(tmp_path).model_copy(update={"tailscaled": None})
    assert "hskey-auth-of-it" in known_secrets(config, {"TS_AUTHKEY": "hskey-auth-of-it"})


def test_short_words_are_no_secrets(tmp_path: Path) -> None:
    config = written(tmp_path)
    (tmp_path / "probe").write_text("short")
    assert "short" not in known_secrets(config, ENVIRONMENT)


def test_a_file_may_name_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = written(tmp_path)
    (tmp_path / "more").write_text("a customer's name\n\nx\r\n")
    more = hidden_by(tmp_path / "more", config)
    assert isinstance(more, tuple)
    assert {"a customer's name", "x", FILES["admin"]} <= set(more)
    assert "" not in more
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"from here\n")))
    assert "from here" in hidden_by(Path("./-"), None)  # type: ignore[operator]
    missing = hidden_by(tmp_path / "none", config)
    assert missing == Refusal(
        exit=Exit.USAGE, sentence=f"--hide: {tmp_path / 'none'} cannot be read: No such file or directory."
    )


def leading(name: str, node: dict[str, Any]) -> set[str]:
    ends = ("_file", "_env", "password", "token", "secret")
    return {f"{name}.{field}" for field in node.get("properties", {}) if field.endswith(ends)}


def test_no_other_field_of_the_configuration_leads_to_a_secret() -> None:
    """Whoever adds one has to make it known here, and plant it in the test above."""
    whole = schema()
    found = leading("Config", whole).union(*(leading(name, node) for name, node in whole["$defs"].items()))
    assert found == {
        "Config.admin_token_file",
        "Control.client_secret_env",
        "Control.client_secret_file",
        "Control.key_env",
        "Control.key_file",
        "ProbeLogin.ca_file",
        "ProbeLogin.key_file",
        "ProbeLogin.password",
        "Tailscaled.auth_key_file",
    }
