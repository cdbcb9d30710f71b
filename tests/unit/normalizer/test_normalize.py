"""The story of a submission, told by its outcomes."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.classifier.classifier import Guess
from normalizer.pipeline.normalize import normalize
from normalizer.pipeline.rules import Rules
from normalizer.pipeline.service import Bounds
from shared.contracts import (
    Actor,
    ActorKind,
    Area,
    Attention,
    AttributeAnswer,
    Candidate,
    Channel,
    ClaimProof,
    Decision,
    Emergency,
    Evidence,
    FollowUpReceived,
    Language,
    Nature,
    PersonalKind,
    Place,
    RejectionReason,
    Report,
    ServiceRequestCreated,
    Source,
    SubmissionReceived,
    SubmissionRejected,
    ThreadClaim,
    decode_event,
    decode_submission,
)
from shared.errors import ConfigurationError, PoisonError
from shared.identity import derived_event_id
from support.examples import PERSON, PHOTO, REPLY, submission
from support.submissions import plain
from support.town_rules import RULES

CLAIM = ThreadClaim(service_request_id=plain("earlier").service_request_id, proof=ClaimProof.TOKEN)
ANY_CHANNEL = st.sampled_from(Channel)
LENIENT = (Channel.EMAIL, Channel.X, Channel.MASTODON, Channel.BLUESKY)
STRICT = (Channel.WEB, Channel.API, Channel.PHONE)


def report_of(received: SubmissionReceived, rules: Rules = RULES) -> Report:
    outcome = normalize(received, rules)
    assert isinstance(outcome, ServiceRequestCreated | FollowUpReceived)
    return outcome.report


def why(report: Report, step: str) -> tuple[str, str]:
    [found] = [decision for decision in report.decisions if decision.step == step]
    return found.outcome, found.why


def test_a_report_becomes_a_request_under_its_own_number() -> None:
    """Ids are derived, times are the submission's, the resident caused it."""
    received = plain()
    outcome = normalize(received, RULES)
    assert isinstance(outcome, ServiceRequestCreated)
    assert outcome.event_id == derived_event_id(received.submission_id, "ServiceRequestCreated")
    assert outcome.service_request_id == received.service_request_id == outcome.key
    assert outcome.occurred_at == received.received_at
    assert outcome.actor == Actor(kind=ActorKind.RESIDENT)
    assert outcome.report.service.code == "ST-POTHOLE"
    assert outcome.report.attention == ()


def test_everything_that_was_sent_arrives() -> None:
    """Nothing is lost on the way: attributes, contacts, photos, source, place."""
    received = submission()
    report = report_of(received)
    for name in ("attributes", "reporter", "reply_addresses", "attachments", "source", "place", "written_at", "channel", "received_at"):
        assert getattr(report, name) == getattr(received, name)
    assert report.subject is not None
    assert report.subject.content == received.subject
    assert report.description.content == received.text
    assert report.description.cut_characters == received.cut_characters
    assert report.quoted_text is not None
    assert report.quoted_text.content == received.quoted_text


def test_what_is_said_to_be_the_same_is_for_an_advocate() -> None:
    """A request of its own that mentions the other, explained; without a word nothing of it is there."""
    outcome = normalize(plain(same_as=CLAIM.service_request_id), RULES)
    assert isinstance(outcome, ServiceRequestCreated)
    assert outcome.mentions == CLAIM.service_request_id
    assert Attention.POSSIBLE_DUPLICATE in outcome.report.attention
    assert why(outcome.report, "duplicate")[0] == "possible"
    assert outcome.key == outcome.report.service_request_id != CLAIM.service_request_id
    usual = normalize(plain(), RULES)
    assert isinstance(usual, ServiceRequestCreated)
    assert usual.mentions is None


def test_who_typed_it_in_is_the_actor() -> None:
    """An advocate's phone call, an integrator's request."""
    advocate = Actor(kind=ActorKind.STAFF, id="advocate-1")
    outcome = normalize(plain(channel=Channel.PHONE, entered_by=advocate), RULES)
    assert isinstance(outcome, ServiceRequestCreated)
    assert outcome.actor == advocate


# ── follow-ups ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("proof", ClaimProof)
def test_a_claim_alone_makes_a_follow_up(proof: ClaimProof) -> None:
    """It lies under the claimed request and carries all that a request of its own would need, its own number included."""
    claim = ThreadClaim(service_request_id=CLAIM.service_request_id, proof=proof)
    received = plain(channel=Channel.EMAIL, claim=claim)
    outcome = normalize(received, RULES)
    assert isinstance(outcome, FollowUpReceived)
    assert outcome.key == outcome.service_request_id == CLAIM.service_request_id == received.key
    assert outcome.event_id == derived_event_id(received.submission_id, "FollowUpReceived")
    assert outcome.claim == claim
    assert outcome.report.service_request_id == received.service_request_id
    assert outcome.report.service.code == "ST-POTHOLE"
    assert why(outcome.report, "thread")[0] == "follow_up"


# ── rejections ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("channel", LENIENT)
@pytest.mark.parametrize("claim", [None, CLAIM])
def test_an_automatic_message_opens_and_reopens_nothing(channel: Channel, claim: ThreadClaim | None) -> None:
    """Out of office, a list, a bounce: said so, with the key of the submission."""
    received = plain(channel=channel, is_automatic=True, claim=claim)
    outcome = normalize(received, RULES)
    assert isinstance(outcome, SubmissionRejected)
    assert outcome.reason is RejectionReason.AUTOMATIC
    assert outcome.rejected_at == received.received_at
    assert outcome.key == received.key
    assert outcome.claim == claim


@pytest.mark.parametrize("channel", LENIENT)
@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u200e", "\x00"])
def test_a_message_of_nothing_is_empty(channel: Channel, text: str) -> None:
    """Also where only invisible characters were sent, and where nothing but old words was quoted."""
    outcome = normalize(plain(channel=channel, text=text, subject=" ", service_code=None, quoted_text="> old words"), RULES)
    assert isinstance(outcome, SubmissionRejected)
    assert outcome.reason is RejectionReason.EMPTY


@pytest.mark.parametrize(
    "content",
    [{"text": "\U0001f573"}, {"subject": "Pothole"}, {"attachments": (PHOTO,)}, {"service_code": "ST-POTHOLE"}],
    ids=["one emoji", "a subject", "a photo", "a choice"],
)
def test_anything_a_person_could_look_at_is_kept(content: dict[str, object]) -> None:
    """A photo alone is a report."""
    nothing = plain(channel=Channel.EMAIL, text="", service_code=None)
    assert isinstance(normalize(nothing.model_copy(update=content), RULES), ServiceRequestCreated)


@pytest.mark.parametrize("channel", STRICT)
@pytest.mark.parametrize("is_automatic", [True, False])
def test_what_the_web_the_api_and_the_phone_accepted_is_never_rejected(channel: Channel, *, is_automatic: bool) -> None:
    """They told the sender "received"."""
    received = plain(channel=channel, text="", service_code=None, place=None, is_automatic=is_automatic)
    assert isinstance(normalize(received, RULES), ServiceRequestCreated)


# ── text and personal data ───────────────────────────────────────────────────────────────────────────────────────────────


def test_text_is_cleaned_before_anybody_sees_it() -> None:
    """Controls, direction marks and invisible characters go; words, line breaks and emoji stay."""
    report = report_of(plain(text="\u202e Bache\r\n\r\n\r\n\r\nprofundo\x00 \U0001f573 ", subject="\tRe:\n bache\u200b "))
    assert report.description.content == "Bache\n\nprofundo \U0001f573"
    assert report.subject is not None
    assert report.subject.content == "Re: bache"


def test_personal_data_is_found_in_every_text() -> None:
    """Description, subject, quoted history and the address: what the public reads holds none of it; staff see the words."""
    planted = "ada@example.org, 919-555-0123"
    report = report_of(
        plain(text=f"Write {planted}", subject=f"From {planted}", quoted_text=f"> {planted}", place=Place(address=f"Gate 5, {planted}"))
    )
    assert report.description.public == "Write [email], [phone]"
    assert report.subject is not None
    assert report.subject.public == "From [email], [phone]"
    assert report.quoted_text is not None
    assert report.quoted_text.public == "> [email], [phone]"
    assert report.address_public == "Gate 5, [email], [phone]"
    assert report.place is not None
    assert report.place.address == f"Gate 5, {planted}"
    assert planted in report.description.content
    assert why(report, "personal_data") == ("masked", "found by pattern and check: email 3, phone 3")


@pytest.mark.parametrize(
    ("source", "reasons"),
    [
        (None, ()),
        (Source(sender_verified=True), ()),
        (Source(decoded_with_losses=True), (Attention.UNREADABLE,)),
        (Source(sender_verified=False, decoded_with_losses=True), (Attention.UNREADABLE, Attention.SENDER_UNVERIFIED)),
    ],
)
def test_what_the_adapter_doubts_an_advocate_looks_at(source: Source | None, reasons: tuple[Attention, ...]) -> None:
    """Not all of it could be read, or our mail server says that the sender is another: held for review, never dropped."""
    assert report_of(plain(source=source)).attention == reasons


def test_decisions_quote_nothing_that_was_written() -> None:
    """They are shown and counted beside the text, where nothing is masked."""
    secret = "9195550123"
    report = report_of(plain(text=f"Call {secret}", service_code=secret, place=Place(address=secret), subject=secret))
    assert secret not in "".join(f"{decision.outcome} {decision.why} {decision.candidates}" for decision in report.decisions)


def test_more_matches_than_an_event_can_carry_are_covered_by_one() -> None:
    """Nothing comes out unmasked; the words between the last of them are masked too."""
    text = " ".join(f"ada{number}@example.org and" for number in range(1_000))
    report = report_of(plain(text=text))
    assert len(report.description.personal) == 200
    assert report.description.personal[-1].kind is PersonalKind.OTHER
    assert "@" not in report.description.public


def test_what_had_to_be_cut_is_told() -> None:
    """By the adapter and by us: a letter that grows when it is composed may pass the limit only here."""
    report = report_of(plain(text="\u0958" * 30_000, cut_characters=7))
    assert len(report.description.content) == 40_000
    assert report.description.cut_characters == 20_007
    assert why(report, "text")[0] == "cut"


# ── service ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


LEFT_TO_US = [
    (None, "the sender left the choice to us"),
    ("OTHER", "the sender found no service that fits"),
    ("ST-GIVEN-UP", "the chosen code is not in the catalogue; it may have been given up"),
]


def guessing(guess: Guess) -> Rules:
    """The town's rules, with a classifier that always says the same."""
    return replace(RULES, classify=Says(guess), bounds=Bounds(threshold=0.8, margin=0.3, doubt=0.9))


class Says:
    """A classifier that always says the same."""

    version = "0123456789abcdef"

    def __init__(self, guess: Guess) -> None:
        self._guess = guess
        self.asked: list[str] = []

    def __call__(self, text: str) -> Guess:
        self.asked.append(text)
        return self._guess


def guess(*candidates: tuple[str, float]) -> Guess:
    some = tuple(Candidate(service_code=code, confidence=confidence) for code, confidence in candidates)
    return Guess(some, ("the words",), "An example of ours.")


def service_of(report: Report) -> Decision:
    [found] = [decision for decision in report.decisions if decision.step == "service"]
    return found


SURE = guess(("TREE", 0.92), ("ROW-VEG", 0.04), ("PARK", 0.01))


@pytest.mark.parametrize(("code", "reason"), LEFT_TO_US)
def test_where_the_choice_is_ours_a_clear_text_makes_it(code: str | None, reason: str) -> None:
    """Without an advocate, and with everything that one needs to judge it later."""
    report = report_of(plain(service_code=code), guessing(SURE))
    assert report.service.code == "TREE"
    assert report.attention == ()
    decision = service_of(report)
    assert (decision.outcome, decision.why) == ("TREE", f"{reason}; the text speaks for it")
    assert (decision.confidence, decision.candidates, decision.version) == (0.92, SURE.candidates, "0123456789ab")
    assert decision.evidence == Evidence(phrases=("the words",), nearest_example="An example of ours.")


@pytest.mark.parametrize(("code", "reason"), LEFT_TO_US)
@pytest.mark.parametrize(
    ("unsure", "doubt"),
    [
        (guess(("TREE", 0.79), ("ROW-VEG", 0.04)), "the text does not clearly speak for one"),
        (guess(("TREE", 0.85), ("ROW-VEG", 0.6)), "the text does not clearly speak for one"),
        (guess(("OTHER", 0.99), ("TREE", 0.01)), "the text fits no service"),
    ],
)
def test_without_a_clear_choice_an_advocate_looks(code: str | None, reason: str, unsure: Guess, doubt: str) -> None:
    """The general service, flagged, with the candidates; the reason is said."""
    report = report_of(plain(service_code=code), guessing(unsure))
    assert report.service.code == "OTHER"
    assert report.attention == (Attention.UNSURE_SERVICE,)
    assert why(report, "service") == ("OTHER", f"{reason}; {doubt}")
    assert service_of(report).candidates == unsure.candidates


@pytest.mark.parametrize(("code", "reason"), LEFT_TO_US)
def test_without_words_there_is_nothing_to_guess_by(code: str | None, reason: str) -> None:
    """A photo alone: an advocate looks at it."""
    report = report_of(plain(text=" \u200b", service_code=code, attachments=(PHOTO,)), guessing(SURE))
    assert (report.service.code, report.attention) == ("OTHER", (Attention.UNSURE_SERVICE,))
    assert why(report, "service") == ("OTHER", f"{reason}, and there is no text to go by")


def test_a_choice_that_the_text_contradicts_stands_and_is_questioned() -> None:
    """The advocate is told, and sees what the text speaks for; nobody is overruled."""
    report = report_of(plain(service_code="ST-POTHOLE"), guessing(SURE))
    assert report.service.code == "ST-POTHOLE"
    assert report.attention == (Attention.SERVICE_MISMATCH,)
    assert why(report, "service") == ("ST-POTHOLE", "it was chosen by the sender, and stands; the text speaks for TREE")
    assert service_of(report).candidates == SURE.candidates


@pytest.mark.parametrize("said", [guess(("TREE", 0.89)), guess(("OTHER", 0.99)), guess(("ST-POTHOLE", 0.99))])
def test_a_choice_is_not_questioned_without_a_clear_reason(said: Guess) -> None:
    """A doubtful text, one that fits nothing, one that agrees."""
    report = report_of(plain(service_code="ST-POTHOLE"), guessing(said))
    assert (report.service.code, report.attention) == ("ST-POTHOLE", ())
    assert service_of(report).candidates == ()


def test_the_classifier_sees_no_personal_data() -> None:
    """Subject and text, masked: what it quotes to staff holds no number, and none is learnt from."""
    rules = guessing(SURE)
    report_of(plain(channel=Channel.EMAIL, subject="Tree at 919-555-0123", text="Mail ada@example.org", service_code=None), rules)
    assert isinstance(rules.classify, Says)
    assert rules.classify.asked == ["Tree at [phone]\nMail [email]"]


def test_the_town_knows_a_pothole_when_it_reads_of_one() -> None:
    """With the model that comes with the package, in both languages."""
    for text in ("There is a deep pothole in the right lane, my tire blew", "Hay un bache muy hondo en mi calle"):
        report = report_of(plain(text=text, service_code=None))
        assert (report.service.code, report.attention) == ("ST-POTHOLE", ())


def test_the_decision_names_the_catalogue_that_it_was_made_with() -> None:
    """So that an old decision can be understood."""
    [decision] = [decision for decision in report_of(plain()).decisions if decision.step == "service"]
    assert decision.version == RULES.catalogue.version[:12]


def test_a_bill_is_private() -> None:
    """The catalogue says which services the public never sees."""
    assert report_of(plain(service_code="UTIL-BILL")).is_private
    assert not report_of(plain()).is_private


@pytest.mark.parametrize(("language", "words"), [(Language.EN, "belong to Duke Energy"), (Language.ES, "pertenecen a Duke Energy")])
def test_the_owner_is_told_in_the_residents_language(language: Language, words: str) -> None:
    """Where such things are often not the town's."""
    report = report_of(plain(service_code="ST-LIGHT", language=language))
    assert words in (report.service_notice or "")
    assert report.language is language
    assert report.service.name == "Street light"  # the department's language is English


# ── place ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("place", "explanation"),
    [
        (Place(address="creek behind the third court, Bond Park"), "the sender gave words"),
        (Place(lat=35.79, long=-78.78), "the sender gave a point"),
        (Place(address="gate 5", lat=35.79, long=-78.78), "the sender gave words and a point"),
        (Place(area=Area(south=35.7, west=-78.9, north=35.8, east=-78.7)), "the sender gave an area"),
        (Place(zipcode="27513"), "the sender gave words"),
    ],
)
def test_any_place_is_taken_as_it_was_given(place: Place, explanation: str) -> None:
    """Words, a point, an area: none is refused, nothing is guessed."""
    report = report_of(plain(place=place))
    assert report.place == place
    assert report.address_public == place.address
    assert report.attention == ()
    assert why(report, "place") == ("as_given", explanation)


@pytest.mark.parametrize("place", [None, Place(), Place(address=" \u200b ", zipcode="\x00")])
def test_a_missing_place_is_flagged_only_where_one_is_needed(place: Place | None) -> None:
    """A pothole without a place needs a call back; a question about a class does not."""
    assert report_of(plain(place=place)).attention == (Attention.NO_PLACE,)
    assert report_of(plain(place=place)).place is None
    assert report_of(plain(place=place, service_code="RECREATION", text="When does the swimming class begin?")).attention == ()


def test_an_address_is_cleaned_and_keeps_its_point() -> None:
    """One line, without what cannot be seen."""
    report = report_of(plain(place=Place(address=" 300 N\n\u200bAcademy  St ", lat=35.79, long=-78.78)))
    assert report.place == Place(address="300 N Academy St", lat=35.79, long=-78.78, normalized_address="300 N ACADEMY ST")


def test_an_address_of_nothing_but_personal_data_stays_a_valid_line() -> None:
    """Masks may be longer than what they hide."""
    report = report_of(plain(place=Place(address="a@b.co " * 142)))
    assert report.address_public is not None
    assert len(report.address_public) <= 1_000
    assert "@" not in report.address_public


# ── business clock ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_work_is_promised_by_the_end_of_a_business_day() -> None:
    """Three business days after Monday morning is the end of Thursday, by the town's clock."""
    report = report_of(plain())
    assert report.expected_datetime == datetime(2026, 3, 6, 0, 0, tzinfo=UTC)  # Thursday 19:00 in Cary, winter time
    assert why(report, "clock")[0] == "in_hours"


def test_after_hours_counts_from_the_next_opening() -> None:
    """Saturday's report starts on Monday, in summer time by then."""
    report = report_of(plain(received_at=datetime(2026, 3, 7, 15, 0, tzinfo=UTC)))
    assert report.expected_datetime == datetime(2026, 3, 11, 23, 0, tzinfo=UTC)  # Wednesday 19:00
    outcome, reason = why(report, "clock")
    assert outcome == "after_hours"
    assert reason.endswith("counted from the next opening")


@pytest.mark.parametrize("channel", Channel)
def test_mail_and_posts_are_answered_within_one_business_day(channel: Channel) -> None:
    """Elsewhere the number tells how things stand."""
    due = report_of(plain(channel=channel)).answer_due_datetime
    assert due == (datetime(2026, 3, 3, 14, 30, tzinfo=UTC) if channel in LENIENT else None)


@pytest.mark.parametrize("channel", Channel)
def test_a_question_is_owed_an_answer_on_every_channel_and_no_work(channel: Channel) -> None:
    """Within the town's answer days; the decision says so."""
    report = report_of(plain(channel=channel, text="What are your opening hours?", service_code=None, place=None))
    assert report.nature is Nature.INQUIRY
    assert report.expected_datetime is None
    assert report.answer_due_datetime == RULES.calendar.add_business_days(report.received_at, RULES.answer_business_days)
    assert why(report, "clock") == ("in_hours", "an answer within 1 business day(s)")
    assert why(report, "nature")[0] == "inquiry"


@pytest.mark.parametrize("channel", Channel)
def test_thanks_are_kept_and_owed_nothing(channel: Channel) -> None:
    """Nothing is rejected for it."""
    report = report_of(plain(channel=channel, text="Thank you so much, the crew did a great job!", service_code=None, place=None))
    assert (report.nature, report.answer_due_datetime, report.expected_datetime) == (Nature.NEITHER, None, None)
    assert why(report, "clock")[1] == "nothing is owed"


def test_what_was_chosen_is_wanted_unless_it_is_plainly_a_question() -> None:
    """A choice speaks for a request, the general service for nothing."""
    assert report_of(plain(text="Thank you so much!", service_code="ST-POTHOLE")).nature is Nature.SERVICE_REQUEST
    assert report_of(plain(text="Thank you so much!", service_code="OTHER")).nature is Nature.NEITHER
    assert report_of(plain(text="What time do you open?", service_code="ST-POTHOLE")).nature is Nature.INQUIRY


def test_an_emergency_is_a_request_whatever_else_it_is() -> None:
    """Somebody may ask politely."""
    report = report_of(plain(text="Thank you! Who do I call, my neighbor's house is on fire?", service_code=None))
    assert report.emergency is Emergency.LIFE_SAFETY
    assert report.nature is Nature.SERVICE_REQUEST
    assert report.expected_datetime is not None


def test_in_a_thread_the_subject_is_ours() -> None:
    """A "thank you" to our mail about somebody's pothole is thanks; the subject of a new mail is the author's."""
    received = plain(channel=Channel.EMAIL, subject="Re: What are your hours?", text="Thank you!", service_code=None, claim=CLAIM)
    assert report_of(received).nature is Nature.NEITHER
    assert report_of(received.model_copy(update={"claim": None, "subject": "What are your hours?"})).nature is Nature.INQUIRY


def test_an_advocate_sees_the_words_that_decided_without_personal_data() -> None:
    """Three at most, masked."""
    report = report_of(plain(text="Could you tell 919-555-0123 what your opening hours are? Who do I ask?", service_code=None))
    [found] = [decision for decision in report.decisions if decision.step == "nature"]
    assert found.version == RULES.natures.version[:12]
    assert found.evidence is not None
    assert 1 <= len(found.evidence.phrases) <= 3
    assert "555" not in str(found.evidence.phrases)


@given(
    text=st.text(max_size=300),
    subject=st.text(max_size=60),
    channel=ANY_CHANNEL,
    service_code=st.sampled_from([None, "OTHER", "ST-POTHOLE"]),
)
def test_what_is_owed_follows_from_what_it_is(text: str, subject: str, channel: Channel, service_code: str | None) -> None:
    """On any text: work for requests alone, nothing for what is neither."""
    outcome = normalize(plain(channel=channel, text=text, subject=subject, service_code=service_code), RULES)
    if isinstance(outcome, SubmissionRejected):
        return
    report = outcome.report
    assert (report.expected_datetime is not None) is (report.nature is Nature.SERVICE_REQUEST)
    assert (report.answer_due_datetime is not None) is (
        report.nature is Nature.INQUIRY or (report.nature is Nature.SERVICE_REQUEST and channel in LENIENT)
    )


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_a_time_at_which_nobody_can_have_written_is_poison(year: int) -> None:
    """A calendar would overflow or compute nonsense; the record can never be handled."""
    with pytest.raises(PoisonError, match="implausible_time"):
        normalize(plain(received_at=datetime(year, 6, 1, tzinfo=UTC)), RULES)


# ── tracking number ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_automatic", [True, False])
def test_another_secret_is_a_wrong_configuration(*, is_automatic: bool) -> None:
    """Said with the submission's id and channel, before anything is decided, also of what would be rejected."""
    received = plain(channel=Channel.EMAIL, is_automatic=is_automatic)
    with pytest.raises(ConfigurationError, match="TRACKING_NUMBER_SECRET") as caught:
        normalize(received, replace(RULES, tracking_number_secret=b"another secret of the same length.."))
    assert str(received.submission_id) in str(caught.value)
    assert received.text not in str(caught.value)


# ── properties ───────────────────────────────────────────────────────────────────────────────────────────────────────────

TEXTS = st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("0123456789@.- ado\u200d\u202e\u0958")))
PLACES = st.builds(
    Place,
    address=st.none() | TEXTS.filter(lambda text: len(text) <= 1_000),
    zipcode=st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lat=st.just(35.79),
    long=st.just(-78.78),
)


@given(
    native_id=st.uuids().map(str),
    channel=ANY_CHANNEL,
    text=TEXTS,
    subject=st.none() | TEXTS,
    quoted=st.none() | TEXTS,
    place=st.none() | PLACES,
    code=st.none() | st.sampled_from(["ST-POTHOLE", "UTIL-BILL", "OTHER", "GONE"]),
    claim=st.sampled_from([None, CLAIM]),
    received_at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zone by timezones
    language=st.none() | st.sampled_from(Language),
)
def test_any_submission_becomes_a_valid_message_always_the_same(  # noqa: PLR0917 - hypothesis passes them by name
    native_id: str,
    channel: Channel,
    text: str,
    subject: str | None,
    quoted: str | None,
    place: Place | None,
    code: str | None,
    claim: ThreadClaim | None,
    received_at: datetime,
    language: Language | None,
) -> None:
    """What comes out decodes, keeps to the contract, hides what it found, and is the same bytes at every delivery."""
    received = plain(
        native_id,
        channel=channel,
        text=text,
        subject=subject,
        quoted_text=quoted,
        place=place,
        service_code=code,
        claim=claim,
        received_at=received_at,
        language=language,
        attributes=(AttributeAnswer(code="Q", values=("a",)),),
        reporter=PERSON,
        reply_addresses=(REPLY,),
    )
    record = received.encode()
    first = normalize(decode_submission(record), RULES)
    again = normalize(decode_submission(record), RULES)
    assert first.encode() == again.encode()
    assert first.key == received.key
    if isinstance(first, SubmissionRejected):
        assert channel in LENIENT
        return
    assert decode_event(first.encode()) == first
    for span in first.report.description.personal:
        assert first.report.description.content[span.start : span.end]
    assert {decision.step for decision in first.report.decisions} >= {"service", "place", "clock", "thread"}
    assert isinstance(first.event_id, UUID)


@pytest.mark.parametrize(
    ("text", "emergency"),
    [("My kitchen is on fire", Emergency.LIFE_SAFETY), ("La casa está llena de aguas negras, sale por el inodoro", Emergency.WATER_SEWER)],
)
def test_an_emergency_is_marked_and_put_before_a_person(text: str, emergency: Emergency) -> None:
    """In any language and with any service; the decision names the rule, never the words."""
    report = report_of(plain(text=text))
    assert report.emergency is emergency
    assert report.attention[0] is Attention.EMERGENCY
    outcome, reason = why(report, "emergency")
    assert outcome == emergency.value
    assert "kitchen" not in reason


def test_a_subject_alone_can_be_an_emergency_and_a_quotation_cannot() -> None:
    """What is quoted somebody else wrote."""
    assert report_of(plain(text="12 Elm Street", subject="House on fire")).emergency is Emergency.LIFE_SAFETY
    assert report_of(plain(text="Thank you for the answer", quoted_text="House on fire")).emergency is None
