"""Golden examples of the normalizer: a submission as it lay in Kafka, and the record that must come of it, byte for byte.

``PYTHONPATH=tests python -m support.normalizer_golden`` writes them anew; the difference is for a person to judge. They are held
against a small catalogue, a few rules of natures and guesses of their own, so that the town may change its data, and what is learnt from
it, without touching them.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from normalizer.classifier.classifier import Guess
from normalizer.pipeline.normalize import normalize
from normalizer.pipeline.service import Bounds
from shared.contracts import (
    Actor,
    ActorKind,
    AttributeAnswer,
    Candidate,
    Channel,
    ClaimProof,
    Language,
    Person,
    Place,
    ReplyAddress,
    Source,
    SubmissionReceived,
    ThreadClaim,
    decode_submission,
)
from shared.town.boundary import load_boundary
from shared.town.catalogue import load_catalogue
from shared.town.configuration import Localized
from shared.town.natures import load_natures
from support.examples import PHOTO
from support.submissions import plain
from support.town_rules import RULES

FOLDER = Path(__file__).parents[1] / "contract" / "golden" / "normalizer"


class FakeClassifier:
    """Guesses by a word of the text, always alike."""

    version = "golden" * 3
    _sure = Guess(
        (Candidate(service_code="ST-POTHOLE", confidence=0.91), Candidate(service_code="UTIL-BILL", confidence=0.04)),
        ("the pothole",),
        "There is a pothole in front of our house.",
    )
    _unsure = Guess(
        tuple(Candidate(service_code=code, confidence=0.3) for code in ("ST-POTHOLE", "UTIL-BILL", "OTHER")), (), "What is my bill?"
    )

    def __call__(self, text: str) -> Guess:
        """Sure where it says pothole."""
        return self._sure if "pothole" in text else self._unsure


GOLDEN_RULES = replace(
    RULES,
    catalogue=load_catalogue(FOLDER / "catalogue.yaml"),
    classify=FakeClassifier(),
    natures=load_natures(FOLDER / "natures.yaml"),
    bounds=Bounds(threshold=0.6, margin=0.2, doubt=0.9),
    boundary=load_boundary(FOLDER / "boundary.geojson"),
    outside_town=Localized(en="This place lies outside the town.", es="Este lugar está fuera del municipio."),
)
SATURDAY = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)

CASES: dict[str, SubmissionReceived] = {
    "web-report": plain(
        "web-report",
        text="The pothole at the gate is deep.\r\nCall me at 919-555-0123 or ada@example.org\u200b",
        attributes=(AttributeAnswer(code="LANE", values=("right lane",)),),
        place=Place(address="300 N Academy St, ask for 919-555-0124", lat=35.7915, long=-78.7811),
        reporter=Person(first_name="Ada", email="ada@example.org"),
        reply_addresses=(ReplyAddress(channel=Channel.EMAIL, address="ada@example.org"),),
        attachments=(PHOTO,),
    ),
    "web-repeated": plain("web-repeated", same_as=plain("web-report").service_request_id),
    "web-questioned": plain("web-questioned", text="A pothole broke my wheel, call 919-555-0123.", service_code="UTIL-BILL", place=None),
    "x-guessed": plain("x-guessed", channel=Channel.X, text="Deep pothole on Main #311Cary", service_code=None),
    "web-left-to-us": plain("web-left-to-us", text="¿Quién arregla la luz?", service_code=None, place=None, language=Language.ES),
    "api-private-service": plain(
        "api-private-service",
        channel=Channel.API,
        service_code="UTIL-BILL",
        place=None,
        entered_by=Actor(kind=ActorKind.INTEGRATOR, id="city-app"),
    ),
    "api-unknown-service": plain("api-unknown-service", channel=Channel.API, service_code="GIVEN-UP"),
    "phone-after-hours": plain(
        "phone-after-hours", channel=Channel.PHONE, received_at=SATURDAY, entered_by=Actor(kind=ActorKind.STAFF, id="advocate-1")
    ),
    "email-follow-up": plain(
        "email-follow-up",
        channel=Channel.EMAIL,
        subject="Re: the pothole",
        text="It is still there.",
        quoted_text="> we will look at it",
        service_code=None,
        place=None,
        claim=ThreadClaim(service_request_id=plain("web-report").service_request_id, proof=ClaimProof.TOKEN),
        source=Source(native_id="<two@example.org>", raw_id="raw-2", sender_verified=True),
    ),
    "email-spanish": plain(
        "email-spanish",
        channel=Channel.EMAIL,
        subject="Basura",
        text="Buenos días, desde el martes nadie ha recogido la basura de nuestra calle y los vecinos estamos preocupados.",
        language=None,
        service_code=None,
        place=None,
        reply_addresses=(ReplyAddress(channel=Channel.EMAIL, address="ada@example.org"),),
    ),
    "email-other-language": plain(
        "email-other-language",
        channel=Channel.EMAIL,
        text="Đèn đường trước nhà tôi bị hỏng từ tuần trước.",
        language=None,
        service_code=None,
        place=None,
        reply_addresses=(ReplyAddress(channel=Channel.EMAIL, address="ada@example.org"),),
    ),
    "email-house-in-the-text": plain(
        "email-house-in-the-text",
        channel=Channel.EMAIL,
        subject="Pothole",
        text="There is a deep pothole in front of 123 North Main Street, Cary, NC 27511.\n\n"
        "Thanks,\nAda Example\n7 Invented Oak Dr\n919-555-0123",
        service_code=None,
        place=None,
    ),
    "api-house-in-a-private-text": plain(
        "api-house-in-a-private-text",
        channel=Channel.API,
        service_code="UTIL-BILL",
        text="The bill of 12 Walnut St is too high.",
        place=None,
    ),
    "web-outside": plain("web-outside", place=Place(address="main st & oak avenue", lat=36.5, long=-78.5)),
    "x-too-short": plain(
        "x-too-short",
        channel=Channel.X,
        text="¡Hay un bache!",
        language=None,
        service_code=None,
        place=None,
        reply_addresses=(ReplyAddress(channel=Channel.X, address="1790000000000000001", language=Language.ES),),
    ),
    "web-question": plain("web-question", text="What time does the library open on Saturdays?", service_code=None, place=None),
    "email-thanks": plain(
        "email-thanks", channel=Channel.EMAIL, subject="Thank you!", text="Thank you so much.", service_code=None, place=None
    ),
    "email-automatic": plain("email-automatic", channel=Channel.EMAIL, text="I am out of the office.", is_automatic=True),
    "x-empty": plain("x-empty", channel=Channel.X, text="\u200b\u202e", service_code=None, place=None),
    "web-nothing-visible": plain("web-nothing-visible", text="\x00\u200b", service_code=None, place=Place(address="\u200b")),
}


def expected(record: bytes) -> bytes:
    """What comes of a submission's bytes."""
    return normalize(decode_submission(record), GOLDEN_RULES).encode()


def main() -> None:
    """Write every example anew."""
    for name, submission in CASES.items():
        record = submission.encode()
        (FOLDER / f"{name}.submission.json").write_bytes(record + b"\n")
        (FOLDER / f"{name}.result.json").write_bytes(expected(record) + b"\n")


if __name__ == "__main__":
    main()
