"""One POST to one host, and nowhere else: the only place in this room that opens connections.

No redirect is followed: it would carry an alert, and whatever stands in its URL, to a host that nobody has configured.
The host's name is resolved here, and what it leads to is looked at before anything is sent. Proxies that the
environment names are not used: behind `ALL_PROXY` there may be the very tailnet that is broken.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from farshore.config.fields import is_local_word
from farshore.core.address import IPAddress
from farshore.core.clock import Clock
from farshore.notify.answer import Answer, NotTaken, Taken
from farshore.notify.apart import apart
from farshore.notify.secret import host_of
from farshore.wire.excerpt import one_line
from farshore.wire.retry_after import retry_after_s

if TYPE_CHECKING:
    import httpx2

TRY_S = 10.0
CONNECT_S = 3.0
MAX_ADDRESSES = 4
MAX_ANSWER = 2048
MAX_PAUSE_S = 300.0
_PASSING = frozenset((HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS))

# Metadata servers with addresses that are not link-local: of AWS and Google over IPv6, of Alibaba.
_METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200")))
_NAT64 = IPv6Network("64:ff9b::/96")

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is POSTed, and where to; neither is printed by accident."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def resolve(host: str, port: int) -> Sequence[str]:
    """The system's resolver; blocks.

    Raises:
        OSError: it knows no such host.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [*dict.fromkeys(str(address[0]) for *_, address in found)]


class Poster:
    """Belongs to one event loop; end it with `aclose`."""

    def __init__(self, clock: Clock, *, resolver: Resolve = resolve, try_s: float = TRY_S) -> None:
        import httpx2  # noqa: PLC0415 - costs a fifth of a second, and few need it

        self._httpx2 = httpx2
        self._clock = clock
        self._resolve = resolver
        self._try_s = try_s
        # A connection that was kept may have been cut in the middle since; there is one alert in minutes.
        limits = httpx2.Limits(max_keepalive_connections=0)
        timeout = httpx2.Timeout(try_s, connect=min(CONNECT_S, try_s))
        self._client = httpx2.AsyncClient(
            # SSL_CERT_FILE is obeyed: certificates of one's own are usual where alerts go.
            verify=httpx2.create_ssl_context(),
            timeout=timeout,
            limits=limits,
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close what is open; idempotent."""
        await self._client.aclose()

    async def post(self, request: Request) -> Answer:
        """Try once. What was sent and not answered in time may have been taken all the same."""
        try:
            async with asyncio.timeout(self._try_s):
                return await self._post(request)
        except (TimeoutError, self._httpx2.TimeoutException):
            return NotTaken(reason=f"no answer within {self._try_s:g} s", is_passing=True)
        except self._httpx2.TransportError as error:
            # What h11 says of a header that it refuses quotes it.
            is_local = isinstance(error, self._httpx2.LocalProtocolError | self._httpx2.UnsupportedProtocol)
            detail = "" if is_local else one_line(_reason(error).encode())
            return NotTaken(reason=f"{_words(error)}{detail and ': '}{detail}", is_passing=not is_local)
        except (self._httpx2.InvalidURL, UnicodeError):
            return NotTaken(reason="what is configured is no URL", is_passing=False)

    async def _post(self, request: Request) -> Answer:
        url = self._httpx2.URL(request.url)
        if url.scheme not in {"http", "https"} or not url.host:
            return NotTaken(reason="what is configured is no URL of http or https", is_passing=False)
        addresses = await self._addresses(url)
        if isinstance(addresses, NotTaken):
            return addresses
        *others, last = addresses[:MAX_ADDRESSES]
        for address in others:
            try:
                return await self._exchange(url, address, request)
            except (self._httpx2.ConnectError, self._httpx2.ConnectTimeout):
                continue
        return await self._exchange(url, last, request)

    async def _addresses(self, url: "httpx2.URL") -> list[str] | NotTaken:
        """Where the host is. One that is written as an address is what it is; a name may not lead to anywhere."""
        if _literal(url.host) is not None:
            return [url.host]
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = await apart(lambda: self._resolve(url.host, port), name="notify-resolve")
        except OSError as error:
            return NotTaken(reason=f"{url.host} is not resolved: {error.strerror or error}", is_passing=True)
        refused = [address for address in found if not may_lead_to(url.host, address)]
        if refused or not found:
            where = f"leads to {refused[0]}, which has to be written as an address" if refused else "has no address"
            return NotTaken(reason=f"{url.host} {where}", is_passing=True)
        return [*found]

    async def _exchange(self, url: "httpx2.URL", address: str, request: Request) -> Answer:
        host = url.netloc.decode("ascii")
        asked = self._client.build_request(
            "POST",
            url.copy_with(host=address),
            content=request.body,
            headers={"content-type": "application/json", **request.headers, "host": host},
            extensions={"sni_hostname": url.host},
        )
        response = await self._client.send(asked, stream=True)
        try:
            return await self._judged(response)
        finally:
            await response.aclose()

    async def _judged(self, response: "httpx2.Response") -> Answer:
        status = response.status_code
        if response.is_success:
            return Taken()
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            target = host_of(response.headers.get("location", ""))
            reason = f"{status}, a redirect to {target or 'the same host'}, and none is followed"
            return NotTaken(reason=reason, is_passing=False)
        told = one_line(await _beginning(response)) or "without a reason"
        is_passing = status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        asked_s = retry_after_s(response.headers.get("retry-after", ""), self._clock.wall_s())
        after_s = None if asked_s is None or not is_passing else min(asked_s, MAX_PAUSE_S)
        return NotTaken(reason=f"{status}: {told}", is_passing=is_passing, after_s=after_s)


async def _beginning(response: "httpx2.Response") -> bytes:
    content = b""
    async for part in response.aiter_raw():
        content += part[:MAX_ANSWER]
        if len(content) >= MAX_ANSWER:
            break
    return content


def _literal(host: str) -> IPAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def may_lead_to(host: str, text: str) -> bool:
    """A name may stand for a private address: who configured it has named that host.

    It may not stand for this host, unless it says so, nor for where clouds keep credentials: link-local addresses and
    some of their own, also where IPv6 has them in it.
    """
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        address = _within(address) or address
    if address.is_loopback:
        return is_local_word(host)
    return not (address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA)


def _within(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which it leads in the end: mapped, 6to4 (RFC 3056), NAT64 (RFC 6052)."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _reason(error: BaseException) -> str:
    """What the system said, where somebody on the way up has said less."""
    cause: BaseException | None = error
    said = ""
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            said = cause.strerror or str(cause)
        elif isinstance(cause, OSError) and cause.errno:
            said = os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return said or str(error)


def _words(error: Exception) -> str:
    """`ConnectError` becomes `connect error`."""
    name = type(error).__name__
    return "".join(f" {each.lower()}" if each.isupper() else each for each in name).strip()
