"""The desk behind the form, on the real intake: answers and photos become a draft, the draft a number."""

from collections.abc import Sequence
from typing import Protocol

from intake_web.draft import Draft
from intake_web.forms import Upload
from intake_web.intake import Accepted, Caller
from intake_web.messages import FieldError
from intake_web.photos import Processed
from intake_web.portal.answers import Answers
from intake_web.validate import FORM, RawReport, validate
from shared.contracts import Channel, Language
from shared.town.catalogue import Catalogue

MAX_KEY_CHARACTERS = 100


class Accepting(Protocol):
    """``intake_web.intake.Intake``."""

    async def accept(self, draft: Draft, *, caller: Caller, native_id: str | None) -> Accepted:
        """Accept a report once; raises SpoolFullError."""


class Developing(Protocol):
    """``intake_web.photos.Darkroom``."""

    async def develop(self, uploads: Sequence[Upload], *, field: str = "photos") -> tuple[Processed, ...] | FieldError:
        """The photos, or what is wrong with the first bad one; raises TransientError."""


def _raw(answers: Answers, language: Language) -> RawReport:
    return RawReport(
        description=answers.description,
        service_code=answers.service_code,
        address=answers.address,
        lat=answers.lat,
        long=answers.long,
        first_name=answers.first_name,
        last_name=answers.last_name,
        email=answers.email,
        phone=answers.phone,
        updates=answers.updates,
        language=language.value,
        same_as=answers.same_as,
        attributes=answers.attributes,
    )


class ReportDesk:
    """Takes reports from the form."""

    def __init__(self, catalogue: Catalogue, intake: Accepting, darkroom: Developing) -> None:
        self._catalogue = catalogue
        self._intake = intake
        self._darkroom = darkroom

    def mistakes(self, answers: Answers, language: Language) -> tuple[FieldError, ...]:
        """What is wrong with the answers, in the order of the form; empty when they can be sent."""
        result = validate(_raw(answers, language), self._catalogue, FORM)
        return () if isinstance(result, Draft) else result

    async def send(self, answers: Answers, language: Language, photos: Sequence[Upload]) -> Accepted | tuple[FieldError, ...]:
        """Keeps the report under the form's key, or says what is wrong with it.

        Raises:
            SpoolFullError: nothing can be kept now.
            TransientError: too many photos wait to be looked at.
        """
        draft = validate(_raw(answers, language), self._catalogue, FORM)
        if not isinstance(draft, Draft):
            return draft
        if photos:
            processed = await self._darkroom.develop(photos, field="photos")
            if isinstance(processed, FieldError):
                return (processed,)
            draft = draft.with_photos(tuple(item.photo for item in processed))
        key = answers.form_key[:MAX_KEY_CHARACTERS] or None
        return await self._intake.accept(draft, caller=Caller(Channel.WEB), native_id=key)
