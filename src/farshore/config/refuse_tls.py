"""The certificate that refusals show to clients that encrypt."""

from pydantic import Field

from farshore.config.login_fields import FilePath
from farshore.config.strict import Model


class RefuseTls(Model):
    """The certificate for clients that listen to nothing but TLS when they are refused: docs/refusals.md."""

    certificate: FilePath | None = Field(
        None,
        description="the certificate and those between it and the authority, in PEM; one made at start, which no "
        "client knows, if absent",
    )
    key: FilePath | None = Field(
        None, description="its private key, in PEM without a passphrase, in a file that not everybody may read"
    )
