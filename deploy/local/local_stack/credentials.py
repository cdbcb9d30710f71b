"""The secrets of a local system: made at its first start, kept for its life (tracking numbers are derived from one of them)."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from local_stack.places import read_json, write_json
from local_stack.processes import StackError
from local_stack.x_process import new_keys
from shared.api_keys import ApiKey, Scope, new_key

SECRET_BYTES = 32
SCOPES = {
    "staff": frozenset({Scope.STAFF_READ, Scope.STAFF_WRITE, Scope.PHONE}),
    "open311": frozenset({Scope.OPEN311, Scope.OPEN311_UPDATE}),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What callers present, and what the services are given."""

    tracking_number_secret: str = field(repr=False)
    receipt_secret: str = field(repr=False)
    email_token_secret: str = field(repr=False)
    """Signs the addresses by which an answered mail finds its request."""
    mailbox_password: str = field(repr=False)
    """Of the local mailbox."""
    x_keys: Mapping[str, str] = field(repr=False)
    """Of the stand-in for X, by intake-social's settings: the app's and those of the town's account."""
    staff_key: str = field(repr=False)
    """Reads and changes requests, and enters phone calls."""
    open311_key: str = field(repr=False)
    """Creates requests by GeoReport and updates them."""
    api_keys: tuple[ApiKey, ...]

    def environment(self) -> dict[str, str]:
        """The services' settings that hold them."""
        return {
            "TRACKING_NUMBER_SECRET": self.tracking_number_secret,
            "RECEIPT_SECRET": self.receipt_secret,
            "EMAIL_TOKEN_SECRET": self.email_token_secret,
            "API_KEYS": json.dumps([key.model_dump(mode="json") for key in self.api_keys]),
        }


def new_credentials() -> Credentials:
    """Fresh ones."""
    staff_key, staff = new_key("local-staff", SCOPES["staff"])
    open311_key, open311 = new_key("local-open311", SCOPES["open311"])
    return Credentials(
        tracking_number_secret=secrets.token_hex(SECRET_BYTES),
        receipt_secret=secrets.token_hex(SECRET_BYTES),
        **_of_channels(),
        staff_key=staff_key,
        open311_key=open311_key,
        api_keys=(staff, open311),
    )


def _of_channels() -> dict[str, Any]:
    """Those that a file of an older version does not have."""
    return {
        "email_token_secret": secrets.token_hex(SECRET_BYTES),
        "mailbox_password": secrets.token_hex(SECRET_BYTES),
        "x_keys": new_keys(),
    }


def kept_credentials(path: Path) -> Credentials:
    """Those of the file, made and written where there is none; what an older version did not know is added, the others stay.

    Raises:
        StackError: the file is there and damaged: making new secrets would orphan every tracking number.
    """
    if not path.exists():
        made = new_credentials()
        write_json(path, _written(made))
        return made
    content = read_json(path)
    try:
        assert content is not None
        made_now = {name: value for name, value in _of_channels().items() if name not in content}
        content |= made_now
        api_keys = tuple(ApiKey.model_validate_json(json.dumps(key)) for key in json.loads(content.pop("api_keys")))
        kept = Credentials(**content, api_keys=api_keys)
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise StackError(f"{path} is damaged. Restore it, or delete it together with all data (make clean-data)") from error
    if made_now:
        write_json(path, _written(kept))
    return kept


def _written(credentials: Credentials) -> dict[str, Any]:
    """As the file has them."""
    names = (part.name for part in fields(credentials) if part.name != "api_keys")
    return {name: getattr(credentials, name) for name in names} | {"api_keys": credentials.environment()["API_KEYS"]}
