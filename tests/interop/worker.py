"""Workers that share a psycopg pool and ask again and again, as a program: `worker.py HOST PORT WORKERS`.

One JSON line each time: `worker`, `at_s` (when it was over, Unix time), `took_s`, `error` (null if it was answered).
As many connections as workers; ends at once with its standard input, whatever hangs.
"""

import json
import os
import sys
import threading
import time

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout
from tests.interop.service import PASSWORD, SLOW_QUESTION, USER

PAUSE_S = 0.1


def ask(pool: ConnectionPool, worker: int) -> None:
    """Ask for ever."""
    while True:
        start_s, error = time.monotonic(), None
        try:
            with pool.connection() as connection:
                connection.execute(SLOW_QUESTION).fetchall()
        except (psycopg.Error, PoolTimeout) as told:
            error = f"{type(told).__name__}: {told}"
        took_s = time.monotonic() - start_s
        line = {"worker": worker, "at_s": time.time(), "took_s": took_s, "error": error}
        os.write(sys.stdout.fileno(), json.dumps(line).encode() + b"\n")
        time.sleep(PAUSE_S)


def main(host: str, port: str, workers: int) -> None:
    """Start the workers once the pool is full, and wait for the end."""
    conninfo = f"host={host} port={port} user={USER} password={PASSWORD} dbname=postgres"
    pool = ConnectionPool(conninfo, min_size=workers, max_size=workers, open=True)
    pool.wait()
    for worker in range(workers):
        threading.Thread(target=ask, args=(pool, worker), daemon=True).start()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
