"""The certificate that refusals show, as the configuration says."""

from collections.abc import Callable

from farshore.app.exits import Exit, Refusal
from farshore.config.model import Config, Protocol, Refuse
from farshore.config.refuse_tls import RefuseTls
from farshore.core.clock import Clock, SystemClock
from farshore.gateway.certificate import CertificateFiles, NotCertified, Renewed, SelfMade
from farshore.wire.refusal.tls import Offer, no_tls

_SPEAK_TLS = frozenset({Protocol.POSTGRES, Protocol.SQLSERVER})


def certificate_refusal(config: Config) -> Refusal | None:
    """Why refusals could not show the certificate that the configuration asks for.

    One that nobody has asked for may be missing: refusals are then spoken in the clear alone.
    """
    settings = config.refuse_tls
    if settings is None:
        return None
    files = _files(settings)
    if files is not None:
        loaded = files.load()
        if not isinstance(loaded, NotCertified):
            return None
        sentence = f"refusals cannot be spoken in TLS: {loaded.reason}; mend it, or change `refuse_tls:`."
        return Refusal(exit=Exit.USAGE, sentence=sentence)
    if "refuse_tls" not in config.model_fields_set or not isinstance(SelfMade(SystemClock()).make(), NotCertified):
        return None
    sentence = (
        "`refuse_tls:` without a certificate needs the library cryptography, and it is not installed; run "
        "`pip install 'farshore[tls]'`, or name a `certificate:` and its `key:`."
    )
    return Refusal(exit=Exit.USAGE, sentence=sentence)


def offer_of(config: Config, clock: Clock, warn: Callable[[str], None]) -> Offer:
    """What refusals offer to clients that encrypt; where a route may need it now, it is there before any client."""
    settings = config.refuse_tls
    if settings is None:
        return no_tls
    files = _files(settings)
    offer = SelfMade(clock).offer if files is None else Renewed(files, warn).offer
    if any(route.protocol in _SPEAK_TLS and route.refuse_or_default is Refuse.PROTOCOL for route in config.routes):
        offer()
    return offer


def _files(settings: RefuseTls) -> CertificateFiles | None:
    if settings.certificate is None or settings.key is None:
        return None
    return CertificateFiles(certificate=settings.certificate, key=settings.key)
