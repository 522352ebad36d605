import pytest

from farshore.config.fields import UnfitError
from farshore.config.journal import Journal, read_size, write_size
from farshore.config.load import parse


@pytest.mark.parametrize(
    ("text", "size"), [("8MiB", 8 << 20), ("1GiB", 1 << 30), ("500MB", 500_000_000), ("2GB", 2 * 10**9)]
)
def test_a_size_is_read_and_written_back(text: str, size: int) -> None:
    assert read_size(text) == size
    assert write_size(size) == text


@pytest.mark.parametrize("text", ["", "1", "512", "512mb", "1.5GiB", "7MiB", "2000GiB", "0GiB", "-1GiB", None, 8388608])
def test_anything_else_is_no_size(text: object) -> None:
    with pytest.raises(UnfitError, match="512MiB"):
        read_size(text)


def test_a_path_is_all_it_takes() -> None:
    journal = Journal.model_validate({"path": "/var/lib/farshore/journal.db"})
    assert (journal.keep_s, journal.keep_outages_s, journal.max_size) == (30 * 86400, 366 * 86400, 240 << 20)


def test_there_is_none_unless_it_is_written() -> None:
    routes = "routes: [{listen: 8082, target: 10.0.0.1:1433}]\n"
    loaded = parse(routes.encode(), "f.yaml")
    assert loaded.config is not None
    assert loaded.config.journal is None
    [problem] = parse(f"{routes}journal: {{}}\n".encode(), "f.yaml").problems
    assert "journal.path" in str(problem)
    [relative] = parse(f"{routes}journal: {{path: journal.db, max_size: 1GiB}}\n".encode(), "f.yaml").problems
    assert "an absolute path" in str(relative)
