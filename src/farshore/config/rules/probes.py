"""What looking at a target without any client costs it, where somebody asks for more than the default."""

import re
from collections.abc import Iterator

from farshore.config.model import Config, Probe, Protocol
from farshore.config.probe_login import Password, ProbeLogin
from farshore.config.problem import Finding, Loc, Severity

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_ANONYMOUS = frozenset({Protocol.TCP, Protocol.HTTP})
_DATABASES = frozenset({Protocol.SQLSERVER, Protocol.POSTGRES, Protocol.MYSQL, Protocol.ORACLE})


def findings(config: Config) -> Iterator[Finding]:
    """What is wrong with how targets are to be looked at."""
    for index, route in enumerate(config.routes):
        if route.probe_login is not None:
            yield from _login(("routes", index), route.protocol, route.probe_login)
        if route.probe is Probe.TCP and route.protocol is Protocol.MYSQL:
            yield Finding(
                loc=("routes", index, "probe"),
                expected="greeting or none for mysql, unless the server never blocks a host",
                found=route.probe.value,
                hint="every connection that hangs up at once counts against max_connect_errors, 100 if not changed, of "
                "the router's address; then the server refuses every client behind it",
                related=(("routes", index, "protocol"),),
                severity=Severity.WARNING,
            )


def _login(route: Loc, protocol: Protocol, login: ProbeLogin) -> Iterator[Finding]:
    """What is quoted by nobody where it may be a password."""
    loc: Loc = (*route, "probe_login")
    if protocol in _ANONYMOUS:
        expected = "probe_login: beside the protocol of a database, ftp or sftp"
        yield Finding(loc=loc, expected=expected, found=f"protocol: {protocol}", related=((*route, "protocol"),))
        return
    if login.password is not None:
        yield from _password((*loc, "password"), login.password)
    if login.database is not None and protocol not in _DATABASES:
        yield Finding(loc=(*loc, "database"), expected="no database for ftp and sftp")
    if login.ca_file is not None and protocol not in _DATABASES:
        yield Finding(loc=(*loc, "ca_file"), expected="no ca_file for ftp and sftp")
    if login.key_file is not None and protocol is not Protocol.SFTP:
        yield Finding(loc=(*loc, "key_file"), expected="for sftp only")
    if protocol is Protocol.ORACLE and login.database is None:
        yield Finding(loc=loc, expected="database: the service", found="no such field")
    if protocol is Protocol.SFTP and login.host_key is None:
        hint = "without it the password would be told to whoever answers: ssh-keyscan HOST | ssh-keygen -lf -"
        yield Finding(loc=loc, expected="host_key:", found="no such field", hint=hint)
    elif login.host_key is not None and (protocol is not Protocol.SFTP or not _HOST_KEY.fullmatch(login.host_key)):
        yield Finding(loc=(*loc, "host_key"), expected="for sftp only, SHA256: and 43 characters")


def _password(loc: Loc, password: Password) -> Iterator[Finding]:
    if (password.file is None) == (password.env is None):
        yield Finding(loc=loc, expected="file: or env:", found="neither" if password.file is None else "both")
    elif password.env is not None and not _VARIABLE.fullmatch(password.env):
        hint = "a password itself never stands in the file"
        expected = "the name of a variable, such as DB_PROBE_PASSWORD"
        yield Finding(loc=(*loc, "env"), expected=expected, found="something else", hint=hint)
