"""The table of docs/refusals.md: `python -m tests.interop.refusals_table [--write]`.

Each client tries once against each way to refuse; the target's port is one where nobody listens.
"""

import argparse
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.interop.gate import Gate
from tests.interop.parts import ROOT
from tests.interop.refused import MODES, REFUSED, Refused, Shown, Told, refusing

PAGE = ROOT / "docs" / "refusals.md"
BEGIN, END = "<!-- table -->", "<!-- /table -->"
TITLES = {
    "postgres": "Postgres",
    "mysql": "MySQL and MariaDB",
    "sqlserver": "SQL Server",
    "oracle": "Oracle",
    "ftp": "FTP",
    "sftp": "SFTP, SSH",
    "http": "HTTP",
}
_HEAD = ["client", "`refuse: reset`", "`refuse: close`", "`refuse: protocol`", "seconds: reset, protocol"]


def measure(gateways: Mapping[Shown, Gate], client: Refused, folder: Path) -> list[str]:
    """One row. A client that is missing has one, too."""
    try:
        told = {mode: client.told(gateways, mode, folder) for mode in MODES}
    except pytest.skip.Exception as missing:
        return [client.name, str(missing), "", "", ""]
    notes = [f"**Not our text**: {client.cannot}."] if client.cannot else []
    notes += [f"{client.remark[0].upper()}{client.remark[1:]}."] if client.remark else []
    cells = [_cell(told[mode]) for mode in MODES]
    cells[-1] = "<br>".join([cells[-1], *notes])
    return [client.name, *cells, f"{told['reset'].took_s:.1f}, {told['protocol'].took_s:.1f}"]


def _cell(told: Told) -> str:
    return "<br>".join(f"`{line}`" for line in told.lines).replace("|", "\\|")


def main() -> None:
    """Run them, print, and write if asked to."""
    parser = argparse.ArgumentParser(description="what clients print when they are refused")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    parts = []
    with TemporaryDirectory() as name, refusing(Path(name)) as gateways:
        for protocol, clients in groupby(REFUSED, lambda client: client.protocol):
            rows = [_HEAD, ["---"] * len(_HEAD), *(measure(gateways, client, Path(name)) for client in clients)]
            parts.append(f"### {TITLES[protocol]}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows))
    text = "\n\n".join(parts)
    print(text)
    if options.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
