"""What can be wrong with a report: a code for programs, a key for translators, an English sentence for the APIs. Pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SENTENCES: Final[Mapping[str, str]] = {
    "wrong_type": "This field has the wrong type.",
    "channel_unknown": "channel must be api or phone.",
    "description_required": "Say what is wrong.",
    "description_too_long": "The description may have at most {max} characters; this one has {actual}.",
    "service_required": "service_code required",
    "service_unknown": "There is no such service.",
    "place_required": "Say where it is: an address, a place in words, or lat and long.",
    "coordinates_incomplete": "lat and long go together.",
    "lat_invalid": "lat must be a number of degrees from -90 to 90.",
    "long_invalid": "long must be a number of degrees from -180 to 180.",
    "line_too_long": "This may have at most {max} characters.",
    "email_invalid": "This is not an e-mail address.",
    "phone_invalid": "This is not a telephone number.",
    "updates_unknown": "updates must be email or none.",
    "language_unknown": "language must be en or es.",
    "media_url_invalid": "media_url must be an http or https address.",
    "same_as_invalid": "same_as must be a tracking number such as 7KQ4-M2XD-9RTB.",
    "attribute_required": "An answer to this question is required.",
    "attribute_number_invalid": "The answer must be a number.",
    "attribute_datetime_invalid": "The answer must be a date and time such as 2026-03-02T09:30:00-05:00.",
    "attribute_choice_invalid": "The answer must be one of the keys that the service definition lists.",
    "attribute_single": "Only one answer is possible.",
    "attribute_too_long": "The answers may have at most {max} characters together.",
    "photos_too_many": "At most {max} photos can be sent with a report.",
    "photo_too_large": "A photo may have at most {max_megabytes} MB.",
    "photo_type": "A photo must be a JPEG, PNG, WebP or HEIC image.",
    "photo_unreadable": "This photo cannot be read; it may be damaged or incomplete.",
    "photo_too_many_pixels": "A photo may have at most {max_megapixels} megapixels.",
}
"""English by message key. The portal translates the same keys."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to put right."""

    field: str
    """The field's name as the caller sent it, e.g. ``description`` or ``attribute[DEPTH]``."""
    code: str
    """``required``, ``too_long``, ``invalid`` or ``unknown``."""
    message_key: str
    """A key of ``SENTENCES``."""
    params: Mapping[str, int | str] = dataclasses.field(default_factory=dict)
    """What the sentence mentions: limits and counts, never what was written."""

    @property
    def sentence(self) -> str:
        """The English sentence."""
        return SENTENCES[self.message_key].format(**self.params)
