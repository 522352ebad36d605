"""SFTP by paramiko (extra `sftp`): login with a password or a key, and a listing, at a server whose key is known."""

import base64
import hashlib
import socket
from typing import Any

from farshore.watch.probes.login import Login
from farshore.watch.probes.session import AnsweredError, BrokenError, DeniedError, Link


class SftpSession:
    """One connection with one channel. The password is told to nobody but the owner of the key."""

    module = "paramiko"
    extra = "sftp"
    default_query = "."

    def guard(self, _: bytes) -> None:
        """Nothing speaks against it."""

    def run(self, link: Link, login: Login) -> None:
        """Log in, list, leave."""
        import paramiko  # noqa: PLC0415 - an extra

        try:
            with (
                socket.create_connection(link.address, link.wait_s) as upstream,
                paramiko.Transport(upstream) as transport,
            ):
                transport.banner_timeout = transport.auth_timeout = link.wait_s
                transport.start_client(timeout=link.wait_s)
                _know(transport.get_remote_server_key().asbytes(), login)
                _log_in(transport, login)
                link.logged_in(transport.remote_version.partition("SSH-2.0-")[2] or transport.remote_version)
                _list(transport, login.query or self.default_query, link.wait_s)
        except paramiko.AuthenticationException as error:
            raise DeniedError(str(error)) from error
        except (PermissionError, FileNotFoundError) as error:
            raise AnsweredError(str(error)) from error
        except (paramiko.SSHException, paramiko.SFTPError, OSError, EOFError) as error:
            raise BrokenError(str(error) or "the connection ended") from error


def _know(key: bytes, login: Login) -> None:
    """The key's fingerprint, as `ssh-keygen -lf` writes it."""
    seen = "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    if seen != login.host_key:
        msg = f"the server's key is {seen}, and not host_key; no password was sent"
        raise AnsweredError(msg)


def _log_in(transport: Any, login: Login) -> None:  # noqa: ANN401 - paramiko has no types
    import paramiko  # noqa: PLC0415 - an extra

    if login.key_file is None:
        transport.auth_password(login.user, login.password, fallback=False)
        return
    try:
        key = paramiko.PKey.from_path(login.key_file, login.password.encode() or None)
    except OSError as error:
        msg = f"{login.key_file}: {error.strerror}"
        raise DeniedError(msg) from error
    except (ValueError, TypeError, paramiko.SSHException, paramiko.pkey.UnknownKeyType) as error:
        # With a passphrase that is wrong, `cryptography` says only that this is no key.
        msg = f"{login.key_file} is no private key, or its passphrase is not the password"
        raise DeniedError(msg) from error
    transport.auth_publickey(login.user, key)


def _list(transport: Any, folder: str, wait_s: float) -> None:  # noqa: ANN401 - paramiko has no types
    import paramiko  # noqa: PLC0415 - an extra

    client = paramiko.SFTPClient.from_transport(transport)
    if client is None:
        msg = "no SFTP channel"
        raise BrokenError(msg)
    with client:
        client.get_channel().settimeout(wait_s)
        client.listdir(folder)
