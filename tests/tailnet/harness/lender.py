"""An application with a connection pool, as a program. It asks, waits to be told, and asks again.

`lender.py PORT tested` lends no connection that it has not tested, `untested` lends what it has. Its log on standard
error is what such an application writes: psycopg's pool by itself, and the driver's own text.
"""

import logging
import sys
import time

import psycopg
from psycopg_pool import ConnectionPool
from tests.interop.service import PASSWORD, QUESTION, USER

MOST_QUESTIONS = 5
LOG = logging.getLogger("application")


def ask(pool: ConnectionPool) -> bool:
    """One question over a pooled connection; whether it was answered."""
    try:
        with pool.connection() as connection:
            connection.execute(QUESTION).fetchall()
    except psycopg.OperationalError as error:
        LOG.error("OperationalError: %s", " ".join(str(error).split()))  # noqa: TRY400 - the text is what is logged
        return False
    return True


def main(port: str, way: str) -> None:
    """Ask, say `asked`, wait for a line, and ask until it is answered again."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    logging.getLogger("psycopg").setLevel(logging.INFO)
    conninfo = f"host=127.0.0.1 port={port} user={USER} password={PASSWORD} dbname=postgres"
    check = {"tested": ConnectionPool.check_connection, "untested": None}[way]
    with ConnectionPool(conninfo, min_size=1, max_size=1, open=True, check=check) as pool:
        assert ask(pool)
        print("asked", flush=True)
        sys.stdin.readline()
        assert any(ask(pool) for _ in range(MOST_QUESTIONS))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
