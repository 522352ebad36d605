"""What is asked of a control plane, whichever it is."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Protocol

from farshore.core.address import IPAddress, IPNetwork


class ControlFailure(StrEnum):
    """Why the control plane did not do what it was asked."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    NO_KEY = "no-key"
    NOT_PERMITTED = "not-permitted"
    LIMITED = "limited"
    DECLINED = "declined"
    MALFORMED = "malformed"


class ControlError(Exception):
    """A question without an answer, or a change that was not made. `detail` is one line without anything secret."""

    def __init__(self, reason: ControlFailure, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """A node that advertises routes. `approved` are those that the control plane may let it serve.

    `online` is its control connection, None where the control plane does not say: it tells nothing of its data plane.
    """

    id: str
    name: str
    ips: tuple[IPAddress, ...]
    advertised: tuple[IPNetwork, ...]
    approved: tuple[IPNetwork, ...]
    online: bool | None


class ControlPlane(Protocol):
    """Every method raises ControlError, and nothing else that is to be expected."""

    async def routers(self) -> tuple[Router, ...]:
        """Every node, as the control plane knows it now."""
        ...

    async def listing(self) -> bytes:
        """The same as it came, JSON: to be kept as evidence."""
        ...

    async def approve(self, router: Router, routes: tuple[IPNetwork, ...]) -> tuple[IPNetwork, ...]:
        """Let the router serve exactly these routes; those that the control plane then says are approved."""
        ...

    def command(self, router: Router, routes: tuple[IPNetwork, ...]) -> str:
        """What a person runs to do the same."""
        ...

    async def aclose(self) -> None:
        """Close every connection; idempotent."""
        ...


def addresses(texts: list[str] | None) -> tuple[IPAddress, ...]:
    """The addresses in a document.

    Raises:
        ControlError: one of them is none.
    """
    try:
        return tuple(ip_address(text) for text in texts or ())
    except ValueError as error:
        raise ControlError(ControlFailure.MALFORMED, str(error)) from error


def networks(texts: list[str] | None) -> tuple[IPNetwork, ...]:
    """The prefixes in a document.

    Raises:
        ControlError: one of them is none.
    """
    try:
        return tuple(ip_network(text) for text in texts or ())
    except ValueError as error:
        raise ControlError(ControlFailure.MALFORMED, str(error)) from error
