import datetime as dt
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.unit.notify.endpoints import Said, Says, endpoint
from tests.unit.surface.seen import StoppedClock

from farshore.notify import answer
from farshore.notify.answer import NotTaken
from farshore.notify.post import MAX_PAUSE_S, Poster, Request, may_lead_to, resolve

pytestmark = pytest.mark.anyio


async def post(url: str, poster: Poster | None = None, **headers: str) -> answer.Answer:
    poster = poster or Poster(StoppedClock())
    try:
        return await poster.post(Request(url=url, body=b"{}", headers=headers))
    finally:
        await poster.aclose()


def leading_to(*addresses: str) -> Poster:
    def found(host: str, port: int) -> Sequence[str]:
        return addresses

    return Poster(StoppedClock(), resolver=found)


def saying(said: Said) -> Says:
    return lambda _: said


async def test_what_is_posted_arrives_as_it_is() -> None:
    with endpoint() as server:
        assert await post(f"{server.url}/a/b?c=d", authorization="Bearer x") == answer.Taken()
        taken = server.next()
    assert (taken.path, taken.body) == ("/a/b?c=d", b"{}")
    assert taken.headers["authorization"] == "Bearer x"
    assert taken.headers["content-type"] == "application/json"
    assert taken.headers["host"] == f"127.0.0.1:{server.port}"


async def test_a_user_and_password_in_the_url_are_sent_as_such() -> None:
    with endpoint() as server:
        await post(f"http://me:secret@127.0.0.1:{server.port}/")
        assert server.next().headers["authorization"] == "Basic bWU6c2VjcmV0"


@pytest.mark.parametrize(
    ("status", "is_passing"),
    [(400, False), (401, False), (404, False), (408, True), (410, False), (429, True), (500, True), (503, True)],
)
async def test_what_may_pass_is_told_from_what_will_not(status: int, *, is_passing: bool) -> None:
    with endpoint(lambda _: Said(status=status, body=b"no\nmore")) as server:
        assert await post(server.url) == NotTaken(reason=f"{status}: no", is_passing=is_passing)


async def test_how_long_to_wait_is_obeyed_within_a_bound() -> None:
    for asked, after_s in (("7", 7.0), ("86400", MAX_PAUSE_S), ("soon", None)):
        with endpoint(saying(Said(status=429, headers={"retry-after": asked}))) as server:
            answer = await post(server.url)
        assert isinstance(answer, NotTaken)
        assert answer.after_s == after_s


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed_to_another_host_or_back(status: int) -> None:
    with endpoint() as private:
        for where, host in ((f"{private.url}/k3y", f"127.0.0.1:{private.port}"), ("/k3y", "the same host")):
            redirect = Said(status, headers={"location": where})
            with endpoint(saying(redirect)) as server:
                answer = await post(server.url)
                assert server.taken.qsize() == 1
            reason = f"{status}, a redirect to {host}, and none is followed"
            assert answer == NotTaken(reason=reason, is_passing=False)
        assert private.taken.empty()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "::1", "169.254.169.254", "fe80::1%eth0", "::ffff:169.254.169.254", "::", "224.0.0.1"),
        *("64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "64:ff9b::7f00:1", "fd00:ec2::254", "fd20:ce::254"),
        "100.100.100.200",
    ],
)
async def test_a_name_leads_neither_to_this_host_nor_to_where_clouds_keep_credentials(address: str) -> None:
    answer = await post("http://hooks.example/k3y", leading_to("10.0.0.9", address))
    assert isinstance(answer, NotTaken)
    assert answer.reason == f"hooks.example leads to {address}, which has to be written as an address"


@pytest.mark.parametrize("name", ["localhost", "x.localhost"])
async def test_a_name_that_says_so_is_this_host(name: str) -> None:
    with endpoint() as server:
        assert await post(f"http://{name}:{server.port}/", leading_to("127.0.0.1")) == answer.Taken()
        assert server.next().headers["host"] == f"{name}:{server.port}"


def test_a_name_may_lead_to_a_private_address() -> None:
    for address in ("10.0.0.9", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "203.0.113.9", "64:ff9b::a00:9"):
        assert may_lead_to("alertmanager.monitoring.svc", address)


async def test_a_name_is_asked_for_once_and_what_it_leads_to_by_then_is_nobody_s() -> None:
    """DNS rebinding: the first answer is looked at and connected to; a second one would lead elsewhere."""
    answers = iter(["127.0.0.1", "169.254.169.254"])
    with endpoint() as server:
        poster = Poster(StoppedClock(), resolver=lambda _, __: [next(answers)])
        assert await post(f"http://x.localhost:{server.port}/", poster) == answer.Taken()
    assert list(answers) == ["169.254.169.254"]


async def test_an_address_that_does_not_answer_leaves_the_next_one() -> None:
    with endpoint() as server:
        assert await post(f"http://localhost:{server.port}/", leading_to("::1", "127.0.0.1")) == answer.Taken()


async def test_a_slow_endpoint_is_waited_for_so_long_and_no_longer() -> None:
    with endpoint(waits=True) as server:
        answer = await post(server.url, Poster(StoppedClock(), try_s=0.2))
    assert answer == NotTaken(reason="no answer within 0.2 s", is_passing=True)


async def test_a_resolver_that_hangs_holds_up_nobody() -> None:
    go = threading.Event()

    def hang(host: str, port: int) -> Sequence[str]:
        go.wait(30)
        return []

    answer = await post("http://slow.example/", Poster(StoppedClock(), resolver=hang, try_s=0.2))
    go.set()
    assert answer == NotTaken(reason="no answer within 0.2 s", is_passing=True)


async def test_a_host_that_is_not_there_may_come() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    for poster, reason in (
        (Poster(StoppedClock(), resolver=unknown), "no.example is not resolved: Name or service not known"),
        (leading_to(), "no.example has no address"),
    ):
        assert await post("http://no.example/", poster) == NotTaken(reason=reason, is_passing=True)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    answer = await post(f"http://127.0.0.1:{port}/")
    assert answer == NotTaken(reason="connect error: Connection refused", is_passing=True)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for hooks.localhost, and its key, in one file; an authority for whoever is told so."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "certificate.pem"
    path.write_bytes(signed.public_bytes(pem) + private)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


async def test_a_server_proves_to_be_the_host_of_the_url_at_the_address_that_was_looked_at(certificate: Path) -> None:
    with endpoint(certificate=certificate) as server:
        where = f"localhost:{server.port}/k3y"
        assert await post(f"https://hooks.{where}", leading_to("127.0.0.1")) == answer.Taken()
        told = await post(f"https://other.{where}", leading_to("127.0.0.1"))
        assert isinstance(told, NotTaken)
        assert "not valid for 'other.localhost'" in told.reason
        assert server.taken.qsize() == 1


async def test_an_unknown_authority_is_not_trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with endpoint(certificate=certificate) as server:
        told = await post(f"https://hooks.localhost:{server.port}/", leading_to("127.0.0.1"))
        assert isinstance(told, NotTaken)
        assert "certificate verify failed" in told.reason
        assert server.taken.empty()


@pytest.mark.parametrize("url", ["", "k3y", "ftp://host/k3y", "http://", "http://[::1/k3y"])
async def test_what_is_no_url_will_never_be_one(url: str) -> None:
    answer = await post(url)
    assert isinstance(answer, NotTaken)
    assert not answer.is_passing
    assert "k3y" not in answer.reason


async def test_a_header_that_cannot_be_sent_is_not_shown() -> None:
    answer = await post("http://127.0.0.1:1/", authorization="k3y\x00")
    assert isinstance(answer, NotTaken)
    assert "k3y" not in answer.reason


async def test_a_server_that_goes_without_a_word_may_come_back() -> None:
    with endpoint(lambda _: None) as server:
        answer = await post(server.url)
    assert isinstance(answer, NotTaken)
    assert answer.is_passing


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with endpoint() as server, endpoint() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert await post(server.url) == answer.Taken()
        assert proxy.taken.empty()


def test_the_systems_resolver_gives_each_address_once() -> None:
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]


def test_nobody_prints_a_url_by_accident() -> None:
    assert "k3y" not in repr(Request(url="https://h/k3y", body=b"k3y", headers={"a": "k3y"}))
