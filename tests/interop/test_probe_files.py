"""`farshore probe` logs in to FTP and SFTP servers and lists a folder."""

import contextlib
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.interop.ftp_servers import ftp_server
from tests.interop.servers import LOOPBACK
from tests.interop.service import PASSWORD, USER
from tests.interop.sftp_servers import sftp_server

from farshore.app.cli import run
from farshore.app.exits import Exit

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]

SERVERS = ("vsftpd", "proftpd", "sftp")
PHRASE = "Phrase-123!"
WRONG = "Wrong-123!"
Route = dict[str, object]


@contextmanager
def route_to(name: str, password: str, folder: Path) -> Iterator[Route]:
    """A route to such a server, and a login there."""
    secret = folder / "password"
    if name == "sftp":
        secret.write_text(password)
        with sftp_server() as server:
            login = {"user": USER, "password": {"file": str(secret)}, "host_key": server.host_key}
            yield {"target": f"{LOOPBACK.host}:{server.port}", "protocol": "sftp", "probe_login": login}
        return
    blob = folder / "blob"
    blob.write_bytes(b"x")
    secret.write_text("probe@example.com" if password == PASSWORD else password)
    user = "anonymous" if password == PASSWORD else "nobody-of-ours"
    with ftp_server(name, blob) as ftp:
        login = {"user": user, "password": {"file": str(secret)}}
        yield {"target": f"{LOOPBACK.host}:{ftp.port}", "protocol": "ftp", "probe_login": login}


def probed(route: Route, folder: Path, *flags: str) -> Exit:
    routes = [{"name": "files", "listen": 9, "allow_direct": True} | route]
    config = {"egresses": {"out": {"kind": "direct"}}, "routes": routes, "health": None, "admin": None}
    file = folder / "farshore.json"
    file.write_text(json.dumps(config))
    times = ("--for", "1s", "--every", "100ms", "--format", "json", "--journal", str(folder / "probe.db"))
    return run(["probe", "files", *times, *flags, "-c", str(file)])


@pytest.mark.parametrize("name", SERVERS)
def test_a_folder_is_listed(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with route_to(name, PASSWORD, tmp_path) as route:
        ended = probed(route, tmp_path)
    told = json.loads(capsys.readouterr().out)
    assert (ended, told["codes"], told["query"]) == (Exit.OK, {}, ".")
    assert told["layers"]["query"]["count"] == 10


@pytest.mark.parametrize(("name", "says"), [("vsftpd", "550"), ("proftpd", "550"), ("sftp", "No such file")])
def test_a_folder_that_is_not_there_is_the_servers_own_words(
    name: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with route_to(name, PASSWORD, tmp_path) as route:
        probed(route, tmp_path, "--query", "nowhere-to-be-found")
    told = json.loads(capsys.readouterr().out)
    assert (told["codes"], told["query"]) == ({"target.query.refused": 10}, "nowhere-to-be-found")
    with contextlib.closing(sqlite3.connect(tmp_path / "probe.db")) as journal:
        ((detail,),) = journal.execute("SELECT DISTINCT detail FROM probe_results").fetchall()
    assert says in detail


@pytest.mark.parametrize("name", SERVERS)
def test_a_wrong_password_is_tried_once_and_shown_nowhere(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with route_to(name, WRONG, tmp_path) as route:
        ended = probed(route, tmp_path)
    told = capsys.readouterr()
    assert (ended, told.out) == (Exit.USAGE, "")
    assert "the target of files denies the login as" in told.err
    assert WRONG not in told.err
    assert WRONG.encode() not in b"".join(each.read_bytes() for each in tmp_path.glob("probe.db*"))


@pytest.mark.parametrize(
    ("phrase", "given", "ended"), [("", "", Exit.OK), (PHRASE, PHRASE, Exit.OK), (PHRASE, WRONG, Exit.USAGE)]
)
def test_a_key_takes_the_place_of_a_password(
    phrase: str, given: str, ended: Exit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sftp_server() as server:
        subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", phrase, "-f", str(server.client_key)], check=True)
        login: dict[str, object] = {"user": USER, "key_file": str(server.client_key), "host_key": server.host_key}
        if given:
            (tmp_path / "phrase").write_text(given)
            login["password"] = {"file": str(tmp_path / "phrase")}
        route: Route = {"target": f"{LOOPBACK.host}:{server.port}", "protocol": "sftp", "probe_login": login}
        assert probed(route, tmp_path) is ended
        tried = server.log.read_text().count("Accepted publickey")
    told = capsys.readouterr()
    assert tried == (11 if ended is Exit.OK else 0)
    assert PHRASE not in told.out + told.err
    if ended is Exit.OK:
        assert json.loads(told.out)["codes"] == {}
    else:
        assert f"{server.client_key} is no private key, or its passphrase" in told.err


def test_a_server_with_another_key_is_told_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sftp_server() as server:
        (tmp_path / "password").write_text(PASSWORD)
        login = {"user": USER, "password": {"file": str(tmp_path / "password")}, "host_key": "SHA256:" + "a" * 43}
        route: Route = {"target": f"{LOOPBACK.host}:{server.port}", "protocol": "sftp", "probe_login": login}
        assert probed(route, tmp_path) is Exit.FAILED
        log = server.log.read_text()
    assert json.loads(capsys.readouterr().out)["codes"] == {"target.login.refused": 10}
    assert "password" not in log
