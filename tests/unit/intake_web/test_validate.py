"""What a report must be, whichever door it comes through."""

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from intake_web.draft import Draft
from intake_web.messages import SENTENCES, FieldError
from intake_web.validate import API, FORM, GEOREPORT, RawReport, Rules, validate
from shared.contracts import Channel, Language, SubmissionReceived
from shared.identity import content_digest
from shared.kafka.topics import MAX_SUBMISSION_BYTES
from shared.town.catalogue import load_catalogue

CATALOGUE = load_catalogue()
DOORS = st.sampled_from([FORM, API, GEOREPORT])
WILD = st.one_of(st.none(), st.text(max_size=60), st.text(st.characters(codec=None), max_size=30))
NAMES = [item.name for item in fields(RawReport) if item.name != "attributes"]


def wrong(rules: Rules = API, **given_fields: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - fields of any type
    result = validate(RawReport(**given_fields), CATALOGUE, rules)
    assert not isinstance(result, Draft)
    return [(error.field, error.message_key) for error in result]


def right(rules: Rules = API, **given_fields: Any) -> Draft:  # noqa: ANN401 - as above
    result = validate(RawReport(**given_fields), CATALOGUE, rules)
    assert isinstance(result, Draft), result
    return result


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, WILD)),
    st.dictionaries(
        st.one_of(st.text(max_size=10), st.sampled_from(["CART", "NEED", "POLE", "ON_DATE"])),
        st.lists(st.text(max_size=20), max_size=3),
        max_size=4,
    ),
    st.one_of(st.none(), st.sampled_from(sorted(CATALOGUE.services))),
    DOORS,
)
def test_any_report_is_a_draft_or_a_list_of_reasons(
    plain: dict[str, Any], attributes: dict[str, list[str]], code: str | None, rules: Rules
) -> None:
    """No input raises; a draft fits the contract and Kafka; every reason has a sentence."""
    result = validate(RawReport(**{**plain, "attributes": attributes, **({"service_code": code} if code else {})}), CATALOGUE, rules)

    if isinstance(result, Draft):
        submission = SubmissionReceived(
            submission_id="00000000-0000-5000-8000-000000000000",  # type: ignore[arg-type]  # pydantic reads it
            service_request_id="7KQ4M2XD9RTB",
            channel=Channel.WEB,
            received_at="2026-03-03T17:00:00Z",  # type: ignore[arg-type]  # pydantic reads it
            text=result.description,
            attributes=result.attributes,
            place=result.place,
            reporter=result.reporter,
            reply_addresses=result.reply_addresses,
        )
        assert len(submission.encode()) < MAX_SUBMISSION_BYTES
        assert result.digest() == result.digest()
    else:
        assert result
        assert all(isinstance(error, FieldError) and error.message_key in SENTENCES and error.sentence for error in result)


def test_the_longest_report_fits_into_a_record() -> None:
    """Every limit reached at once, in characters of four bytes, stays below Kafka's cap."""
    wide = "\U0001f6a7"
    draft = right(
        description=wide * 10_000,
        address=wide * 1_000,
        address_id=wide * 1_000,
        first_name=wide * 1_000,
        last_name=wide * 1_000,
        account_id=wide * 1_000,
        device_id=wide * 1_000,
        service_code="ST-LIGHT",
        attributes={"POLE": [wide * 1_000]},
    )

    assert (
        sum(len(str(part).encode()) for part in (draft.description, draft.place, draft.reporter, draft.attributes)) < MAX_SUBMISSION_BYTES
    )


@pytest.mark.parametrize("blank", ["", " ", "\n\n\t", "\u200b\u200b", "\x00\x1b", "\ud800"])
def test_a_blank_description_is_none(blank: str) -> None:
    """Whatever cannot be seen is nothing."""
    assert wrong(description=blank) == [("description", "description_required")]


def test_georeport_needs_no_description_but_a_service_and_a_place() -> None:
    """As the standard has it."""
    assert wrong(GEOREPORT) == [("service_code", "service_required"), ("address_string", "place_required")]
    assert right(GEOREPORT, service_code="OTHER", address_id="7").description == ""


def test_the_form_asks_where_only_for_what_has_a_place() -> None:
    """A bill lies nowhere; a pothole does; and without a service nobody can know."""
    assert wrong(FORM, description="a", service_code="ST-POTHOLE") == [("address", "place_required")]
    assert right(FORM, description="a", service_code="UTIL-BILL").place is None
    assert right(FORM, description="a").place is None


@pytest.mark.parametrize("place", ["creek behind the third court, Bond Park", "?", "Entre la iglesia y el río"])
def test_any_place_in_words_will_do(place: str) -> None:
    """An unrecognised location is never refused."""
    draft = right(FORM, description="a", service_code="ST-POTHOLE", address=place)
    assert draft.place is not None
    assert draft.place.address == place


@pytest.mark.parametrize(
    ("lat", "long", "field"),
    [
        ("nan", "1", "lat"),
        ("1", "inf", "long"),
        (91.0, 1.0, "lat"),
        (1.0, -180.1, "long"),
        ("1,5", "2", "lat"),
        ("0x10", "2", "lat"),
        ("1" * 400, "2", "lat"),
    ],
)
def test_a_coordinate_is_on_the_globe(lat: str | float, long: str | float, field: str) -> None:
    """Out of range, not a number, not written as one."""
    assert (field, f"{field}_invalid") in wrong(description="a", lat=lat, long=long)


@pytest.mark.parametrize("email", ["a@b.example", "first.last+tag@sub.example.org", "o'neil@example.ie", "josé@correo.example"])
def test_real_addresses_pass(email: str) -> None:
    """And the answer goes there, in the language of the page."""
    draft = right(description="a", email=email, language="es")
    assert [(reply.address, reply.language) for reply in draft.reply_addresses] == [(email, Language.ES)]


@pytest.mark.parametrize(
    "email",
    [
        "a",
        "a@b",
        "@b.example",
        "a@b..example",
        "a b@c.example",
        "a@b.example,c@d.example",
        "a@b.example\r\nBcc: x@y.example",
        "<a@b.example>",
    ],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    """Nothing that a mail header could be bent with."""
    assert wrong(description="a", email=email) == [("email", "email_invalid")]


@pytest.mark.parametrize(("updates", "is_told"), [(None, True), ("", True), ("email", True), (" Email ", True), ("none", False)])
def test_who_leaves_an_address_is_told_unless_they_said_no(updates: str | None, is_told: bool) -> None:  # noqa: FBT001 - a parameter
    """Without a word, or with yes, mails go there; after a no there is no address to write to, and the reporter is still known."""
    draft = right(description="a", email="a@b.example", updates=updates)
    assert [reply.address for reply in draft.reply_addresses] == ["a@b.example"] * is_told
    assert draft.reporter is not None
    assert draft.reporter.email == "a@b.example"


@pytest.mark.parametrize("updates", [None, "email", "none"])
def test_without_an_address_there_is_nothing_to_choose(updates: str | None) -> None:
    """The form without JavaScript posts its choice in any case."""
    assert right(description="a", updates=updates).reply_addresses == ()


def test_another_way_to_be_told_is_refused() -> None:
    """A promise that nobody keeps is not made."""
    assert wrong(description="a", email="a@b.example", updates="sms") == [("updates", "updates_unknown")]


@pytest.mark.parametrize("phone", ["(919) 469-4000", "+1 919.469.4000 ext 12", "469 4000"])
def test_telephone_numbers_are_kept_as_written(phone: str) -> None:
    """People write them as they like."""
    draft = right(description="a", phone=phone)
    assert draft.reporter is not None
    assert draft.reporter.phone == phone


@pytest.mark.parametrize("phone", ["311", "call me", "9" * 30])
def test_what_cannot_be_called_is_refused(phone: str) -> None:
    """Too short, no digits, too long."""
    assert wrong(description="a", phone=phone) == [("phone", "phone_invalid")]


def test_answers_are_kept_in_the_services_order_and_others_ignored() -> None:
    """What the service does not ask for is ignored, as Open311 has it."""
    given_answers = {"OUT_BY_SEVEN": ["YES"], "UNASKED": ["x"], "CART": ["OIL", "TRASH", "OIL", ""]}
    draft = right(description="a", service_code="SW-MISSED", attributes=given_answers)

    assert [(answer.code, answer.values) for answer in draft.attributes] == [("CART", ("OIL", "TRASH")), ("OUT_BY_SEVEN", ("YES",))]


@pytest.mark.parametrize(
    ("code", "answers", "expected"),
    [
        ("SW-MISSED", {"CART": ["GOLD"]}, ("attribute[CART]", "attribute_choice_invalid")),
        ("SW-MISSED", {"CART": ["OIL"], "OUT_BY_SEVEN": ["YES", "NO"]}, ("attribute[OUT_BY_SEVEN]", "attribute_single")),
        ("UTIL-START", {"ACTION": ["START"], "ON_DATE": ["tomorrow"]}, ("attribute[ON_DATE]", "attribute_datetime_invalid")),
        ("ST-LIGHT", {"POLE": ["9" * 1_001]}, ("attribute[POLE]", "attribute_too_long")),
        ("SW-MISSED", {}, ("attribute[CART]", "attribute_required")),
    ],
)
def test_a_wrong_answer_is_named(code: str, answers: dict[str, list[str]], expected: tuple[str, str]) -> None:
    """By the attribute's field."""
    assert expected in wrong(GEOREPORT, service_code=code, address="here", attributes=answers)


@pytest.mark.parametrize(
    ("said", "number"),
    [(None, None), ("", None), ("  ", None), ("7KQ4M2XD9RTB", "7KQ4M2XD9RTB"), (" 7kq4-m2xd-9rtb ", "7KQ4M2XD9RTB")],
)
def test_what_it_is_said_to_be_the_same_as(said: str | None, number: str | None) -> None:
    """A tracking number in any spelling, or nothing."""
    assert right(description="a", same_as=said).same_as == number


def test_what_is_no_number_is_the_same_as_nothing() -> None:
    """It is named, so that nobody believes that it was understood."""
    assert wrong(description="a", same_as="7KQ4M2XD9RTC") == [("same_as", "same_as_invalid")]


def test_a_report_that_repeats_nothing_keeps_its_digest() -> None:
    """A retry across a deployment is the same report; saying that it is the same as another makes it another."""
    plain = right(description="a")
    assert plain.digest() == content_digest(to_json(("a", None, [], None, None, (), None, None)))
    assert right(description="a", same_as="7KQ4M2XD9RTB").digest() != plain.digest()


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_report_has_one_digest_and_a_changed_word_another(first: str, second: str) -> None:
    """A retry is the same report, a changed text is not."""
    drafts = [validate(RawReport(description=f"a{text}"), CATALOGUE, API) for text in (first, second)]
    digests = [draft.digest() for draft in drafts if isinstance(draft, Draft)]
    texts = [draft.description for draft in drafts if isinstance(draft, Draft)]

    assert (len(set(digests)) == 1) == (len(set(texts)) == 1)
