"""What a program may send to ``POST /api/v1/submissions``: JSON or form fields become a report that ``validate`` reads. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from intake_web.answers import attribute_code
from intake_web.bodies import malformed
from intake_web.messages import FieldError
from shared.contracts import Channel

_CHANNELS: Final = {"api": Channel.API, "phone": Channel.PHONE}


class SubmissionIn(BaseModel):
    """A report, in Open311's words. Unknown members are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, allow_inf_nan=False, use_attribute_docstrings=True)

    description: Annotated[str, Field(examples=["Deep pothole in the right lane; a car already lost a wheel cover."])] = ""
    """What is wrong, in the resident's words: required, at most 10,000 characters."""
    service_code: str | None = None
    """A code of the service list; absent: "leave it to us"."""
    address: str | None = None
    """Where, in words: an address, or "creek behind the third court, Bond Park"."""
    address_id: str | None = None
    """The caller's own id of the place."""
    lat: float | None = None
    """Degrees north (WGS 84); together with ``long``."""
    long: float | None = None
    """Degrees east (WGS 84); together with ``lat``."""
    first_name: str | None = None
    """Of whoever reports; never public."""
    last_name: str | None = None
    """Of whoever reports; never public."""
    email: str | None = None
    """Where the resident can be written to, and is told of every change unless ``updates`` is ``none``; never public."""
    phone: str | None = None
    """Where the resident can be called; never public."""
    updates: str | None = None
    """How the resident wants to be told what happens: ``email`` (also when absent) at the address in ``email``, or ``none``: they
    follow the request by its number, and no mail is sent. Without ``email`` it changes nothing."""
    account_id: str | None = None
    """The resident's account in the caller's system; never public."""
    device_id: str | None = None
    """Of the device it was sent from; never public."""
    media_url: str | None = None
    """Address of a picture that lies elsewhere."""
    language: str | None = None
    """``en`` or ``es``: the language to answer in; without it the description tells."""
    same_as: str | None = None
    """Number of an earlier request that this one is about too, as the resident says. An advocate looks at the two; nothing is merged
    by itself, and neither is rejected."""
    attributes: dict[str, str | list[str]] = Field(default_factory=dict, max_length=100)
    """Answers to the service's own questions, by attribute code."""
    channel: str | None = None
    """``api``, or ``phone`` for a call typed by an advocate, which needs a key with the scope ``phone``."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A report as it came, and the channel that it says it belongs to."""

    report: SubmissionIn
    channel: Channel


def from_json(body: bytes) -> Sent | tuple[FieldError, ...]:
    """What is in a JSON body, or which members have the wrong type.

    Raises:
        BodyRefusedError: it is no JSON object.
    """
    try:
        return _sent(SubmissionIn.model_validate_json(body, strict=True))  # else ``true`` would be a latitude of 1
    except ValidationError as error:
        return _wrong_types(error)


def from_fields(fields: Iterable[tuple[str, str]]) -> Sent | tuple[FieldError, ...]:
    """What is in the fields of a form, or which of them have the wrong type. Of a repeated plain field the first counts."""
    plain: dict[str, str] = {}
    attributes: dict[str, list[str]] = {}
    for name, value in fields:
        code = attribute_code(name)
        if code is not None:
            attributes.setdefault(code, []).append(value)
        elif value and name != "attributes":
            plain.setdefault(name, value)
    try:
        return _sent(SubmissionIn.model_validate({**plain, "attributes": attributes}))
    except ValidationError as error:
        return _wrong_types(error)


def _sent(given: SubmissionIn) -> Sent | tuple[FieldError, ...]:
    channel = _CHANNELS.get(given.channel or "api")
    if channel is None:
        return (FieldError("channel", "unknown", "channel_unknown"),)
    return Sent(given, channel)


def _wrong_types(error: ValidationError) -> tuple[FieldError, ...]:
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    if any(item["type"] in {"json_invalid", "model_type", "model_attributes_type"} for item in errors):
        raise malformed("The body must be one JSON object in UTF-8.") from None
    fields = dict.fromkeys(str(item["loc"][0]) for item in errors)
    return tuple(FieldError(name, "invalid", "wrong_type") for name in fields)
