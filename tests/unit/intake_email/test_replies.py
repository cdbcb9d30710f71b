"""New words, history, signature: in many languages, and without losing a word."""

# ruff: noqa: RUF001 - letters of other scripts are what these tests are about

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.parse import parse
from intake_email.reading.page import page_of
from intake_email.reading.phrases import BY_LANGUAGE
from intake_email.reading.replies import _UNSEEN, split_reply
from support.mails import PROFILE, reply
from support.mails_answered import BLOCKS, KEPT, LANGUAGES, SIGNED_OFF, WORDS

ONLY_WORDS = LANGUAGES | BLOCKS | SIGNED_OFF


@pytest.mark.parametrize("name", sorted(ONLY_WORDS))
def test_only_the_new_words_are_left(name: str) -> None:
    """Whatever the program and its language wrote around the history."""
    assert parse(ONLY_WORDS[name], PROFILE).text == WORDS


@pytest.mark.parametrize("name", sorted(ONLY_WORDS | KEPT))
def test_what_is_set_apart_is_kept(name: str) -> None:
    """Every word of the text is in one of the three piles."""
    mail = parse((ONLY_WORDS | KEPT)[name], PROFILE)
    piles = Counter(f"{mail.split.text}\n{mail.split.quoted}\n{mail.split.signature}".replace(">", " ").split())
    assert not Counter(mail.full_text.translate(_UNSEEN).replace(">", " ").split()) - piles


def test_answers_between_quotations_keep_their_questions() -> None:
    """An answer is not understood without its question."""
    text = parse(KEPT["answers-in-between"], PROFILE).text
    assert [line for line in text.split("\n") if line] == ["See below.", "> Which pole?", "Number 12.", "> Since when?", "Since Friday."]


@pytest.mark.parametrize(
    "name", ["a-sentence-about-who-wrote", "hyphens-between-thoughts", "street-in-last-lines", "a-quotation-to-comment", "records-request"]
)
def test_what_only_looks_like_history_or_signature_stays(name: str) -> None:
    """A resident's words are never taken for a program's."""
    mail = parse(KEPT[name], PROFILE)
    assert mail.text.split() == mail.full_text.split()
    assert mail.split.elided == ""


def test_nothing_but_history_is_no_word_of_the_residents() -> None:
    """The history does not become a new report."""
    mail = parse(KEPT["nothing-but-history"], PROFILE)
    assert mail.text == ""
    assert "We have looked." in mail.split.quoted


def test_an_unmarked_history_counts_only_in_an_answer() -> None:
    """Without an address in it, and in a mail that answers nothing, it may be a sentence."""
    page = page_of("I asked twice.\n\nOn March 9, 2026 the clerk wrote:\n\ncome back tomorrow")
    assert split_reply(page, is_reply=True).text == "I asked twice."
    assert split_reply(page, is_reply=False).text == page.text


def test_a_route_is_no_header_block() -> None:
    """Somebody may write "From: the library, To: the park" about a way."""
    text = "The path is flooded.\nFrom: the library\nTo: the park\nSent there by your map."
    assert split_reply(page_of(text)).text == text


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Enviado desde mi iPhone",
        "Envoyé de mon iPhone",
        "Von meinem iPhone gesendet",
        "Inviato da iPhone",
        "Enviado do meu iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Wysłane z iPhone'a",
        "Отправлено с iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "iPhone'umdan gönderildi",
        "发自我的 iPhone",
        "iPhoneから送信",
        "나의 iPhone에서 보냄",
        "Get Outlook for Android",
    ],
)
def test_how_phones_sign(line: str) -> None:
    """In the languages of their owners."""
    assert split_reply(page_of(f"{WORDS}\n\n{line}")).text == WORDS


@pytest.mark.parametrize(
    "line", ["Sent from the playground at the creek, where I stood for an hour", "The mail came from my neighbor on Monday"]
)
def test_a_last_sentence_is_no_device(line: str) -> None:
    """It names no device, or does not begin like one's signature."""
    assert line in split_reply(page_of(f"{WORDS}\n\n{line}")).text


def test_our_own_line_is_enough() -> None:
    """Even where no program wrote anything else around our text."""
    assert parse(reply(f"{WORDS}\n-- Reply  above this line --\nYour request was closed."), PROFILE).text == WORDS


def test_an_answer_below_our_line_is_found() -> None:
    """Somebody who answers at the bottom writes below everything of ours."""
    quoted = "On Mon, Mar 9, 2026 at 4:18 PM Town 311 <311@town.example> wrote:\n> Reply above this line\n> Closed."
    assert parse(reply(f"{quoted}\n\n{WORDS}"), PROFILE).text == WORDS


def test_thirteen_languages_and_more_have_all_they_need() -> None:
    """Each has the words of an attribution and of a header block."""
    complete = set.intersection(*(set(BY_LANGUAGE[table]) for table in ("wrote", "from", "sent", "to", "subject", "original_message")))
    assert len(complete) >= 13
    assert all(phrase == phrase.lower().strip() for table in BY_LANGUAGE.values() for phrases in table.values() for phrase in phrases)


_LINES = st.sampled_from(
    [
        *["On Mon, Mar 9, 2026 at 4:18 PM Town <311@town.example> wrote:", "> quoted", ">> deeper", "", "some words", "-- ", "--"],
        *["From: a@b.example", "Sent: 9.3.2026", "To: c", "Subject: d", "-----Original Message-----", "Sent from my iPhone", "_____"],
        *["Reply above this line", "Begin forwarded message:", "| table", "wrote:", "1. March 2026", "<a@b.example>", "919-555-0100"],
    ]
)


@given(st.lists(_LINES | st.text(max_size=40), max_size=40), st.booleans())
def test_no_line_is_ever_lost(lines: list[str], is_reply: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Whatever the order of what programs and people write, the piles hold every word, each once."""
    page = page_of("\n".join(line.translate(_UNSEEN) for line in lines))
    split = split_reply(page, is_reply=is_reply)
    assert Counter(f"{split.text}\n{split.quoted}\n{split.signature}".split()) == Counter(page.text.split())
