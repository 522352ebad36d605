"""The kinds of server, and the one question that each answers alike."""

from enum import StrEnum

USER, PASSWORD = "shore", "Secret123!"
TABLE = ("CREATE TABLE people (id integer, name varchar(20))", "INSERT INTO people VALUES (1, 'Ada'), (2, 'Grace')")
QUESTION = "SELECT name FROM people WHERE id = 2"
ANSWER = "Grace"
# Takes a Postgres long enough for somebody always to wait.
SLOW_QUESTION = "SELECT name FROM people, pg_sleep(0.2) WHERE id = 2"
BLOB_BYTES = 200 * 1000 * 1000


class Service(StrEnum):
    """What a server is; one real implementation each."""

    POSTGRES = "postgres"
    MARIADB = "mariadb"
    SQLSERVER = "sqlserver"
    SSH = "ssh"
    FTP = "ftp"
    BLOB = "blob"


WELL_KNOWN_PORTS = {
    Service.POSTGRES: 5432,
    Service.MARIADB: 3306,
    Service.SQLSERVER: 1433,
    Service.SSH: 22,
    Service.FTP: 21,
    Service.BLOB: 9000,
}
