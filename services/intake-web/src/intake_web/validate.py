"""What a report must be to be accepted, shared by the form, the JSON API and GeoReport. Pure.

Accepting is a promise (nothing accepted here is rejected later), so all is checked here. Nothing is cut silently, no place in
words is ever refused, and what a service does not ask for is ignored, as Open311 has it.
"""

import math
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from intake_web.answers import Given, attribute_answers
from intake_web.draft import Draft
from intake_web.messages import FieldError
from intake_web.submission_in import SubmissionIn
from shared.cleaning import clean_line, clean_text
from shared.contracts import AttributeAnswer, Channel, Language, Person, Place, ReplyAddress
from shared.town.catalogue import Catalogue
from shared.town.services import ServiceDefinition
from shared.tracking_number import InvalidNumber, parse_tracking_number

MAX_LINE_CHARACTERS: Final = 1_000
MAX_EMAIL_CHARACTERS: Final = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
MAX_PHONE_CHARACTERS: Final = 40
MAX_URL_CHARACTERS: Final = 2_000
_MAX_NUMBER_CHARACTERS = 40
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[^\s@<>()\[\],;:\\\"._][^\s@<>()\[\],;:\\\"._]{0,62}\.)+[^\s@<>()\[\],;:\\\"._]{2,63}")
_PHONE = re.compile(r"[0-9+().,/x#*ext \-]+", re.IGNORECASE)
_PHONE_DIGITS = range(7, 21)  # a local number without area code, up to a full international one with an extension
_LANGUAGES: Final = frozenset(Language)
_UPDATES: Final = {"": True, "email": True, "none": False}
"""Whether whoever leaves an e-mail address is told there; without a word they are."""
_URL = re.compile(r"https?://[^\s/?#<>\"]+[^\s<>\"]*", re.IGNORECASE)


class Need(Enum):
    """When a report must say where."""

    NEVER = "never"
    WHEN_SERVICE_NEEDS_IT = "when the service needs it"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What differs from door to door."""

    max_description_characters: int
    is_description_required: bool = True
    is_service_required: bool = False
    place: Need = Need.NEVER
    are_attributes_required: bool = False
    place_field: str = "address"
    """The field that a missing place is blamed on."""


FORM: Final = Rules(max_description_characters=4_000, place=Need.WHEN_SERVICE_NEEDS_IT, are_attributes_required=True)
"""A resident is in front of it and can be asked."""
API: Final = Rules(max_description_characters=10_000)
"""Programs and advocates on the phone pass on what they were told; what is missing is asked for later."""
GEOREPORT: Final = Rules(
    max_description_characters=4_000,
    is_description_required=False,
    is_service_required=True,
    place=Need.ALWAYS,
    are_attributes_required=True,
    place_field="address_string",
)
"""As the standard has it."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RawReport:
    """What came in as a form, as it came; empty is the same as absent."""

    description: str | None = None
    service_code: str | None = None
    address: str | None = None
    address_id: str | None = None
    lat: str | float | None = None
    long: str | float | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    updates: str | None = None
    account_id: str | None = None
    device_id: str | None = None
    media_url: str | None = None
    language: str | None = None
    same_as: str | None = None
    attributes: Given = field(default_factory=dict)


Reported = RawReport | SubmissionIn
"""What came in by any door; a program's JSON has the same names, and is not copied."""


@dataclass(slots=True)
class _Check:
    """The errors so far; every rule adds its own, so that all are told at once."""

    errors: list[FieldError] = field(default_factory=list)

    def add(self, name: str, code: str, message_key: str, **params: int | str) -> None:
        self.errors.append(FieldError(name, code, message_key, params))

    def line(self, name: str, raw: str | None, limit: int = MAX_LINE_CHARACTERS) -> str | None:
        """One cleaned line, None where nothing is left of it."""
        if not raw:
            return None
        line = clean_line(raw, max_characters=limit + 1)
        if len(line) > limit:
            self.add(name, "too_long", "line_too_long", max=limit)
            return None
        return line or None

    def matching(self, name: str, raw: str | None, limit: int, pattern: re.Pattern[str]) -> str | None:
        """One line of a form, e.g. an e-mail address."""
        line = self.line(name, raw, limit) if raw else None
        if line is not None and not pattern.fullmatch(line):
            self.add(name, "invalid", f"{name}_invalid")
            return None
        return line

    def degrees(self, name: str, raw: str | float | None, limit: float) -> float | None:
        """A finite number of degrees within ± limit."""
        if raw is None or raw == "":
            return None
        try:
            degrees = float(raw[:_MAX_NUMBER_CHARACTERS] if isinstance(raw, str) else raw)
        except (ValueError, OverflowError):
            degrees = math.nan
        if not -limit <= degrees <= limit:  # NaN is in no range
            self.add(name, "invalid", f"{name}_invalid")
            return None
        return degrees


def validate(raw: Reported, catalogue: Catalogue, rules: Rules) -> Draft | tuple[FieldError, ...]:
    """The report, or everything that is wrong with it in the order of the form."""
    check = _Check()
    description = _description(raw.description, rules, check)
    service = _service(raw.service_code, catalogue, rules, check)
    place = _place(raw, service, rules, check)
    attributes = _attributes(raw.attributes, service, rules, check)
    reporter = _reporter(raw, check)
    updates = _updates(raw.updates, check)
    language = _language(raw.language, check)
    media_url = check.matching("media_url", raw.media_url, MAX_URL_CHARACTERS, _URL)
    same_as = _same_as(raw.same_as, check)
    if check.errors:
        return tuple(check.errors)
    return Draft(
        description=description,
        service_code=service.code if service else None,
        place=place,
        attributes=attributes,
        reporter=reporter,
        reply_addresses=_reply_addresses(reporter, updates, language),
        language=language,
        media_url=media_url,
        same_as=same_as,
    )


def _description(raw: str | None, rules: Rules, check: _Check) -> str:
    limit = rules.max_description_characters
    text, cut = clean_text(raw or "", max_characters=limit)
    if cut:
        check.add("description", "too_long", "description_too_long", max=limit, actual=limit + cut)
    elif not text and rules.is_description_required:
        check.add("description", "required", "description_required")
    return text


def _service(raw: str | None, catalogue: Catalogue, rules: Rules, check: _Check) -> ServiceDefinition | None:
    code = (raw or "").strip()
    if not code:
        if rules.is_service_required:
            check.add("service_code", "required", "service_required")
        return None
    service = catalogue.services.get(code)
    if service is None:
        check.add("service_code", "unknown", "service_unknown")
    return service


def _place(raw: Reported, service: ServiceDefinition | None, rules: Rules, check: _Check) -> Place | None:
    address = check.line(rules.place_field, raw.address)
    address_id = check.line("address_id", raw.address_id)
    wrong_before = len(check.errors)
    lat, long = check.degrees("lat", raw.lat, 90.0), check.degrees("long", raw.long, 180.0)
    if (lat is None) != (long is None) and len(check.errors) == wrong_before:
        check.add("lat" if lat is None else "long", "required", "coordinates_incomplete")
    if lat is None and long is None and not address and not address_id:
        is_needed = rules.place is Need.ALWAYS or (
            rules.place is Need.WHEN_SERVICE_NEEDS_IT and service is not None and service.place_needed
        )
        if is_needed and not check.errors[wrong_before:]:
            check.add(rules.place_field, "required", "place_required")
        return None
    if (lat is None) != (long is None):
        return None
    return Place(address=address, address_id=address_id, lat=lat, long=long)


def _attributes(given: Given, service: ServiceDefinition | None, rules: Rules, check: _Check) -> tuple[AttributeAnswer, ...]:
    if service is None or not service.attributes or not (given or rules.are_attributes_required):
        return ()
    answers, errors = attribute_answers(given, service.attributes, are_required=rules.are_attributes_required)
    check.errors.extend(errors)
    return answers


def _reporter(raw: Reported, check: _Check) -> Person | None:
    email = check.matching("email", raw.email, MAX_EMAIL_CHARACTERS, _EMAIL)
    phone = check.matching("phone", raw.phone, MAX_PHONE_CHARACTERS, _PHONE)
    if phone is not None and sum(character.isdigit() for character in phone) not in _PHONE_DIGITS:
        check.add("phone", "invalid", "phone_invalid")
    first_name, last_name = check.line("first_name", raw.first_name), check.line("last_name", raw.last_name)
    account_id, device_id = check.line("account_id", raw.account_id), check.line("device_id", raw.device_id)
    if not (email or phone or first_name or last_name or account_id or device_id):
        return None
    return Person(first_name=first_name, last_name=last_name, email=email, phone=phone, account_id=account_id, device_id=device_id)


def _language(raw: str | None, check: _Check) -> Language | None:
    code = (raw or "").strip().lower()
    if not code:
        return None
    if code not in _LANGUAGES:
        check.add("language", "unknown", "language_unknown")
        return None
    return Language(code)


def _updates(raw: str | None, check: _Check) -> bool:
    wants = _UPDATES.get((raw or "").strip().lower())
    if wants is None:
        check.add("updates", "unknown", "updates_unknown")
        return False
    return wants


def _same_as(raw: str | None, check: _Check) -> str | None:
    if not (raw and raw.strip()):
        return None
    number = parse_tracking_number(raw)
    if isinstance(number, InvalidNumber):
        check.add("same_as", "invalid", "same_as_invalid")
        return None
    return number


def _reply_addresses(reporter: Person | None, wants_updates: bool, language: Language | None) -> tuple[ReplyAddress, ...]:  # noqa: FBT001 - as the resident chose
    """Whoever leaves an e-mail address is answered there, unless they said no; a telephone number is for advocates to call."""
    if reporter is None or reporter.email is None or not wants_updates:
        return ()
    return (ReplyAddress(channel=Channel.EMAIL, address=reporter.email, language=language or Language.EN),)
