"""A secret that is written where it does not belong is not repeated in what is said of the mistake."""

import json
from pathlib import Path
from typing import Any

import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit

CANARY = "canary7f3e91"
ROUTE = {"name": "db", "listen": 18082, "target": "10.9.8.7:1433", "allow_direct": True, "protocol": "postgres"}
ADMIN = {"admin": "127.0.0.1:18099"}
HEADSCALE = {"kind": "headscale", "url": "http://127.0.0.1:9"}


def login(written: object) -> dict[str, Any]:
    return {"routes": [{**ROUTE, "probe_login": written}]}


def told(written: object) -> dict[str, Any]:
    return {"notify": [written]}


@pytest.mark.parametrize(
    "misplaced",
    [
        {"admin_token": CANARY},
        {**ADMIN, "admin_token_file": CANARY},
        {**ADMIN, "admin_token_file": {CANARY: 1}},
        {"routes": [{**ROUTE, "password": CANARY}]},
        {"routes": [{**ROUTE, "target": f"shore:{CANARY}@10.9.8.7:1433"}]},
        login({"user": "shore", "password": CANARY}),
        login({"user": "shore", "password": f"/{CANARY}"}),
        login({"user": "shore", "password": {"plain": CANARY}}),
        login({"user": "shore", "password": {"file": CANARY}}),
        login({"user": "shore", "key_file": CANARY}),
        login(f"shore:{CANARY}"),
        told({"slack": CANARY}),
        told({"webhook": {"url": f"https://a.example/{CANARY}"}}),
        told({"webhook": {"url": f"/{CANARY}"}}),
        told({"webhook": {"url": {"file": CANARY}}}),
        told({"webhook": {"url": {"env": f"https://a.example/{CANARY}"}}}),
        told({"webhook": {"url": {"env": "HOOK"}, "headers": {"Authorization": f"Bearer {CANARY}"}}}),
        told({"apprise": {"url": {"plain": 7, "token": CANARY}}}),
        told(CANARY),
        {"control": {**HEADSCALE, "key": CANARY}},
        {"control": {**HEADSCALE, "key_file": CANARY}},
        {"control": {"kind": "tailscale", "client_id": "k", "client_secret_file": CANARY}},
        {"control": {**HEADSCALE, "key_file": "/key", "url": f"http://shore:{CANARY}@127.0.0.1:9"}},
        {"otel": {"endpoint": "http://127.0.0.1:4318", "headers": {"Authorization": f"Bearer {CANARY}"}}},
        {"otel": {"endpoint": "http://127.0.0.1:4318", "headers": f"Authorization={CANARY}"}},
        {"otel": {"endpoint": f"http://shore:{CANARY}@127.0.0.1:4318"}},
        {"tailscaled": {"auth_key": CANARY}},
        {"tailscaled": {"auth_key_file": CANARY}},
        {"tailscaled": {"login_server": f"https://shore:{CANARY}@headscale.example:443"}},
    ],
    ids=str,
)
def test_it_is_refused_without_being_shown(
    misplaced: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "farshore.json"
    path.write_text(json.dumps({"egresses": {"here": {"kind": "direct"}}, "routes": [ROUTE], **misplaced}))
    assert run(["check", "-c", str(path)]) is Exit.USAGE
    refused = capsys.readouterr()
    assert str(path) in refused.out
    run(["serve", "-c", str(path)])
    assert CANARY not in refused.out + refused.err + "".join(capsys.readouterr())
