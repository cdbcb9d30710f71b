"""Settings of the answers: the outgoing mail server, as whom we write, how much at most."""

from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import Settings


class SendingSettings(Settings):
    """Mails out."""

    smtp_host: str | None = None
    """The outgoing mail server; none: mails are taken and nobody is answered by mail, which health shows as such."""
    smtp_port: Annotated[int, Field(ge=1, le=65_535)] = 587
    """Where it listens: 587 with STARTTLS, 465 with TLS."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """The certificate is verified. ``none`` is for a server on this machine."""
    smtp_user: str | None = None
    """The account; none: the server knows us by our address."""
    smtp_password: SecretStr | None = None
    """Of the account."""
    smtp_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 30.0
    """How long the server may take for one answer."""
    smtp_lease_seconds: Annotated[float, Field(ge=1, le=3_600)] = 300.0
    """A mail in hand for so long was left by an instance that died, and is looked up: longer than handing one over can take."""
    mail_from_name: Annotated[str, Field(min_length=1, max_length=100)] = "Cary 311"
    """The name beside our address."""
    public_base_url: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")] = "http://127.0.0.1:8311"
    """The portal, for links to a request's page, without a slash at its end."""
    mails_per_address_and_hour: Annotated[int, Field(ge=1, le=1_000)] = 10
    """More to one address wait: two machines that answer each other end here."""
    mails_per_hour: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    """More in all wait for the next hour: something is wrong."""
    outbox_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    """How long it is known what became of a mail; its text goes as soon as that is known."""

    @model_validator(mode="after")
    def _password_for_an_account(self) -> Self:
        if (self.smtp_user is None) != (self.smtp_password is None):
            msg = "SMTP_USER and SMTP_PASSWORD go together"
            raise ValueError(msg)
        return self
