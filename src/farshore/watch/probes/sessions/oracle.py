"""Oracle by python-oracledb in its thin mode (extra `oracle`).

A listener that redirects would have the driver dial another address, past the path that is probed and perhaps past the
tailnet: such an answer is not passed on.
"""

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, Link

QUERY = "SELECT 1 FROM dual"
REDIRECTS = "the listener redirects, and a client would dial that address past the gateway"
# No such user or password; an empty password; locked; expired.
_DENIALS = ("ORA-01017", "ORA-01005", "ORA-28000", "ORA-28001")
# The type in the header of a packet.
_TYPE_AT, _REDIRECT = 4, 5


class OracleSession:
    """One connection to a service."""

    module = "oracledb"
    extra = "oracle"
    default_query = QUERY

    def guard(self, first: bytes) -> str | None:
        """A redirect is followed by nobody."""
        return REDIRECTS if first[_TYPE_AT : _TYPE_AT + 1] == bytes([_REDIRECT]) else None

    def run(self, link: Link, login: Login) -> None:
        """Log in, ask, leave."""
        import oracledb  # noqa: PLC0415 - an extra

        host, port = link.address
        try:
            with (
                oracledb.connect(
                    host=host,
                    port=port,
                    service_name=login.database,
                    user=login.user,
                    password=login.password,
                    tcp_connect_timeout=link.wait_s,
                    retry_count=0,
                ) as connection,
                connection.cursor() as cursor,
            ):
                link.logged_in(f"Oracle {connection.version}")
                cursor.execute(login.query or self.default_query)
                cursor.fetchone()
        except oracledb.Error as error:
            text = str(error)
            if text.startswith(_DENIALS):
                raise DeniedError(text) from error
            raise (AnsweredError if text.startswith("ORA-") else BrokenError)(text) from error
        except (OSError, EOFError) as error:
            raise BrokenError(str(error)) from error
