import os
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.unit.gateway.clocks import HeldClock

from farshore.gateway.certificate import CertificateFiles, NotCertified, Renewed, SelfMade
from farshore.wire.refusal.tls import Contexts

PEM = serialization.Encoding.PEM


def written(folder: Path, name: str = "known", passphrase: bytes = b"") -> CertificateFiles:
    """A certificate of that name and its key, in files; written anew where they are there."""
    folder.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    files = CertificateFiles(certificate=folder / "tls.crt", key=folder / "tls.key")
    files.certificate.write_bytes(made.public_bytes(PEM))
    files.key.touch(0o600)
    files.key.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, lock))
    return files


def shown(contexts: Contexts | None) -> str:
    """The name in the certificate that a client is shown."""
    assert contexts is not None
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = theirs.wrap_bio(back, there)
    server = contexts.postgres.wrap_bio(there, back, server_side=True)
    for each in (client, server):
        with pytest.raises(ssl.SSLWantReadError):
            each.do_handshake()
    client.do_handshake()
    der = client.getpeercert(binary_form=True)
    assert der is not None
    (name,) = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(name.value)


def why(files: CertificateFiles) -> str:
    loaded = files.load()
    assert isinstance(loaded, NotCertified)
    return loaded.reason


def test_a_certificate_is_read_from_files(tmp_path: Path) -> None:
    loaded = written(tmp_path).load()
    assert isinstance(loaded, Contexts)
    assert shown(loaded) == "known"


@pytest.mark.parametrize(("mode", "is_taken"), [(0o600, True), (0o640, True), (0o644, False), (0o602, False)])
def test_a_key_that_everybody_may_read_is_none(tmp_path: Path, mode: int, is_taken: bool) -> None:  # noqa: FBT001
    files = written(tmp_path)
    files.key.chmod(mode)
    loaded = files.load()
    assert isinstance(loaded, Contexts) == is_taken
    if isinstance(loaded, NotCertified):
        assert loaded.reason == f"everybody may read the key {files.key} (its mode is {mode:04o})"


def test_what_cannot_be_shown_says_why(tmp_path: Path) -> None:
    files = written(tmp_path)
    other = written(tmp_path / "other", passphrase=b"Secret123!")
    assert "key values mismatch" in why(
        CertificateFiles(certificate=files.certificate, key=written(tmp_path / "b").key)
    )
    assert "the key has a passphrase" in why(other)
    assert "not in PEM" in why(CertificateFiles(certificate=Path(os.devnull), key=files.key))
    assert why(CertificateFiles(certificate=files.certificate, key=tmp_path / "gone")).endswith(
        "no such file or directory"
    )
    gone = CertificateFiles(certificate=tmp_path / "gone", key=files.key)
    assert why(gone).endswith("no such file or directory")
    assert str(gone.certificate) in why(gone)


def test_a_renewed_certificate_is_shown_from_then_on(tmp_path: Path) -> None:
    told: list[str] = []
    renewed = Renewed(written(tmp_path, "before"), told.append)
    before = renewed.offer()
    assert renewed.offer() is before
    assert shown(before) == "before"
    written(tmp_path, "after, and longer")
    assert shown(renewed.offer()) == "after, and longer"
    assert not told


def test_one_that_cannot_be_read_any_more_is_told_once_and_the_one_before_is_shown_on(tmp_path: Path) -> None:
    told: list[str] = []
    files = written(tmp_path, "before")
    renewed = Renewed(files, told.append)
    renewed.offer()
    files.certificate.write_text("nothing")
    assert [shown(renewed.offer()) for _ in range(2)] == ["before", "before"]
    (message,) = told
    assert message.endswith("one of them is not in PEM, or the key has a passphrase; the one before is shown on")
    files.certificate.unlink()
    assert shown(renewed.offer()) == "before"
    assert len(told) == 1


def test_there_may_be_none_yet(tmp_path: Path) -> None:
    told: list[str] = []
    files = CertificateFiles(certificate=tmp_path / "tls.crt", key=tmp_path / "tls.key")
    renewed = Renewed(files, told.append)
    assert renewed.offer() is None
    written(tmp_path)
    assert shown(renewed.offer()) == "known"


def test_one_is_made_once_where_none_is_named() -> None:
    made = SelfMade(HeldClock())
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert shown(made.offer()) == "farshore"
    assert made.offer() is made.offer()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_without_the_library_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    made = SelfMade(HeldClock())
    assert made.make() == NotCertified(reason="the library cryptography is not installed")
    assert made.offer() is None
