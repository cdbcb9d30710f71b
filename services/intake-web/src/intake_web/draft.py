"""A report as the intake accepts it: cleaned, validated, its photos re-encoded. The same for the form, the API and GeoReport."""

from dataclasses import dataclass, replace
from typing import Self

from pydantic_core import to_json

from shared.contracts import AttributeAnswer, Language, Person, Place, ReplyAddress
from shared.identity import content_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo fit to be kept: decoded and encoded again by us, so that nothing of the camera's notes is left in it."""

    data: bytes
    media_type: str
    """``image/jpeg`` or ``image/png``."""
    sha256: str
    """Of ``data``, lower-case hexadecimal."""
    width_pixels: int
    height_pixels: int
    upload_digest: str
    """Of the file as it was sent: a retry sends the same file, whichever version of the encoder meets it."""

    def __repr__(self) -> str:
        return f"Photo({self.media_type}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Draft:
    """What somebody reports, ready to be accepted. Everything in it may be personal: it has no ``repr``."""

    description: str
    service_code: str | None = None
    """A code of the catalogue; None: leave it to us."""
    attributes: tuple[AttributeAnswer, ...] = ()
    place: Place | None = None
    reporter: Person | None = None
    reply_addresses: tuple[ReplyAddress, ...] = ()
    """Where the resident asked to be answered; empty: by looking up the number."""
    language: Language | None = None
    media_url: str | None = None
    same_as: str | None = None
    """The canonical number of an earlier request that it is about too, as the resident says."""
    photos: tuple[Photo, ...] = ()

    def with_photos(self, photos: tuple[Photo, ...]) -> Self:
        """The same report with these photos."""
        return replace(self, photos=photos)

    def digest(self) -> str:
        """Of all that was said: the same report has the same, a changed word another. Part of the submission's identity."""
        words = (
            self.description,
            self.service_code,
            [(answer.code, answer.values) for answer in self.attributes],
            self.place,
            self.reporter,
            self.reply_addresses,
            self.language,
            self.media_url,
            *filter(None, [self.same_as]),  # most have none: they keep the identity that they had before there was such a field
        )
        return content_digest(to_json(words), *(photo.upload_digest.encode() for photo in self.photos))
