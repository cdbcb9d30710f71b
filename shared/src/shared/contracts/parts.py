"""The nouns that messages are made of."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.base import Code, Contract, Line, LongText, ServiceRequestId
from shared.contracts.vocabulary import ActorKind, Channel, ClaimProof, Language, PersonalKind

MAX_ATTACHMENTS = 50
FileId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""A random file id in lower-case hexadecimal: never the content's hash (an upload killed midway would poison that content for ever)."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Span(Contract):
    """A stretch of a text, in code points, end exclusive, that is personal data of a kind."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(gt=0)]
    kind: PersonalKind


class Text(Contract):
    """Cleaned text with the personal data found in it. The raw words are for staff; ``public`` is what anybody may read."""

    content: LongText = Field(repr=False)
    personal: tuple[Span, ...] = ()
    """Sorted, without overlaps, inside the content."""
    cut_characters: Annotated[int, Field(ge=0)] = 0
    """How many characters were cut from the end because the text was longer than the limit."""

    @model_validator(mode="after")
    def _spans_are_sorted_and_inside(self) -> Self:
        end = 0
        for span in self.personal:
            if span.start < end or span.end <= span.start or span.end > len(self.content):
                msg = "personal spans must be sorted, must not overlap and must lie inside the content"
                raise ValueError(msg)
            end = span.end
        return self

    @property
    def public(self) -> str:
        """The content with every span replaced by its kind in square brackets: ``[phone]``, ``[email]`` ..."""
        pieces, end = [], 0
        for span in self.personal:
            pieces += [self.content[end : span.start], f"[{span.kind}]"]
            end = span.end
        return "".join([*pieces, self.content[end:]])


class Area(Contract):
    """A rectangle in degrees (WGS 84), for a place known only roughly."""

    south: Annotated[float, Field(ge=-90, le=90)]
    west: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]


class Place(Contract):
    """Where it is: in words, as a point, or both. Open311's names; degrees in WGS 84."""

    address: Line | None = Field(default=None, repr=False)
    address_id: Line | None = None
    zipcode: Annotated[str, StringConstraints(max_length=20)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    long: Annotated[float, Field(ge=-180, le=180)] | None = None
    area: Area | None = None
    normalized_address: Line | None = Field(default=None, repr=False)
    """The house or crossing in ``address`` in the form that equal ones share: ``123 N MAIN ST``, ``MAIN ST & OAK AVE``. By USPS
    Publication 28, without unit, town and ZIP code. Set by the normalizer."""
    is_guessed: bool = False
    """Found in what was written: nobody pointed there. Set by the normalizer."""

    @model_validator(mode="after")
    def _a_point_has_two_coordinates(self) -> Self:
        if (self.lat is None) != (self.long is None):
            msg = "lat and long go together"
            raise ValueError(msg)
        return self

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, where they are known."""
        return None if self.lat is None or self.long is None else (self.lat, self.long)


class Person(Contract):
    """Who reported, as far as they told. Everything here is personal and never public."""

    first_name: Line | None = Field(default=None, repr=False)
    last_name: Line | None = Field(default=None, repr=False)
    email: Annotated[str, StringConstraints(max_length=320)] | None = Field(default=None, repr=False)
    phone: Annotated[str, StringConstraints(max_length=40)] | None = Field(default=None, repr=False)
    account_id: Line | None = Field(default=None, repr=False)
    """The caller's own account id (GeoReport), or the author's id on a network."""
    device_id: Line | None = Field(default=None, repr=False)


class ReplyAddress(Contract):
    """Where an answer goes. The channel answered may differ from the channel written on."""

    channel: Channel
    address: Annotated[str, StringConstraints(min_length=1, max_length=320)] = Field(repr=False)
    """An e-mail address, or the id of the post to reply to."""
    language: Language = Language.EN
    """Of a submission whose ``language`` is None only the channel's guess (a mailbox's, a network's): the text may tell otherwise."""
    references: tuple[Annotated[str, StringConstraints(max_length=998)], ...] = Field(default=(), max_length=100, repr=False)
    """The thread so far, oldest first: Message-IDs (RFC 5322) or post ids."""
    conversation: Line | None = Field(default=None, repr=False)
    """The network's id of the conversation, where it has one."""


class Attachment(Contract):
    """A file kept in the attachment store; the record holds only this."""

    file_id: FileId
    sha256: Sha256
    media_type: Annotated[str, StringConstraints(max_length=127)]
    size_bytes: Annotated[int, Field(ge=0)]
    width_pixels: Annotated[int, Field(gt=0)] | None = None
    height_pixels: Annotated[int, Field(gt=0)] | None = None
    alt_text: Line | None = Field(default=None, repr=False)


class AttributeAnswer(Contract):
    """An answer to a question of the service definition (Open311 ``attribute[CODE]``)."""

    code: Code
    values: tuple[Line, ...] = Field(max_length=50, repr=False)


class ThreadClaim(Contract):
    """Which request a message says it belongs to, and how it shows that."""

    service_request_id: ServiceRequestId
    proof: ClaimProof


class Source(Contract):
    """Where the original is: for staff, and to know it again."""

    url: Annotated[str, StringConstraints(max_length=2_000)] | None = Field(default=None, repr=False)
    """A public link to the post, or the ``media_url`` of a GeoReport client."""
    native_id: Annotated[str, StringConstraints(max_length=998)] | None = Field(default=None, repr=False)
    """The Message-ID or the post's id."""
    raw_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    """The adapter's id of the raw mail or post that it keeps."""
    sender_verified: bool | None = None
    """What our own mail server found out about the sender (Authentication-Results); None where that does not apply."""
    decoded_with_losses: bool = False


class Actor(Contract):
    """Who caused an event: a kind, and an id that is not personal (a key's or a staff member's id)."""

    kind: ActorKind
    id: Code | None = None


class Service(Contract):
    """A service of the catalogue as it was when the event happened."""

    code: Code
    name: Line
    group: Line | None = None
    department: Line | None = None


class Candidate(Contract):
    """A service that was thought of, with its calibrated confidence from 0 to 1."""

    service_code: Code
    confidence: Annotated[float, Field(ge=0, le=1)]


class Evidence(Contract):
    """What in a text spoke for an outcome: for staff alone, and gone when the text is redacted."""

    phrases: tuple[Line, ...] = Field(default=(), max_length=10, repr=False)
    """Words of the author, masked, that a rule of the catalogue fits."""
    nearest_example: Line | None = None
    """The phrasing of the catalogue that the text is most like."""


class Decision(Contract):
    """One thing that the normalizer decided: what, why, how sure."""

    step: Code
    outcome: Line
    why: Line
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    candidates: tuple[Candidate, ...] = ()
    version: Line | None = None
    """The version of the rules or the model that decided, where there is one."""
    evidence: Evidence | None = None
