"""Whatever was written: no step of the pipeline raises, takes more than linear time, or needs more than a few megabytes."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.pipeline.emergency import listen
from normalizer.pipeline.language import choose_language
from normalizer.pipeline.normalize import normalize
from normalizer.pipeline.place import locate
from normalizer.pipeline.service import choose_service
from normalizer.pipeline.words import Words, clean, find_personal
from shared.cleaning import clean_line, clean_text
from shared.contracts import Channel, Place, decode_submission
from shared.errors import PoisonError
from shared.pii import find_personal_data
from support.linear import grows_linearly
from support.submissions import plain
from support.town_rules import RULES

MAX_CHARACTERS = 40_000
BYTES_A_CHARACTER = 1_000
"""Of memory while one submission is worked on: 40 MB for the longest."""

HOSTILE = [
    # digits, points, signs, blanks: what numbers and addresses are made of
    *("1", "1.", "1 ", "1-", "1/", "+1 ", "(1", "00 1", "1:", "a:", "f:f", "1.2.3.4 ", "919 555 0123 ", "4111111111111111 ", "DE89 3704 "),
    *("@", "a@", "a@b.", "a.", "a at ", " dot ", "(at)", "a at b dot c ", "://", "www.a."),
    # words that begin a rule, over and over, and what follows them
    *("Mr. ", "Mr Ann ", "my name is ", "Name: ", "I'm Ann Bell ", "Ann Bell, ", "de la ", "Ann de la ", "thanks, ", "thanks\n", "here "),
    *(
        "account ",
        "account number # ",
        "account 1 ",
        "routing ",
        "plate NC ",
        "license number is ",
        "dob ",
        "born March 3, ",
        "vin ",
        "A",
        "AB1 ",
    ),
    *("the house is on fire ", "not ", "no gas smell ", "pothole ", "12 Main St ", "corner of ", "Main and Oak ", "N 1 St "),
    # marks, pictures, direction, what composes and what joins
    *(
        "\u0301",
        "a\u0301",
        "\u0301\u0345",
        "\u0958",
        "\ufdfa",
        "\U0001f600",
        "\U0001f600\u200d",
        "\u202e",
        "a\u202e",
        "\u200da",
        "\u0661",
        "\uff11 ",
    ),
    # quotes, brackets, lines
    *('"', "'", "> ", ">", "((", "[", "[a", "<a>", "\n", "a\n", " \n", "-", "_", "\\", "&amp;"),
]

WORDS = st.sampled_from(
    [
        *(
            "account",
            "number",
            "routing",
            "DOB",
            "born",
            "on",
            "plate",
            "license",
            "NC",
            "passport",
            "VIN",
            "my name is",
            "Mr.",
            "I'm",
            "soy",
            "Thanks,",
        ),
        *(
            "919-555-0123",
            "4111 1111 1111 1111",
            "DE89 3704 0044 0532 0130 00",
            "203.0.113.7",
            "2001:db8::1",
            "ada@example.org",
            "at",
            "dot",
            "com",
        ),
        *(
            "Ann",
            "Bell",
            "de la",
            "Street",
            "12",
            "#",
            ":",
            "--",
            "\n",
            "fire",
            "gas",
            "not",
            "pothole",
            "¿",
            "ñ",
            "\u200d",
            "\u0301",
            "\U0001f600",
            "\u202e",
        ),
    ]
)
ANY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])), st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS, max_size=40).map("".join)
)


@given(ANY, ANY)
def test_no_step_raises_on_any_text(text: str, subject: str) -> None:
    """Letters of all scripts, and the words that the rules are about in any order."""
    submission = plain(text=text, subject=subject[:1_000], language=None, service_code=None, place=Place(address=text[:1_000] or None))
    words = clean(submission)
    listen(words, RULES.emergencies)
    texts = find_personal(words)
    choose_language(submission, words, RULES.recogniser)
    choose_service(submission, texts, RULES.catalogue, RULES.classify, RULES.bounds)
    locate(submission, texts, RULES.catalogue.general, RULES.boundary)


@given(ANY)
def test_any_text_makes_a_record_that_can_be_read(text: str) -> None:
    """From a mail, where nobody checked it before."""
    outcome = normalize(plain(channel=Channel.EMAIL, text=text, language=None, service_code=None), RULES)
    assert outcome.encode()


@given(ANY)
def test_cleaning_changes_nothing_that_is_clean(text: str) -> None:
    """Twice is once; so a text that an adapter cleaned has the same personal data here."""
    cleaned, _ = clean_text(text, max_characters=MAX_CHARACTERS)
    assert clean_text(cleaned, max_characters=MAX_CHARACTERS) == (cleaned, 0)
    line = clean_line(text)
    assert clean_line(line) == line


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_whole_pipeline_takes_linear_time(unit: str) -> None:
    """Four times the text is four times the work, whatever it is made of."""

    def work(text: str) -> object:
        return normalize(plain(text=text, quoted_text=text, subject=text[:1_000], language=None, service_code=None), RULES)

    work("warm up")
    assert grows_linearly(work, unit)


@pytest.mark.parametrize("unit", ["a", "\n", " \n", "a\u0301", "\U0001f600\u200d", "\u200da", "\u202e"])
def test_a_long_text_is_cleaned_in_linear_time(unit: str) -> None:
    """Adapters clean what they are given; a mail may well have a megabyte."""
    assert grows_linearly(lambda text: clean_text(text, max_characters=MAX_CHARACTERS), unit, 60_000)
    assert grows_linearly(clean_line, unit, 60_000)


@pytest.mark.parametrize("unit", ["1-", "my name is Ann Bell, ", "account 1 "])
def test_a_text_of_any_length_is_searched_for_personal_data_in_linear_time(unit: str) -> None:
    """Comments and addresses are masked too, by who has not cut them before."""
    assert grows_linearly(find_personal_data, unit, 25_000)


def test_a_record_with_a_text_that_is_too_long_is_refused() -> None:
    """By the contract, before any step sees it: put aside, not choked on."""
    record = plain(text="a" * MAX_CHARACTERS).encode().replace(b"a" * MAX_CHARACTERS, b"a" * 1_000_000)
    with pytest.raises(PoisonError):
        decode_submission(record)


@pytest.mark.parametrize("unit", ["a@b.", "1-"])
def test_memory_is_bounded(unit: str) -> None:
    """One submission never takes the room of the others."""
    submission = plain(text=unit * (4_000 // len(unit)))
    normalize(plain(text="warm up"), RULES)
    tracemalloc.start()
    try:
        normalize(submission, RULES)
        assert tracemalloc.get_traced_memory()[1] < 4_000 * BYTES_A_CHARACTER
    finally:
        tracemalloc.stop()


def test_a_subject_of_anything_is_searched_with_its_text() -> None:
    """What stands in the subject alone is found there too."""
    texts = find_personal(Words("call 919-555-0123", "", "my name is Ann Bell", 0, 0))
    assert texts.subject is not None
    assert texts.quoted is not None
    assert (texts.subject.public, texts.quoted.public) == ("call [phone]", "my name is [name]")
