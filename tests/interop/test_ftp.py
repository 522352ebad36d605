"""Files through the gateway, to both servers: listings, transfers, what is resumed, what is broken off, and a crowd."""

import ftplib
import hashlib
import io
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.interop.blobs import digest
from tests.interop.ftp_servers import FtpServer, ftp_server
from tests.interop.gate import ORDERLY, Gate, gate
from tests.interop.parts import program

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

BLOB_BYTES = 50_000_000
CROWD = 200
LARGE_BYTES = 1_000_000_000
PIECE = 100_000
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def blob(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ftp") / "blob"
    piece = hashlib.sha512(b"farshore").digest() * 15_625
    path.write_bytes(b"".join(piece[number:] + piece[:number] for number in range(BLOB_BYTES // len(piece))))
    return path


@pytest.fixture(scope="module", params=["vsftpd", "proftpd"])
def server(request: pytest.FixtureRequest, blob: Path) -> Iterator[FtpServer]:
    with ftp_server(request.param, blob) as running:
        yield running


@pytest.fixture(scope="module")
def carried(server: FtpServer) -> Iterator[Gate]:
    with gate(
        egress={"kind": "direct"}, targets={"files": f"127.0.0.1:{server.port}"}, settings={"protocol": "ftp"}
    ) as opened:
        yield opened


class Extended(ftplib.FTP):
    """A client that asks for EPSV over IPv4, too."""

    def makepasv(self) -> tuple[str, int]:
        peer = ("127.0.0.1", 0)
        return peer[0], ftplib.parse229(self.sendcmd("EPSV"), peer)[1]  # noqa: S321 - plain FTP is what is carried


class Repeated(io.RawIOBase):
    """A file of so many bytes, a piece again and again, numbered at each read; `digest` is of what was read."""

    def __init__(self, piece: bytes, size: int) -> None:
        self.digest = hashlib.sha256()
        self._piece = piece
        self._left = size
        self._at = self._number = 0

    def read(self, size: int = -1) -> bytes:
        data = b"%08d" % self._number + self._piece[self._at : self._at + size]
        data = data[: min(size, self._left)]
        self._left -= len(data)
        self._number += 1
        self._at = (self._at + size) % len(self._piece)
        self.digest.update(data)
        return data


def logged_in(carried: Gate, *, extended: bool = False) -> ftplib.FTP:
    client = Extended(timeout=60) if extended else ftplib.FTP(timeout=60)  # noqa: S321 - as above
    client.connect(carried.host, carried.ports["files"])
    client.login("anonymous", "somebody@example.com")
    return client


@pytest.mark.parametrize("extended", [False, True], ids=["pasv", "epsv"])
def test_files_come_and_go_unchanged(carried: Gate, server: FtpServer, blob: Path, extended: bool) -> None:  # noqa: FBT001
    heard = hashlib.sha256()
    with logged_in(carried, extended=extended) as client:
        assert {Path(name).name for name in client.nlst()} == {"blob", "up"}
        client.retrbinary("RETR blob", heard.update)
        name = f"whole-{extended}"
        with blob.open("rb") as source:
            assert client.storbinary(f"STOR up/{name}", source).startswith("226")
    assert heard.hexdigest() == digest(blob, BLOB_BYTES) == digest(server.files / "up" / name, BLOB_BYTES)
    ended = carried.endings()
    assert {line["code"] for line in ended} <= ORDERLY
    assert sum(line["upstream_bytes"] >= BLOB_BYTES for line in ended) == 1
    assert sum(line["client_bytes"] >= BLOB_BYTES for line in ended) == 1


@pytest.mark.slow
def test_a_gigabyte_goes_up_and_comes_down_unchanged(carried: Gate, server: FtpServer, blob: Path) -> None:
    sent, heard = Repeated(blob.read_bytes(), LARGE_BYTES), hashlib.sha256()
    with logged_in(carried) as client:
        assert client.storbinary("STOR up/large", sent, blocksize=1 << 20).startswith("226")
        client.retrbinary("RETR up/large", heard.update, blocksize=1 << 20)
    (server.files / "up" / "large").unlink()
    assert heard.hexdigest() == sent.digest.hexdigest()
    ended = carried.endings()
    assert {line["code"] for line in ended} <= ORDERLY
    assert sum(line["client_bytes"] == LARGE_BYTES for line in ended) == 1
    assert sum(line["upstream_bytes"] == LARGE_BYTES for line in ended) == 1


def test_what_is_empty_is_no_failure(carried: Gate, server: FtpServer) -> None:
    (server.files / "empty").touch()
    (server.files / "void").mkdir(exist_ok=True)
    with logged_in(carried) as client:
        heard = io.BytesIO()
        client.retrbinary("RETR empty", heard.write)
        assert heard.getvalue() == b""
        assert client.nlst("void") == []
        client.storbinary("STOR up/empty", io.BytesIO())
    assert set(carried.codes()) <= ORDERLY
    (server.files / "empty").unlink()
    (server.files / "void").rmdir()


def test_a_download_is_resumed_where_it_stopped(carried: Gate, blob: Path) -> None:
    rest = io.BytesIO()
    with logged_in(carried) as client:
        client.retrbinary("RETR blob", rest.write, rest=BLOB_BYTES - PIECE)
    assert rest.getvalue() == blob.read_bytes()[-PIECE:]
    carried.endings()


@pytest.mark.parametrize("flags", [0, socket.MSG_OOB], ids=["plain", "urgent"])
def test_a_transfer_that_is_broken_off_leaves_the_control_connection_usable(carried: Gate, flags: int) -> None:
    with logged_in(carried) as client:
        data = client.transfercmd("RETR blob")
        assert data.recv(1000)
        assert client.sock is not None
        client.sock.sendall(b"ABOR\r\n", flags)
        data.close()
        replies = [_reply(client)]
        while not replies[-1].startswith("22"):
            replies.append(_reply(client))
        assert replies[0].startswith("426")
        assert client.pwd() == "/"
        assert {Path(name).name for name in client.nlst()} >= {"blob"}
    carried.endings()


def test_curl_lists_and_fetches(carried: Gate, blob: Path, tmp_path: Path) -> None:
    address = f"ftp://{carried.host}:{carried.ports['files']}/"
    for options in ([], ["--disable-epsv"]):
        fetched = tmp_path / "fetched"
        curl = [program("curl", "curl"), "-sS", "--max-time", "60", *options]
        listing = subprocess.run([*curl, address], capture_output=True, text=True, check=True).stdout
        assert "blob" in listing
        subprocess.run([*curl, "-o", str(fetched), f"{address}blob"], check=True)
        assert digest(fetched, BLOB_BYTES) == digest(blob, BLOB_BYTES)
    carried.endings()


def test_active_mode_is_carried_where_the_server_is_near(carried: Gate, server: FtpServer, blob: Path) -> None:
    heard = hashlib.sha256()
    with logged_in(carried) as client:
        client.set_pasv(False)
        assert {Path(name).name for name in client.nlst()} >= {"blob", "up"}
        client.retrbinary("RETR blob", heard.update)
        with blob.open("rb") as source:
            assert client.storbinary("STOR up/active", source).startswith("226")
    assert heard.hexdigest() == digest(blob, BLOB_BYTES) == digest(server.files / "up" / "active", BLOB_BYTES)
    assert set(carried.codes()) <= ORDERLY


def test_active_mode_leads_to_nobody_else(carried: Gate) -> None:
    with logged_in(carried) as client:
        with pytest.raises(ftplib.error_perm, match="502 farshore: active mode leads to your own address"):
            client.sendport("127.0.0.9", 2000)
        assert client.nlst()
    carried.endings()


def test_two_hundred_transfers_at_once(carried: Gate, blob: Path) -> None:
    wanted = blob.read_bytes()[-PIECE:]

    # vsftpd lets 32 wait to be accepted.
    door, all_are_open = threading.Semaphore(16), threading.Barrier(CROWD)

    def fetch(_: int) -> bool:
        with door:
            client = logged_in(carried)
        client.voidcmd("TYPE I")
        heard = b""
        with client, client.transfercmd("RETR blob", rest=BLOB_BYTES - PIECE) as data:
            all_are_open.wait(PATIENCE_S)
            while more := data.recv(65536):
                heard += more
            client.voidresp()
        return heard == wanted

    with ThreadPoolExecutor(CROWD) as crowd:
        assert list(crowd.map(fetch, range(CROWD))) == [True] * CROWD
    codes = carried.codes()
    assert len(codes) == 2 * CROWD
    assert set(codes) <= ORDERLY


def _reply(client: ftplib.FTP) -> str:
    try:
        return client.getresp()
    except ftplib.error_temp as broken_off:
        return str(broken_off)
