"""tailscaled's HTTP proxy, as far as CONNECT goes (cmd/tailscaled/proxy.go at v1.102.3).

Success says nothing about the way that was taken. There is no deadline: a dial that nobody answers lasts until the
client leaves.
"""

from http import HTTPStatus
from typing import assert_never

from farshore.core.address import AddressError, parse_host_port
from farshore.lab.backend import Backend, DialAnswer, DialFailed, Dialled
from farshore.lab.http import TEXT, BadRequestError, read_request, refusal_of_what_is_not_http, response
from farshore.lab.stream import Stream
from farshore.lab.tailnet import Door, NotOurs, Unresolved

ESTABLISHED = b"HTTP/1.1 200 OK\r\n\r\n"


async def serve_connect(backend: Backend, client: Stream) -> None:
    """One client, request after request, until one is carried."""
    while True:
        try:
            request = await read_request(client)
        except BadRequestError as error:
            await client.write(refusal_of_what_is_not_http(error))
            return
        if request.method != "CONNECT":
            text = "bogus RequestURI; must be absolute URL or CONNECT"
            await client.write(_error(backend, HTTPStatus.BAD_REQUEST, text, headers={}))
            continue
        answer = await _dial(backend, client, request.target)
        if isinstance(answer, Dialled):
            await backend.carry(client, ESTABLISHED, answer)
            return
        headers = {"Tailscale-Connect-Error": answer}
        await client.write(_error(backend, HTTPStatus.INTERNAL_SERVER_ERROR, answer, headers=headers))


async def _dial(backend: Backend, client: Stream, text: str) -> Dialled | str:
    try:
        target = parse_host_port(text)
    except AddressError:
        return f"address {text}: missing port in address"
    answer: DialAnswer = await backend.dial_while_wanted(client, target, Door.CONNECT)
    match answer:
        case Dialled():
            return answer
        case DialFailed(text=reason) | Unresolved(text=reason):
            return reason
        case NotOurs():
            msg = "only LocalAPI leaves a dial to its caller"
            raise AssertionError(msg)
        case _:
            assert_never(answer)


def _error(backend: Backend, status: HTTPStatus, text: str, *, headers: dict[str, str]) -> bytes:
    headers = {**headers, "X-Content-Type-Options": "nosniff"}
    return response(backend.clock, status, f"{text}\n".encode(), content_type=TEXT, headers=headers)
