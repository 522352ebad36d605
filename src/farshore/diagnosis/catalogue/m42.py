"""M42: TLS does not come about: another certificate than expected, or somebody in between."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.gateway_grounds import drivers, unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _certificate(scope: Scope) -> Ground | None:
    """A client read the server's certificate and did not accept its name or its issuer."""
    return ground(
        "a client read the server's certificate and did not accept its name or issuer ({n} seen)",
        drivers(scope, Symptom.CERTIFICATE_REFUSED),
    )


def _failed(scope: Scope) -> Ground | None:
    """A driver's TLS handshake ended without naming a certificate: also an end of the stream, or a stalled packet."""
    return ground("a driver's TLS handshake failed ({n} seen)", drivers(scope, Symptom.TLS_FAILED, Symptom.TLS_CUT_OFF))


CAUSE = Cause(
    code="M42",
    title="TLS mismatch: certificate name or issuer, or somebody who intercepts",
    hop=Hop.TARGET,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "The bytes arrive: the client compares the certificate with the name that it dialled, which is the gateway's "
        "and not the database's; or the certificate is another's, of a server or a box that intercepts."
    ),
    decides=(_certificate,),
    allows=(_failed,),
    missing=(
        Missing(
            question=Question(
                what="which certificate is shown through the gateway, and which on the target's own LAN",
                command="openssl s_client -connect GATEWAY:PORT -starttls postgres </dev/null | openssl x509 -noout "
                "-subject -issuer -ext subjectAltName",
                cost=Cost.PROBE,
                answered=unread,
            ),
            would_decide="the same in both places: the client expects another name; different: somebody intercepts",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.APPLICATION,
            command="name the certificate's own host (`hostNameInCertificate`, `sslmode=verify-full` with a "
            "host entry)",
            risk=Risk.LOW,
            verify="the driver connects with verification on; never turn verification off",
        ),
        Remedy(
            owner=Owner.DATABASE,
            command="add the name that clients dial to the certificate's subjectAltName, or renew it",
            risk=Risk.LOW,
            verify="`openssl s_client -connect {target}` shows the name",
        ),
    ),
    mistaken_for=(
        ("M21", "a handshake that stalls at the server's certificate is a packet that is too large"),
        ("M36", "a handshake that ends without a byte is a server that closes"),
    ),
)
