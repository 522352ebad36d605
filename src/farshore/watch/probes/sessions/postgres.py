"""Postgres by psycopg (extra `postgres`)."""

import re

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, Link

QUERY = "SELECT 1"
# libpq gives a refused login no SQLSTATE: the words of auth.c, and of a PgBouncer.
_DENIALS = ("authentication failed", "no password supplied", "is not permitted to log in", "no such user")
_NO_ROLE = re.compile(r'role ".*" does not exist')


class PostgresSession:
    """One connection, encrypted where the server can; with `ca_file` only then."""

    module = "psycopg"
    extra = "postgres"
    default_query = QUERY

    def guard(self, _: bytes) -> None:
        """Nothing speaks against it."""

    def run(self, link: Link, login: Login) -> None:
        """Log in, ask, leave."""
        import psycopg  # noqa: PLC0415 - an extra

        host, port = link.address
        try:
            with psycopg.connect(
                host=link.host,
                hostaddr=host,
                port=port,
                user=login.user,
                password=login.password,
                dbname=login.database or "postgres",
                connect_timeout=max(int(link.wait_s), 2),
                application_name="farshore_probe",
                gssencmode="disable",
                sslmode="verify-ca" if login.ca_file else "prefer",
                sslrootcert=str(login.ca_file) if login.ca_file else None,
            ) as connection:
                version = connection.info.parameter_status("server_version")
                link.logged_in(f"PostgreSQL {version}")
                connection.execute((login.query or self.default_query).encode()).fetchone()
        except psycopg.ProgrammingError as error:
            raise AnsweredError(str(error)) from error
        except psycopg.Error as error:
            if any(each in str(error) for each in _DENIALS) or _NO_ROLE.search(str(error)):
                raise DeniedError(str(error)) from error
            has_answered = error.sqlstate is not None or "FATAL:" in str(error)
            raise (AnsweredError if has_answered else BrokenError)(str(error)) from error
