"""MySQL and MariaDB by PyMySQL (extra `mysql`)."""

import socket
import ssl

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, Link
from farshore.wire.openings.mysql import product

QUERY = "SELECT 1"
# Errors from 2000 to 2999 are the client's own (include/errmsg.h); all others the server's.
_CLIENT_ERRORS = range(2000, 3000)
# The user or the password is wrong, the password has expired, the account is locked: MySQL, and the last one MariaDB.
_DENIALS = frozenset({1045, 1698, 1862, 3118, 3955, 4151})


class MysqlSession:
    """One connection, encrypted with `ca_file`."""

    module = "pymysql"
    extra = "mysql"
    default_query = QUERY

    def guard(self, _: bytes) -> None:
        """Nothing speaks against it."""

    def run(self, link: Link, login: Login) -> None:
        """Log in, ask, leave."""
        import pymysql  # noqa: PLC0415 - an extra

        try:
            connection = pymysql.connect(
                host=link.host,
                user=login.user,
                password=login.password,
                database=login.database,
                ssl=_context(login),
                read_timeout=link.wait_s,
                write_timeout=link.wait_s,
                defer_connect=True,
            )
            with socket.create_connection(link.address, link.wait_s) as upstream:
                connection.connect(upstream)
                with connection, connection.cursor() as cursor:
                    link.logged_in(product(connection.get_server_info().encode()))
                    cursor.execute(login.query or self.default_query)
                    cursor.fetchone()
        except (pymysql.Error, OSError, EOFError) as error:
            number = error.args[0] if error.args else None
            has_answered = isinstance(number, int) and number and number not in _CLIENT_ERRORS
            is_answer = isinstance(error, pymysql.Error) and has_answered
            told = DeniedError if number in _DENIALS else AnsweredError
            raise (told if is_answer else BrokenError)(": ".join(map(str, error.args))) from error


def _context(login: Login) -> ssl.SSLContext | None:
    """Who signed is what counts: targets are addresses, certificates are made out to names."""
    if login.ca_file is None:
        return None
    context = ssl.create_default_context(cafile=login.ca_file)
    context.check_hostname = False
    return context
