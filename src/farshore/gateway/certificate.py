"""The certificate that refusals show: from files, read again when they have changed, or made for this run alone."""

import os
import ssl
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from farshore.core.clock import Clock
from farshore.wire.refusal.tls import Contexts, contexts

# A clock that is behind ours takes it, too; it is thrown away when the gateway ends.
_VALID_BEFORE, _VALID_AFTER = timedelta(days=1), timedelta(days=3650)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCertified:
    """Why there is no certificate to show."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFiles:
    """Where a certificate and its key stand."""

    certificate: Path
    key: Path

    def load(self) -> Contexts | NotCertified:
        """Read them. A key that everybody may read is none."""
        try:
            mode = self.key.stat().st_mode
            if mode & (stat.S_IROTH | stat.S_IWOTH):
                return NotCertified(reason=f"everybody may read the key {self.key} (its mode is {mode & 0o777:04o})")
            return contexts(partial(_load, certificate=self.certificate, key=self.key))
        except ssl.SSLError as error:
            return NotCertified(reason=f"OpenSSL does not take {self.certificate} with {self.key}: {_why(error)}")
        except OSError as error:
            # OpenSSL does not say which of the two it is.
            name = error.filename or f"{self.certificate} or {self.key}"
            return NotCertified(reason=f"{name}: {(error.strerror or str(error)).lower()}")

    def state(self) -> tuple[tuple[int, int, int], ...] | None:
        """What is another thing once one of them has been replaced or written to; None where one can't be seen."""
        try:
            seen = [path.stat() for path in (self.certificate, self.key)]
        except OSError:
            return None
        return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in seen)


class Renewed:
    """A certificate in files that somebody renews. `warn` is told why the new one can't be shown in place of the old.

    The files are looked at whenever a client asks for TLS, and read where they have changed.
    """

    def __init__(self, files: CertificateFiles, warn: Callable[[str], None]) -> None:
        self._files = files
        self._warn = warn
        self._state: tuple[tuple[int, int, int], ...] | None = None
        self._shown: Contexts | None = None

    def offer(self) -> Contexts | None:
        """What is shown now."""
        state = self._files.state()
        if state is None or state == self._state:
            return self._shown
        self._state = state
        loaded = self._files.load()
        if isinstance(loaded, NotCertified):
            kept = "" if self._shown is None else "; the one before is shown on"
            self._warn(f"the certificate for refusals cannot be used: {loaded.reason}{kept}")
        else:
            self._shown = loaded
        return self._shown


class SelfMade:
    """A certificate of this run's own, made once; there is none without the extra `tls`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: Contexts | NotCertified | None = None

    def make(self) -> Contexts | NotCertified:
        """Make it, or say why not; it takes about a tenth of a second."""
        if self._made is None:
            self._made = _make(datetime.fromtimestamp(self._clock.wall_s(), UTC))
        return self._made

    def offer(self) -> Contexts | None:
        """What was made."""
        made = self.make()
        return None if isinstance(made, NotCertified) else made


def _make(now: datetime) -> Contexts | NotCertified:
    try:
        from cryptography import x509  # noqa: PLC0415 - an extra, imported where it is used
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    except ImportError:
        return NotCertified(reason="the library cryptography is not installed")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "farshore")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _VALID_BEFORE)
        .not_valid_after(now + _VALID_AFTER)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _load_from_memory(private + certificate.public_bytes(serialization.Encoding.PEM))


def _load_from_memory(pem: bytes) -> Contexts | NotCertified:
    """`SSLContext.load_cert_chain` reads files alone: this one is in memory, and gone when it returns."""
    fd = os.memfd_create("farshore-certificate")
    try:
        os.write(fd, pem)
        path = Path(f"/proc/self/fd/{fd}")
        return contexts(partial(_load, certificate=path, key=path))
    except OSError as error:
        return NotCertified(reason=f"it cannot be loaded: {error}")
    finally:
        os.close(fd)


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    # Without a password of its own OpenSSL would ask for one at the terminal.
    context.load_cert_chain(certificate, key, password=lambda: "")


def _why(error: ssl.SSLError) -> str:
    if not error.reason:
        return "one of them is not in PEM, or the key has a passphrase"
    return error.reason.replace("_", " ").lower()
