import io
import json
from pathlib import Path

import pytest

from farshore.app.cli import run
from farshore.app.exits import Exit

GENERAL = (
    "2026/03/04 05:50:34 failed: socks connect tcp 127.0.0.1:1055->10.9.8.7:1433: "
    "unknown error general SOCKS server failure\n"
)
REFUSED = "2026/03/04 05:50:34 socks5: client connection failed: connect tcp 10.9.8.7:1433: connection was refused\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "whatever.bin"
    path.write_text(GENERAL)
    return path


def test_undecided_a_cause_and_nothing_wrong_have_their_exits(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diagnose", str(log)]) == Exit.UNDECIDED
    assert capsys.readouterr().out.startswith("Undecided between M01, M05, M06 and M07\n")
    log.write_text(GENERAL + REFUSED)
    assert run(["diagnose", str(log)]) == Exit.FAILED
    log.write_text("pong from ferry-a (100.64.0.2) via 192.0.2.7:41641 in 46ms\n")
    assert run(["diagnose", str(log)]) == Exit.OK


def test_what_says_nothing_about_a_way_is_no_clean_bill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:1:1::/:/bin/false\n")
    assert run(["diagnose", str(tmp_path)]) == Exit.USAGE
    said = capsys.readouterr().out
    assert said.startswith("Nothing in what was given says anything about the way to a target.\n")
    assert "farshore doctor HOST:PORT --bundle" in said
    assert "passwd: nothing is known to be said by its 2 lines; it begins with:" in said
    (tmp_path / "passwd").write_text("2026/03/04 05:50:34 the kettle is on\n")
    assert run(["diagnose", str(tmp_path)]) == Exit.USAGE
    assert "Not read" not in capsys.readouterr().out
    (tmp_path / "passwd").unlink()
    assert run(["diagnose", str(tmp_path)]) == Exit.USAGE
    assert "a folder with no file in it" in capsys.readouterr().out


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO((GENERAL + REFUSED).encode())))
    assert run(["diagnose", "-"]) == Exit.FAILED
    assert capsys.readouterr().out.startswith("M05 ")


def test_input_that_cant_be_read_is_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_bytes(b"\x00\x01")
    assert run(["diagnose", str(tmp_path / "x")]) == Exit.USAGE
    assert "binary" in capsys.readouterr().out
    assert run(["diagnose", str(tmp_path / "nowhere")]) == Exit.USAGE
    assert "nowhere does not exist" in capsys.readouterr().err
    assert run(["diagnose"]) == Exit.USAGE


@pytest.mark.parametrize(
    ("format_", "begins"), [("json", "{"), ("markdown", "# Diagnosis"), ("html", "<!doctype html>")]
)
def test_every_format(log: Path, format_: str, begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diagnose", str(log), "--format", format_]) == Exit.UNDECIDED
    assert capsys.readouterr().out.startswith(begins)


def test_it_keeps_to_a_time_and_a_target(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diagnose", str(log), "--at", "2026-03-04T05:51:00Z", "--format", "json"]) == Exit.UNDECIDED
    assert json.loads(capsys.readouterr().out)["verdicts"][0]["subject"]["target"] == "10.9.8.7:1433"
    assert run(["diagnose", str(log), "--at", "2026-03-04 05:51"]) == Exit.UNDECIDED
    assert run(["diagnose", str(log), "--since", "2026-03-04T06:00:00Z"]) == Exit.USAGE
    told = "it is from 2026-03-04T05:50:34Z to 2026-03-04T05:50:34Z"
    assert f"nothing in what was given is from then; {told}" in capsys.readouterr().err
    assert run(["diagnose", str(log), "--target", "10.9.8.9:1433"]) == Exit.USAGE
    assert "is about 10.9.8.9:1433; it is about 10.9.8.7:1433." in capsys.readouterr().err
    assert run(["diagnose", str(log), "--at", "noon"]) == Exit.USAGE
    assert "--at takes a time like" in capsys.readouterr().err
    assert run(["diagnose", str(log), "--target", "nowhere"]) == Exit.USAGE


def test_a_cause_is_explained_and_a_wrong_code_is_helped(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "m07"]) == Exit.OK
    assert capsys.readouterr().out.startswith("M07 Route missing")
    assert run(["explain", "--list"]) == Exit.OK
    assert "\nM05  target" in capsys.readouterr().out
    assert run(["explain", "M99"]) == Exit.USAGE
    assert "no cause is called M99" in capsys.readouterr().err


def test_a_note_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pings = tmp_path / "pings.txt"
    pings.write_text("pong from ferry-a (100.64.0.2) via DERP(lab) in 46ms\n" * 3)
    assert run(["diagnose", str(pings)]) == Exit.OK
    assert "M11" in capsys.readouterr().out
