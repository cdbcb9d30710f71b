"""Settings of X: how we sign in, where it is, which accounts are the town's."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, model_validator

from shared.settings import Settings


class XSettings(Settings):
    """X, API v2."""

    x_bearer_token: SecretStr | None = None
    """Reads posts; none: X is switched off, which is a valid state and shown as such."""
    x_consumer_key: SecretStr | None = None
    """With the three below: writes replies as the town's account (OAuth 1.0a); none: X is read only."""
    x_consumer_secret: SecretStr | None = None
    """Of the application."""
    x_access_token: SecretStr | None = None
    """Of the account that replies."""
    x_access_token_secret: SecretStr | None = None
    """As above."""
    x_api_base: Annotated[str, Field(pattern=r"^https?://[^\s/?#]+$")] | None = None
    """Another server in the place of X's, without a slash at its end: a stand-in, or a gateway of the town."""
    x_account_ids: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^[0-9]{1,25}$")], ...], Field(max_length=10)] = ()
    """JSON list of the ids of the town's accounts, digits: who mentions them writes to us; what they write is never a submission."""
    x_request_seconds: Annotated[float, Field(gt=0, le=120)] = 30.0
    """How long one request may take."""
    x_indexing_seconds: Annotated[float, Field(ge=0, le=30)] = 15.0
    """How old a post is when it is asked for: X refuses questions for what is younger than ten seconds, by its documentation."""
    x_page_posts: Annotated[int, Field(ge=10, le=100)] = 100
    """Posts asked for at a time."""

    @model_validator(mode="after")
    def _all_keys_or_none(self) -> Self:
        keys = (self.x_consumer_key, self.x_consumer_secret, self.x_access_token, self.x_access_token_secret)
        if any(key is None for key in keys) and any(key is not None for key in keys):
            msg = "X_CONSUMER_KEY, X_CONSUMER_SECRET, X_ACCESS_TOKEN and X_ACCESS_TOKEN_SECRET go together"
            raise ValueError(msg)
        return self
