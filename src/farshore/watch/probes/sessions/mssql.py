"""SQL Server by python-tds (extra `mssql`)."""

import socket

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, Link

QUERY = "SELECT 1"
# Login failed; disabled, locked, expired, to be changed: "Database Engine events and errors", 18000 to 18999.
_DENIALS = frozenset({18452, 18456, 18461, 18470, 18486, 18487, 18488})


class MssqlSession:
    """One connection, encrypted with `ca_file`. The driver needs it wherever the server can encrypt."""

    module = "pytds"
    extra = "mssql"
    default_query = QUERY

    def guard(self, _: bytes) -> None:
        """Nothing speaks against it."""

    def run(self, link: Link, login: Login) -> None:
        """Log in, ask, leave."""
        import pytds  # noqa: PLC0415 - an extra

        try:
            with (
                socket.create_connection(link.address, link.wait_s) as upstream,
                pytds.connect(
                    dsn=link.host,
                    sock=upstream,
                    user=login.user,
                    password=login.password,
                    database=login.database,
                    login_timeout=link.wait_s,
                    timeout=link.wait_s,
                    disable_connect_retry=True,
                    cafile=str(login.ca_file) if login.ca_file else None,
                    validate_host=False,
                    appname="farshore_probe",
                    autocommit=True,
                ) as connection,
                connection.cursor() as cursor,
            ):
                version = connection.product_version
                link.logged_in(f"SQL Server {version >> 24}.{version >> 16 & 0xFF}.{version & 0xFFFF}")
                cursor.execute(login.query or self.default_query)
                cursor.fetchone()
        except (pytds.Error, OSError, EOFError) as error:
            number = getattr(error, "msg_no", 0)
            told = DeniedError if number in _DENIALS else AnsweredError
            raise (told if number else BrokenError)(str(error) or type(error).__name__) from error
