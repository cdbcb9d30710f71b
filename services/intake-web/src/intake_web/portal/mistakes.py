"""What is wrong with a report, in a resident's words: the same sentence in the summary and at the field. Pure.

The keys are those of ``intake_web.messages.SENTENCES``; a test holds both lists together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from intake_web.messages import FieldError
from intake_web.portal.answers import attribute_code
from intake_web.portal.translations import mark as _

TEXTS = {
    "description_required": _("Tell us what is going on"),
    "description_too_long": _("Your description has %(actual)s characters; please shorten it to %(max)s or fewer"),
    "service_required": _("Choose what it is about, or leave it to us"),
    "service_unknown": _("Choose what it is about from the list"),
    "place_required": _("Tell us where it is, in any words"),
    "coordinates_incomplete": _("The map point is incomplete; remove it or choose it again"),
    "lat_invalid": _("The map point is not on the globe; remove it or choose it again"),
    "long_invalid": _("The map point is not on the globe; remove it or choose it again"),
    "line_too_long": _("Please shorten this to %(max)s characters or fewer"),
    "email_invalid": _("Enter an e-mail address such as name@example.com, or leave it empty"),
    "phone_invalid": _("Enter a phone number such as (919) 555-0123, or leave it empty"),
    "updates_unknown": _("Choose whether we should write to you"),
    "language_unknown": _("Choose English or Spanish"),
    "media_url_invalid": _("Enter a web address that starts with https://"),
    "same_as_invalid": _("Choose one of these reports, or none of them"),
    "attribute_required": _("Answer this question: %(question)s"),
    "attribute_number_invalid": _("Enter a number: %(question)s"),
    "attribute_datetime_invalid": _("Enter a date and time such as 2026-03-02 09:30: %(question)s"),
    "attribute_choice_invalid": _("Choose from the list: %(question)s"),
    "attribute_single": _("Choose only one answer: %(question)s"),
    "attribute_too_long": _("Please shorten your answers to %(max)s characters or fewer: %(question)s"),
    "photos_too_many": _("Choose at most %(max)s photos"),
    "photo_too_large": _("One of the photos is too large: choose photos of at most %(max_megabytes)s MB"),
    "photo_type": _("One of the files is not a photo: choose JPEG, PNG, WebP or HEIC pictures"),
    "photo_unreadable": _("One of the photos cannot be read: choose another copy of it"),
    "photo_too_many_pixels": _("One of the photos has too many pixels: choose one of at most %(max_megapixels)s megapixels"),
}
OTHERWISE = _("Please look at this answer again")
"""For a key that is newer than this page."""
_PHOTO_FIELDS = frozenset({"photo", "photos", "media", "file", "files"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A mistake as the page shows it."""

    anchor: str
    """The id of the field in the page; empty where no field is to blame."""
    text: str


def anchor(field: str) -> str:
    """The id of a form field in the page."""
    code = attribute_code(field)
    if code is not None:
        return f"attribute-{code}"
    if field == "long":
        return "lat"
    return "photos" if field.partition("[")[0] in _PHOTO_FIELDS else field


def shown(errors: Iterable[FieldError], translate: Callable[[str], str], question: Callable[[str], str]) -> tuple[Shown, ...]:
    """The mistakes in the reader's language. ``question`` gives the words of an attribute's code."""
    lines = []
    for error in errors:
        code = attribute_code(error.field)
        params = {**error.params, "question": question(code) if code else ""}
        lines.append(Shown(anchor(error.field), translate(TEXTS.get(error.message_key, OTHERWISE)) % params))
    return tuple(dict.fromkeys(lines))
