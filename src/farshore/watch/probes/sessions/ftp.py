"""FTP by the standard library: login and a listing, whose data connection goes over the same path."""

# ruff: noqa: S321 - FTP is what is probed

import ftplib
import re
import socket
from contextlib import nullcontext, suppress

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, Link
from farshore.wire.excerpt import one_line

_MOST_READS = 1000
_DENIALS = ("530", "430")
_FULL = re.compile("(?i)maximum|too many|limit")


class FtpSession:
    """One control connection, and one for data."""

    module = "ftplib"
    extra = ""
    default_query = "."

    def guard(self, _: bytes) -> None:
        """Nothing speaks against it."""

    def run(self, link: Link, login: Login) -> None:
        """Log in, list, leave."""
        control = _Control(link)
        try:
            with control:
                control.connect(*link.address, timeout=link.wait_s)
                _log_in(control, login)
                link.logged_in(one_line((control.welcome or "")[4:].encode()) or "FTP")
                control.list_folder(login.query)
        except (ftplib.error_perm, ftplib.error_temp) as error:
            raise AnsweredError(str(error)) from error
        except (ftplib.Error, OSError, EOFError) as error:
            raise BrokenError(str(error) or "the connection ended") from error


def _log_in(control: ftplib.FTP, login: Login) -> None:
    try:
        control.login(login.user, login.password)
    except ftplib.error_perm as error:
        # RFC 959: 530 is "not logged in"; some servers are full with the same number.
        if str(error).startswith(_DENIALS) and not _FULL.search(str(error)):
            raise DeniedError(str(error)) from error
        raise


class _Control(ftplib.FTP):
    """Passive, and over the path whatever address the server announces."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    def list_folder(self, folder: str | None) -> None:
        """Hear the names in a folder, so many and no more; they are nobody's business.

        Going there tells whether there is such a folder: vsftpd lists one that is not there as an empty one.
        """
        if folder:
            self.voidcmd(f"CWD {folder}")
        with self._data("NLST") as data:
            is_whole = any(not data.recv(4096) for _ in range(_MOST_READS))
        # One whose listing is cut off says that it was: 426.
        with nullcontext() if is_whole else suppress(ftplib.Error):
            self.voidresp()

    def _data(self, command: str) -> socket.socket:
        try:
            port = ftplib.parse229(self.sendcmd("EPSV"), ("", 0))[1]
        except ftplib.error_perm:
            port = ftplib.parse227(self.sendcmd("PASV"))[1]
        data = socket.create_connection(self._link.more(port), self._link.wait_s)
        try:
            answer = self.sendcmd(command)
        except BaseException:
            data.close()
            raise
        if not answer.startswith("1"):
            data.close()
            raise ftplib.error_reply(answer)
        return data
