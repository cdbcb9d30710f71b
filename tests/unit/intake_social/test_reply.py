"""What is said in public: the number and nothing of the resident, in their language, of a length that X takes."""

from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_social.reply import every_reply, reply_text, texts
from intake_social.x.length import MAX_LENGTH, weighted_length
from shared.contracts import Attention, Emergency, Language, ServiceRequestUpdated
from shared.tracking_number import display
from support.examples import FULL_MESSAGES
from support.town_rules import TOWN


def update(**changes: object) -> ServiceRequestUpdated:
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    return full.model_copy(update={"attention": (), "emergency": None} | changes)


@pytest.mark.parametrize("language", Language)
def test_a_reply_holds_the_number_and_nothing_of_the_request(language: Language) -> None:
    """Whatever the request is about, the same words."""
    told = update()
    text = reply_text(told, language, TOWN)
    assert text == texts()[language.value]["received"].format(number=display(told.service_request_id))
    private = {"public_text": "Jane Roe, 12 Elm St", "service_notice": "Bill of Jane Roe", "is_private": True}
    assert reply_text(update(**private), language, TOWN) == text


@pytest.mark.parametrize("language", Language)
def test_it_asks_for_the_place_where_there_is_none(language: Language) -> None:
    """Where the service needs one, or nobody knows yet which service it is; not of a post that has one."""
    asked = texts()[language.value]["place"]
    for attention in (Attention.UNSURE_SERVICE, Attention.NO_PLACE):
        assert asked in reply_text(update(attention=(attention,)), language, TOWN)
        assert asked not in reply_text(update(attention=(attention,)), language, TOWN, has_place=True)
    assert asked not in reply_text(update(attention=(Attention.POSSIBLE_DUPLICATE,)), language, TOWN)


@pytest.mark.parametrize("language", Language)
def test_a_place_found_in_the_text_is_not_asked_for(language: Language) -> None:
    """An advocate looks at it; who wrote it need not write it again."""
    asked = texts()[language.value]["place"]
    assert asked not in reply_text(update(attention=(Attention.UNSURE_SERVICE, Attention.UNSURE_PLACE)), language, TOWN)


@pytest.mark.parametrize("language", Language)
def test_outside_the_town_it_is_told_whom_to_ask(language: Language) -> None:
    """Once, without asking for the place; of a private matter not even that is said in public."""
    outside, asked = texts()[language.value]["outside"], texts()[language.value]["place"]
    reasons = (Attention.UNSURE_SERVICE, Attention.OUTSIDE_TOWN)
    text = reply_text(update(attention=reasons, is_private=False), language, TOWN)
    assert outside in text
    assert asked not in text
    assert outside not in reply_text(update(attention=reasons, is_private=True), language, TOWN)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("emergency", "number"), [(Emergency.LIFE_SAFETY, "911"), (Emergency.WATER_SEWER, "(919) 469-4000")])
def test_an_emergency_is_told_first_whom_to_call(language: Language, emergency: Emergency, number: str) -> None:
    """Where the normalizer found one."""
    text = reply_text(update(emergency=emergency), language, TOWN)
    assert text.index(number) < text.index(display(update().service_request_id))


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
