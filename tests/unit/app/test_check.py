from pathlib import Path

import pytest

from farshore.app import check as module
from farshore.app.check import CheckResult, check, completed
from farshore.app.exits import Exit
from farshore.config.load import load
from farshore.config.model import Config
from farshore.config.problem import Loaded


def checked(tmp_path: Path, text: str) -> CheckResult:
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path)


def test_a_good_file_is_one_line_on_what_would_be_served(tmp_path: Path) -> None:
    result = checked(tmp_path, "routes: [{listen: 8082, target: 172.16.20.88:1433}]")
    assert result == CheckResult(
        exit_code=Exit.OK, text="ok: 1 route would be served: 127.0.0.1:8082 to 172.16.20.88:1433 through tailnet."
    )


def test_the_egress_of_each_route_is_named(tmp_path: Path) -> None:
    text = "egresses: {a: {kind: tailscaled}, b: {kind: tailscaled}}\n"
    text += "routes: [{listen: 1025, target: '[::2]:1', egress: b}, {listen: 1026, target: '[::2]:1', egress: a}]"
    assert checked(tmp_path, text).text == (
        "ok: 2 routes would be served: 127.0.0.1:1025 to [::2]:1 through b, 127.0.0.1:1026 to [::2]:1 through a."
    )


def test_many_routes_are_counted(tmp_path: Path) -> None:
    routes = ", ".join(f"{{listen: {port}, target: '[::2]:1'}}" for port in range(8001, 8009))
    text = checked(tmp_path, f"listen_host: '::1'\nroutes: [{routes}]").text
    assert text.startswith("ok: 8 routes would be served: [::1]:8001 to [::2]:1 through tailnet, ")
    assert text.endswith(", and 3 more.")


def test_everything_wrong_is_told_and_the_exit_code_is_2(tmp_path: Path) -> None:
    result = checked(tmp_path, "routes: [{listen: 22, target: 127.0.0.1:1}, {listen: x, target: 172.16.0.1:1}]")
    lines = result.text.splitlines()
    assert result.exit_code is Exit.USAGE
    assert [line.partition(": expected")[0].rpartition(" ")[2] for line in lines[:2]] == [
        "routes[0].target",
        "routes[1].listen",
    ]
    assert lines[2].startswith("warning: ")
    assert lines[3] == "2 mistakes: this would not be served."


def test_a_founding_file_is_migrated_and_the_text_loads(tmp_path: Path) -> None:
    result = checked(tmp_path, 'portMappings: {8082: "172.16.20.88:1433"}')
    assert result.exit_code is Exit.OK
    warning, _, rest = result.text.partition("\n\nIn the present format:\n\n")
    assert warning.startswith("warning: ")
    assert "listen_host: 0.0.0.0" in warning
    migrated, _, verdict = rest.rpartition("\n\n")
    assert verdict.startswith("ok: 1 route would be served: 0.0.0.0:8082 to ")
    again = checked(tmp_path, migrated)
    assert again.exit_code is Exit.OK
    assert again.text == verdict


def test_a_missing_file_is_one_mistake(tmp_path: Path) -> None:
    result = check(tmp_path / "nope")
    assert result.exit_code is Exit.USAGE
    assert result.text.endswith("found no such file\n1 mistake: this would not be served.")


def test_a_known_descriptor_limit_is_held_against_the_file(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("routes: [{listen: 8082, target: 172.16.20.88:1433}]", encoding="utf-8")
    result = check(path, descriptor_limit=100)
    assert result.exit_code is Exit.OK
    assert "with the 100 descriptors" in result.text


def test_a_file_is_completed_as_it_was_when_it_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(
        f"egresses: {{t: {{kind: tailscaled, socket: {tmp_path}/s}}}}\nroutes: [{{listen: 8082, target: 172.16.0.1:1}}]"
    )
    reads: list[Path] = []

    def load_once(file: Path, *, descriptor_limit: int | None = None) -> Loaded:
        reads.append(file)
        loaded = load(file, descriptor_limit=descriptor_limit)
        file.unlink()
        return loaded

    monkeypatch.setattr(module, "load", load_once)
    config = completed(path)
    assert isinstance(config, Config), config
    assert [route.listen.first for route in config.routes] == [8082]
    path.write_text("routes: [{listen: x, target: 172.16.0.1:1}]")
    told = completed(path)
    assert isinstance(told, CheckResult)
    assert (told.exit_code, "routes[0].listen" in told.text) == (Exit.USAGE, True)
    assert reads == [path, path]
