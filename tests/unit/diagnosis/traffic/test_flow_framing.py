import json
from pathlib import Path

import pytest
from tests.unit.diagnosis.traffic import outage

from farshore.diagnosis.intake.document import HEAD_BYTES
from farshore.diagnosis.lake.flow_files import EACH, Framing
from farshore.diagnosis.traffic.flow_framing import Framed, framed, unwrap

MESSAGES = outage.messages() * 6


def lines(values: list[object]) -> str:
    return "\n".join(json.dumps(value) for value in values)


@pytest.mark.parametrize(
    ("text", "framing"),
    [
        (lines([*MESSAGES]), Framing()),
        (lines([{"event": each, "time": 1} for each in MESSAGES]), Framing(steps=("event",))),
        (
            lines([{"_source": {"b": {"logs": [each]}}} for each in MESSAGES]),
            Framing(steps=("_source", "b", "logs", EACH)),
        ),
        (json.dumps(MESSAGES), Framing("array")),
        (json.dumps(MESSAGES, indent=1), Framing("array")),
        (json.dumps([{"event": each} for each in MESSAGES]), Framing("array", ("event",))),
        (json.dumps({"logs": MESSAGES}), Framing("array")),
        (json.dumps({"logs": MESSAGES}, indent=1) + "\n", Framing("array")),
    ],
    ids=["lines", "envelopes", "responses", "array", "array on lines", "array of envelopes", "response", "on lines"],
)
def test_the_framing_is_told_from_the_beginning(tmp_path: Path, text: str, framing: Framing) -> None:
    assert len(text) > HEAD_BYTES
    path = tmp_path / "f"
    path.write_text(text)
    found = framed(path)
    assert found is not None
    assert found.framing == framing
    if framing.format == "array":
        inside = json.loads(unwrap(path, found, tmp_path / "copy").read_text())
        assert len(inside) == len(MESSAGES)


@pytest.mark.parametrize(
    "text",
    [
        lines([{"event": MESSAGES[0]}, MESSAGES[0]]),
        lines([{"message": json.dumps(each)} for each in MESSAGES]),
        json.dumps({"logs": MESSAGES, "next": "page"}),
        json.dumps({"next": "page", "logs": MESSAGES}),
        json.dumps({"devices": [{"nodeId": "n1"}] * 5000}),
        "nodeId,src,dst\n",
        "",
    ],
    ids=["mixed", "JSON in text", "more behind", "more before", "devices", "table", "empty"],
)
def test_what_the_readers_alone_can_tell_is_left_to_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f"
    path.write_text(text)
    assert framed(path) is None


def test_a_file_with_nothing_around_is_not_copied(tmp_path: Path) -> None:
    path = outage.write(tmp_path / "f")
    assert unwrap(path, Framed(Framing()), tmp_path / "copy") == path
    assert not (tmp_path / "copy").exists()
