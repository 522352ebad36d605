"""How a probe logs in at a target, as a configuration describes it. No password stands in the file itself."""

from pydantic import Field

from farshore.config.fields import Word
from farshore.config.login_fields import FilePath
from farshore.config.strict import Model


class Password(Model):
    """Where a password stands: exactly one of the two."""

    file: FilePath | None = Field(None, description="the file that holds it; read when a check begins")
    env: Word | None = Field(None, description="the variable of the environment that holds it")


class ProbeLogin(Model):
    """A login of a probe's own. Give it a user that may do nothing but what the probe asks for."""

    user: Word = Field(description="the user")
    password: Password | None = Field(None, description="the password; none if absent")
    database: Word | None = Field(
        None, description="the database, Oracle's service; the protocol's own default if absent"
    )
    query: Word | None = Field(
        None,
        description="what is asked of a database, or the folder that an FTP or SFTP server lists; "
        "`SELECT 1` (Oracle: from dual), or the folder of the login, if absent",
    )
    ca_file: FilePath | None = Field(
        None,
        description="the authority, or the certificate itself, that must vouch for a database's, which then has to "
        "encrypt; its name is not compared, as targets are addresses",
    )
    key_file: FilePath | None = Field(
        None, description="for sftp: the private key to log in with; `password` is then its passphrase"
    )
    host_key: Word | None = Field(
        None, description="an SSH server's key as `ssh-keygen -lf` writes it, SHA256:…; required for sftp"
    )
