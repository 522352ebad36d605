from pathlib import Path

import pytest
from tests.interop.blobs import digest
from tests.interop.clients import Answer, drive, sftp
from tests.interop.gate import ORDERLY, Gate
from tests.interop.servers import Servers
from tests.interop.service import BLOB_BYTES, Service

pytestmark = [pytest.mark.interop, pytest.mark.slow, pytest.mark.timeout(300)]


def test_200_mb_come_down_unchanged(way: Gate, servers: Servers) -> None:
    blob = servers.get(Service.BLOB).folder / "blob"

    seen = drive("download", way.host, way.ports[Service.BLOB], BLOB_BYTES)

    (ended,) = way.endings()
    assert seen == {"bytes": BLOB_BYTES, "sha256": digest(blob, BLOB_BYTES)}
    assert ended["upstream_bytes"] == BLOB_BYTES
    assert ended["code"] == "upstream.transfer.closed"


def test_200_mb_go_up_unchanged(way: Gate, servers: Servers) -> None:
    blob = servers.get(Service.BLOB).folder / "blob"

    seen = drive("upload", way.host, way.ports[Service.BLOB], BLOB_BYTES, blob)

    (ended,) = way.endings()
    assert seen == {"sha256": digest(blob, BLOB_BYTES)}
    assert ended["client_bytes"] == BLOB_BYTES + len(f"PUT {BLOB_BYTES}\n")
    assert ended["code"] in ORDERLY


def test_200_mb_through_sftp_come_back_unchanged(way: Gate, servers: Servers, tmp_path: Path) -> None:
    blob, ssh = servers.get(Service.BLOB).folder / "blob", servers.get(Service.SSH)

    answer = sftp(way.host, way.ports[Service.SSH], blob, ssh.folder / "client_key", tmp_path)

    codes = way.codes()
    assert answer == Answer(value=digest(blob, BLOB_BYTES))
    assert len(codes) == 1
    assert set(codes) <= ORDERLY
