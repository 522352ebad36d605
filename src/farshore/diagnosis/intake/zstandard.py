"""Text that was compressed with Zstandard (RFC 8878), read by DuckDB: Python has no reader of its own before 3.14.

DuckDB reads files alone, so the compressed bytes go through a temporary one; what comes out stays in memory.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_ROWS = 5000
# Every line is one column: no delimiter, no quotes; at most 8 MiB a line.
_LINES = """
    SELECT line FROM read_csv(?, compression = 'zstd', header = false, auto_detect = false, delim = '\\x01', quote = '',
        escape = '', columns = {'line': 'VARCHAR'}, max_line_size = 8388608, null_padding = true,
        parallel = false)
"""


class Lines:
    """A stream over the lines of a query's result; only as much is decompressed as is read."""

    def __init__(self, rows: "duckdb.DuckDBPyConnection") -> None:
        self._rows = rows

    def read(self, size: int = -1, /) -> bytes:
        """The text up to about `size` bytes, by whole blocks of lines; all of it if negative."""
        parts: list[bytes] = []
        length = 0
        while size < 0 or length < size:
            rows = self._rows.fetchmany(_ROWS)
            if not rows:
                break
            parts.append("".join(f"{line or ''}\n" for (line,) in rows).encode())
            length += len(parts[-1])
        return b"".join(parts)


@contextmanager
def open_lines(data: bytes) -> Iterator[Lines]:
    """The text of a Zstandard frame.

    Raises:
        ValueError: DuckDB is not installed, or the frame is broken or holds no text.
    """
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        msg = "Zstandard needs the `analysis` extra: pip install 'farshore[analysis]'"
        raise ValueError(msg) from None
    with tempfile.NamedTemporaryFile(suffix=".zst") as file, duckdb.connect() as connection:
        file.write(data)
        file.flush()
        try:
            yield Lines(connection.execute(_LINES, [file.name]))
        except duckdb.Error as error:
            msg = str(error).partition("\n")[0]
            raise ValueError(msg) from error
