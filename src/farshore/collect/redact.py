"""Takes out what is nobody's business: keys, logins, e-mail addresses; addresses where that is asked for, too.

A document is redacted before it is diagnosed, so that a support archive and the run that wrote it say the same.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from farshore.collect.documents import Document
from farshore.core.address import TAILSCALE_IPV4, TAILSCALE_IPV6, TAILSCALE_VIA, IPAddress, IPNetwork

_KEYS = re.compile(r"\b(nodekey|discokey|mkey|privkey|machinekey|tlpub|nlpub|nlpriv|nodekey-old):[0-9a-fA-F]{8,128}\b")
_SECRETS = re.compile(r"\b(?:ts|hs)key-[\w-]{1,200}")
_TOKENS = re.compile(r"\b(?:(?:Bearer|Basic) [\w.~+/=-]{8,4096}|eyJ[\w-]{8,4096}\.[\w-]{1,4096}\.[\w-]{0,4096})")
# Proxies and databases are written with their password: scheme://user:password@host, and `Password=…;`.
_USER_INFO = re.compile(r"""(?<=://)[^\s/@"'<>]{1,256}:[^\s/@"'<>]{1,256}@""")
_PASSWORDS = re.compile(
    r"((?:password|passwd|pwd)\s{0,3}=\s{0,3})"
    r"""(?:"[^"]{1,256}"|'[^']{1,256}'|[^\s"',;&)]{1,256})""",
    re.IGNORECASE,
)
_LOGIN_URLS = re.compile(r"\bhttps?://[^\s\"'/]{1,253}/(?:a|register)/[\w:-]{6,200}")
# In a control plane's answers: who a node belongs to, and the key that it came in with, which may bear no mark.
_USER_NAMES = re.compile(r'("user"\s{0,8}:\s{0,8})"(?:[^"\\]|\\.){1,2048}"')
_OBJECT = r"\{(?:[^{}]|\{[^{}]{0,4096}\}){0,4096}\}"
_USERS = re.compile(rf'("user"\s{{0,8}}:\s{{0,8}}){_OBJECT}')
_JOIN_KEYS = re.compile(rf'("pre_?[aA]uth_?[kK]ey"\s{{0,8}}:\s{{0,8}}){_OBJECT}')
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_LOGINS = re.compile(
    r'("(?:LoginName|DisplayName|ProfilePicURL|AuthURL|BrowseToURL|ControlURL|BackendLogID)"\s{0,8}:\s{0,8})'
    r'"(?:[^"\\]|\\.){1,2048}"',
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?:/(\d{1,2}))?(?!\.?\d)")
_IPV6 = re.compile(r"(?<![0-9a-zA-Z:.])([0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})(?:/(\d{1,3}))?(?![0-9a-zA-Z:])")
# What an address is in says what it means, and stays; of IPv4 inside 4via6 the same bits as elsewhere.
_KEPT: tuple[IPNetwork, ...] = (
    TAILSCALE_IPV4,
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("169.254.0.0/16"),
    TAILSCALE_IPV6,
    IPv6Network("fe80::/10"),
    IPv6Network("fc00::/7"),
)
_UNTOUCHED: tuple[IPNetwork, ...] = (
    IPv4Network("127.0.0.0/8"),
    IPv4Network("0.0.0.0/8"),
    IPv4Network("255.255.255.255/32"),
    IPv4Network("100.100.100.100/32"),
    IPv6Network("::/127"),
)
_ELSEWHERE_IPV4, _ELSEWHERE_IPV6 = IPv4Network("198.18.0.0/15"), IPv6Network("2001:db8::/32")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What is taken out beside keys, logins and e-mail addresses: with a `secret`, addresses.

    The secret is for one run: with the same one the same address becomes the same other one, and a network still holds
    what it held. `hidden` are keys that are known, whatever they look like.
    """

    secret: bytes = b""
    hidden: tuple[str, ...] = field(default=(), repr=False)

    @property
    def what(self) -> list[str]:
        """What it takes out, in words."""
        return ["keys", "tokens", "logins", "e-mail addresses", *(["addresses"] if self.secret else [])]


def redacted(documents: Iterable[Document], redaction: Redaction) -> tuple[Document, ...]:
    """The documents without it."""
    return tuple(
        replace(each, data=redact(each.data.decode("utf-8", "replace"), redaction).encode()) for each in documents
    )


def redact(text: str, redaction: Redaction) -> str:
    """A text without it; what stands for what was taken out is the same wherever it stood."""
    text = without_known(text, redaction.hidden)
    text = _KEYS.sub(lambda found: f"{found[1]}:{_digest(found[0])}", text)
    text = _LOGIN_URLS.sub("https://redacted-login.example", text)
    text = _PASSWORDS.sub(r"\1redacted", _USER_INFO.sub("***@", text))
    text = _TOKENS.sub("redacted-token", text)
    text = _USER_NAMES.sub(r'\1"redacted"', text)
    text = _JOIN_KEYS.sub(r"\1{}", _USERS.sub(r"\1{}", text))
    text = _SECRETS.sub("redacted-key", text)
    text = _LOGINS.sub(r'\1"redacted"', text)
    text = _MAIL.sub("redacted@example.com", text)
    if not redaction.secret:
        return text
    other = _Other(redaction.secret)
    return _IPV6.sub(other.said, _IPV4.sub(other.said, text))


def without_known(text: str, hidden: Iterable[str]) -> str:
    """The text without these."""
    for known in hidden:
        text = text.replace(known, "redacted-key")
    return text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class _Other:
    """Another address for each address, with the same kind and the same neighbours."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._mask = int.from_bytes(hashlib.sha256(secret).digest()[:16], "big")

    def said(self, found: re.Match[str]) -> str:
        try:
            address = ip_address(found[1])
            if found[2] is None:
                return str(self.of(address))
            return str(ip_network((self.of(address), int(found[2])), strict=False))
        except ValueError:
            return found[0]

    def of(self, address: IPAddress) -> IPAddress:
        if any(address in network for network in _UNTOUCHED):
            return address
        if isinstance(address, IPv6Address) and address in TAILSCALE_VIA:
            inside = self.of(IPv4Address(int(address) & 0xFFFFFFFF))
            return IPv6Address(int(address) & ~0xFFFFFFFF | int(inside))
        kept = next((network for network in _KEPT if address in network), None)
        if kept is None:
            return self._elsewhere(address)
        free = (1 << (address.max_prefixlen - kept.prefixlen)) - 1
        return type(address)(int(address) ^ self._mask & free)

    def _elsewhere(self, address: IPAddress) -> IPAddress:
        home = _ELSEWHERE_IPV4 if isinstance(address, IPv4Address) else _ELSEWHERE_IPV6
        digest = hashlib.sha256(self._secret + address.packed).digest()
        return home.network_address + int.from_bytes(digest[:12], "big") % home.num_addresses
