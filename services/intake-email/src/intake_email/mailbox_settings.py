"""What is said about one mailbox in the setting ``MAILBOXES``: where it is, how to sign in, what its folders are called."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from intake_email.profile import MailboxProfile
from shared.contracts import Language

TLS_PORT, PLAIN_PORT = 993, 143
_Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]
_Folder = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    """Unknown names are refused: a misspelt setting would silently do nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True)


class MicrosoftSignIn(_Part):
    """Microsoft 365 with the application's own credentials (client credentials grant)."""

    kind: Literal["microsoft"]
    tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,128}$")]
    """The directory's id or domain."""
    client_id: str
    """Of the registered application."""
    client_secret: SecretStr | None = None
    """Of the application; rather in a file."""
    client_secret_file: Path | None = None
    """A file that holds it."""
    authority: Annotated[str, Field(pattern=r"^https://[^\s/?#]+$")] = "https://login.microsoftonline.com"
    """Who signs in; national clouds have their own."""
    scope: str = "https://outlook.office365.com/.default"
    """What the token is for."""

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        _exactly_one("client_secret", self.client_secret, self.client_secret_file)
        return self

    def secret(self) -> str:
        """The secret, read anew each time: files are replaced. Raises OSError."""
        return _secret(self.client_secret, self.client_secret_file)


class RefreshTokenSignIn(_Part):
    """A refresh token that somebody consented to once (Google): one request turns it into a token for an hour."""

    kind: Literal["refresh_token"]
    token_url: Annotated[str, Field(pattern=r"^https://[^\s?#]+$")] = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    """Where tokens are given out."""
    client_id: str
    """Of the registered application."""
    client_secret: SecretStr | None = None
    """Of the application; rather in a file together with the token."""
    refresh_token: SecretStr | None = None
    """The consent."""
    refresh_token_file: Path | None = None
    """A file that holds it."""

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        _exactly_one("refresh_token", self.refresh_token, self.refresh_token_file)
        return self

    def secret(self) -> str:
        """The refresh token, read anew each time: files are replaced. Raises OSError."""
        return _secret(self.refresh_token, self.refresh_token_file)


class Folders(_Part):
    """Folders of the mailbox, by their names on the server (with its prefix, where it has one)."""

    inbox: _Folder = "INBOX"
    """The queue."""
    processed: _Folder = "Processed"
    """What Kafka has."""
    quarantine: _Folder = "Quarantine"
    """What could not be read, for a person to look at; ``cary311 intake-email requeue`` sends it back."""
    oversize: _Folder = "Oversize"
    """What is too large: only its text was taken."""
    spam: _Folder = "Spam"
    """What our mail server called spam."""
    sent: _Folder = "Sent"
    """A copy of every mail of ours: how it is known, after a crash, whether one went out."""


class MailboxSettings(_Part):
    """One mailbox."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
    """Names it in logs, metrics and the store, for ever: another name would be another mailbox, begun anew."""
    host: _Host
    """The IMAP server."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """993 with ``tls``, else 143."""
    tls: Literal["tls", "starttls", "none"] = "tls"
    """From the first byte, after STARTTLS, or not at all (a server on this machine). The certificate is always verified."""
    ca_file: Path | None = None
    """Certificates to trust in the place of the system's."""
    user: Annotated[str, Field(min_length=1, max_length=320)]
    """The account."""
    password: SecretStr | None = None
    """Of the account; rather in a file."""
    password_file: Path | None = None
    """A file that holds it."""
    oauth: Annotated[MicrosoftSignIn | RefreshTokenSignIn, Field(discriminator="kind")] | None = None
    """Sign in with XOAUTH2."""
    folders: Folders = Folders()
    """What they are called."""
    own_addresses: Annotated[tuple[str, ...], Field(min_length=1)]
    """Every address of this mailbox, the one that answers come from first; a whole domain of ours as ``@311.example.org``."""
    authserv_ids: tuple[str, ...] = ()
    """The names under which our mail server writes Authentication-Results; none: nobody is believed."""
    language: Language = Language.EN
    """In which we answer where a mail is too short to tell its own."""
    service_code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    """Of every mail to it (``watersewer@``); none: found from the text."""
    spam_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}: ?[^\r\n]{1,100}$")] | None = None
    """A field that our mail server puts on spam and strips from all else, as ``X-Spam-Flag: YES``; none: nothing is spam."""
    first_start: Literal["new", "all"] = "new"
    """Whether a first start takes only what arrives from then on, or everything that is there."""

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if sum(way is not None for way in (self.password, self.password_file, self.oauth)) != 1:
            msg = "needs exactly one of password, password_file and oauth"
            raise ValueError(msg)
        if not any("@" in address[1:] for address in self.own_addresses):
            msg = "own_addresses needs at least one whole address"
            raise ValueError(msg)
        return self

    @property
    def port_in_use(self) -> int:
        """Where the server listens."""
        return self.port or (TLS_PORT if self.tls == "tls" else PLAIN_PORT)

    @property
    def address(self) -> str:
        """Where answers come from."""
        return next(address for address in self.own_addresses if "@" in address[1:]).lower()

    def read_password(self) -> str:
        """The password, read anew each time: files are replaced. Raises OSError."""
        return _secret(self.password, self.password_file)

    def profile(self, token_secret: bytes, own_addresses: frozenset[str]) -> MailboxProfile:
        """As the parser knows it. ``own_addresses``: of all our mailboxes, so that none answers another."""
        return MailboxProfile(
            own_addresses=own_addresses,
            token_secret=token_secret,
            authserv_ids=frozenset(name.lower() for name in self.authserv_ids),
            language=self.language,
            service_code=self.service_code,
        )


def _exactly_one(name: str, value: object, file: object) -> None:
    if (value is None) == (file is None):
        msg = f"needs exactly one of {name} and {name}_file"
        raise ValueError(msg)


def _secret(value: SecretStr | None, file: Path | None) -> str:
    if value is not None:
        return value.get_secret_value()
    assert file is not None
    return file.read_text("utf-8").strip("\r\n")
