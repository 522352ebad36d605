import msgspec

from farshore.collect.documents import Notebook
from farshore.diagnosis.collected import CollectedPing, Manifest

PING = CollectedPing(address="100.64.0.2", kind="tsmp", at="2026-03-04T05:50:34.250Z", tries=3, answered=False)


class Noon:
    """A clock that stands."""

    def monotonic_s(self) -> float:
        return 0.0

    def wall_s(self) -> float:
        return 1772603434.25


def test_what_is_kept_stands_in_the_manifest_with_its_observer_and_time() -> None:
    notebook = Notebook(clock=Noon(), observer="gw", version="1.102.3")
    notebook.keep("status-1.json", b"{}", "status")
    notebook.pings.append(PING)
    manifest, *files = notebook.documents(["keys"])
    told = msgspec.json.decode(manifest.data, type=Manifest)
    assert [(file.name, file.observer, file.version) for file in told.files] == [
        ("status-1.json", "gw", "1.102.3"),
        ("pings.json", "gw", "1.102.3"),
    ]
    assert [file.name for file in files] == [file.name for file in told.files]
    assert (told.redacted, told.files[0].time) == (["keys"], "2026-03-04T05:50:34.250Z")


def test_nothing_seen_makes_no_empty_files() -> None:
    assert [document.name for document in Notebook(clock=Noon()).documents()] == ["manifest.json"]
