"""What is said in public: the number and nothing of the resident, in their language, of a length that X takes."""

from datetime import UTC, datetime
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_social.reply import every_reply, reply_text, texts
from intake_social.x.length import MAX_LENGTH, weighted_length
from shared.contracts import Attention, Emergency, Language, Nature, ServiceRequestUpdated
from shared.tracking_number import display
from support.examples import FULL_MESSAGES
from support.town_rules import RULES, TOWN

CALENDAR = RULES.calendar
THANKSGIVING_EVE = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
"""A Wednesday, 8 p.m. in Cary: Thursday, Friday and the weekend follow."""
SUNDAY_OF_THE_CHANGE = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
"""Half past one of the hour that comes twice."""


def update(**changes: object) -> ServiceRequestUpdated:
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    return full.model_copy(update={"attention": (), "emergency": None} | changes)


@pytest.mark.parametrize("language", Language)
def test_a_reply_holds_the_number_and_nothing_of_the_request(language: Language) -> None:
    """Whatever the request is about, the same words."""
    told = update()
    text = reply_text(told, language, TOWN, CALENDAR)
    assert text == texts()[language.value]["received"].format(number=display(told.service_request_id))
    private = {"public_text": "Jane Roe, 12 Elm St", "service_notice": "Bill of Jane Roe", "is_private": True}
    assert reply_text(update(**private), language, TOWN, CALENDAR) == text


@pytest.mark.parametrize("language", Language)
def test_it_asks_for_the_place_where_there_is_none(language: Language) -> None:
    """Where the service needs one, or nobody knows yet which service it is; not of a post that has one."""
    asked = texts()[language.value]["place"]
    for attention in (Attention.UNSURE_SERVICE, Attention.NO_PLACE):
        assert asked in reply_text(update(attention=(attention,)), language, TOWN, CALENDAR)
        assert asked not in reply_text(update(attention=(attention,)), language, TOWN, CALENDAR, has_place=True)
    assert asked not in reply_text(update(attention=(Attention.POSSIBLE_DUPLICATE,)), language, TOWN, CALENDAR)


@pytest.mark.parametrize("language", Language)
def test_a_place_found_in_the_text_is_not_asked_for(language: Language) -> None:
    """An advocate looks at it; who wrote it need not write it again."""
    asked = texts()[language.value]["place"]
    assert asked not in reply_text(update(attention=(Attention.UNSURE_SERVICE, Attention.UNSURE_PLACE)), language, TOWN, CALENDAR)


@pytest.mark.parametrize("language", Language)
def test_outside_the_town_it_is_told_whom_to_ask(language: Language) -> None:
    """Once, without asking for the place; of a private matter not even that is said in public."""
    outside, asked = texts()[language.value]["outside"], texts()[language.value]["place"]
    reasons = (Attention.UNSURE_SERVICE, Attention.OUTSIDE_TOWN)
    text = reply_text(update(attention=reasons, is_private=False), language, TOWN, CALENDAR)
    assert outside in text
    assert asked not in text
    assert outside not in reply_text(update(attention=reasons, is_private=True), language, TOWN, CALENDAR)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("emergency", "number"), [(Emergency.LIFE_SAFETY, "911"), (Emergency.WATER_SEWER, "(919) 469-4000")])
def test_an_emergency_is_told_first_whom_to_call(language: Language, emergency: Emergency, number: str) -> None:
    """Where the normalizer found one."""
    text = reply_text(update(emergency=emergency), language, TOWN, CALENDAR)
    assert text.index(number) < text.index(display(update().service_request_id))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (Language.EN, "We have your question. Its number is {number}. We answer it by Tuesday, March 3."),
        (Language.ES, "Recibimos su pregunta. Su número es {number}. Le responderemos a más tardar el martes 3 de marzo."),
    ],
)
def test_a_question_is_promised_an_answer_and_no_work(language: Language, sentence: str) -> None:
    """By the day that the normalizer gave it; a question has no place."""
    told = update(nature=Nature.INQUIRY, attention=(Attention.NO_PLACE,))
    assert reply_text(told, language, TOWN, CALENDAR) == sentence.format(number=display(told.service_request_id))


@pytest.mark.parametrize("language", Language)
def test_thanks_are_promised_nothing(language: Language) -> None:
    """Only the number, in case that it was something after all."""
    told = update(nature=Nature.NEITHER, attention=(Attention.UNSURE_SERVICE,), answer_due_datetime=None)
    assert reply_text(told, language, TOWN, CALENDAR) == texts()[language]["received_noted"].format(number=display(told.service_request_id))


@pytest.mark.parametrize(
    ("at", "language", "sentence"),
    [
        (THANKSGIVING_EVE, Language.EN, "Because of Thanksgiving our desk opens on Monday, November 30, at 7:00 a.m."),
        (THANKSGIVING_EVE, Language.ES, "Por el Día de Acción de Gracias, nuestra oficina abre el lunes 30 de noviembre a las 7:00 a. m."),
        (SUNDAY_OF_THE_CHANGE, Language.EN, "Our desk opens on Monday, November 2, at 7:00 a.m."),
    ],
)
def test_after_hours_it_says_when_the_desk_opens(at: datetime, language: Language, sentence: str) -> None:
    """And does not send people to a telephone that nobody answers; a water or sewer emergency is answered at any hour."""
    text = reply_text(update(requested_datetime=at), language, TOWN, CALENDAR)
    assert text.endswith(sentence)
    assert "311" not in text.replace(display(update().service_request_id), "")
    emergency = reply_text(update(requested_datetime=at, emergency=Emergency.WATER_SEWER), language, TOWN, CALENDAR)
    assert sentence not in emergency
    assert "311" in emergency


def test_every_language_says_the_same() -> None:
    """The same texts with the same places to fill."""
    filled = {
        language: {key: sorted(name for _, name, _, _ in Formatter().parse(text) if name) for key, text in said.items()}
        for language, said in texts().items()
    }
    assert set(filled) == {language.value for language in Language}
    assert filled["en"] == filled["es"]


@pytest.mark.parametrize("text", list(every_reply(TOWN)))
def test_every_reply_fits_and_has_no_link(text: str) -> None:
    """A link would cost a dozen times as much; a tag or a name would reach people who did not ask."""
    assert weighted_length(text) <= MAX_LENGTH
    assert [sign for sign in ("http", ".gov", "#", "@") if sign in text] == []


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Thank you", 9),
        ("¿Dónde es?", 10),
        ("e\u0301", 1),  # composed before it is counted
        ("谢谢", 4),
        ("👍", 2),
        ("—“”…", 5),  # of punctuation the ellipsis weighs two
        ("https://www.carync.gov/311?a=b", 23),
        ("See carync.gov", 4 + 23),
        ("http://a.b/" + "x" * 300, 23),
        ("a." + "b" * 98, 100),  # no link for X, which counts all of it
    ],
)
def test_length_as_x_counts_it(text: str, length: int) -> None:
    """By the published configuration of twitter-text."""
    assert weighted_length(text) == length


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_longer_text_is_never_shorter(one: str, other: str) -> None:
    """Words apart add up, whatever they are."""
    assert weighted_length(f"{one} {other}") >= max(weighted_length(one), weighted_length(other))
