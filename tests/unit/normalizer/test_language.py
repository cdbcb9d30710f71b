"""In which language somebody is answered: as they chose, else as they wrote, else as the channel supposes."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.pipeline.language import Guess, Spoken, choose_language
from normalizer.pipeline.words import clean
from normalizer.recognition import LANGUAGES
from shared.contracts import Attention, Channel, ClaimProof, Language, ReplyAddress, SubmissionReceived, ThreadClaim
from support.submissions import plain
from support.town_rules import RULES

ENGLISH = "The swing in the park is broken, and children are standing around it."
SPANISH = "El columpio del parque está roto y los niños están parados a su lado."
HINTED = {language: (ReplyAddress(channel=Channel.EMAIL, address="ada@example.org", language=language),) for language in Language}
NOTE = "[This mail is encrypted and cannot be read here. The original is kept.]"
CLAIM = ThreadClaim(service_request_id=plain("earlier").service_request_id, proof=ClaimProof.TOKEN)


def mailed(text: str, hint: Language = Language.EN, **changes: object) -> SubmissionReceived:
    """A mail; the mailbox supposes ``hint``."""
    return plain(channel=Channel.EMAIL, text=text, reply_addresses=HINTED[hint], **({"language": None} | changes))


def spoken(submission: SubmissionReceived) -> Spoken:
    return choose_language(submission, clean(submission), RULES.recogniser)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.X, Channel.API, Channel.PHONE])
@pytest.mark.parametrize("hint", Language)
@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, Language.EN),
        (SPANISH, Language.ES),
        (SPANISH.upper(), Language.ES),
        ("hay un hueco grande en la calle y nadie lo arregla", Language.ES),  # as it is typed on a telephone
        ("Anoche se cayó un árbol sobre la acera, ¿pueden venir?", Language.ES),
        ("Señora Peña told me that the lamp at the Jalapeño Grill is dark.", Language.EN),
        ("https://www.example.com/mapas/ver/columpio-roto-parque pat@example.com The lamp at the corner is dark again", Language.EN),
    ],
)
def test_who_chose_nothing_is_answered_as_they_wrote(channel: Channel, hint: Language, text: str, language: Language) -> None:
    """The mailbox's and the network's guess gives way, in the reply address too."""
    found = spoken(plain(channel=channel, text=text, language=None, reply_addresses=HINTED[hint]))
    assert (found.answered, found.is_supposed, found.detected, found.attention) == (language, False, None, ())
    assert [reply.language for reply in found.reply_addresses] == [language]
    assert found.decision.outcome == language
    assert found.decision.confidence is not None


@pytest.mark.parametrize("hint", Language)
@pytest.mark.parametrize(
    "text", ["Bache profundo", "Pothole", "27513 919 555 0123 27513 919 555 0123", "\U0001f573" * 40, "x" * 500, "¡Gracias!", NOTE]
)
def test_what_tells_nothing_is_answered_as_the_channel_supposes(hint: Language, text: str) -> None:
    """A few words fool every recogniser."""
    found = spoken(mailed(text, hint))
    assert (found.answered, found.is_supposed, found.detected) == (hint, True, None)
    assert found.decision.confidence is None


def test_without_any_hint_it_is_english() -> None:
    """Nobody can be answered, but the service's note may be read."""
    assert spoken(plain(channel=Channel.EMAIL, text="Bache", language=None, reply_addresses=())).answered is Language.EN


@pytest.mark.parametrize("chosen", Language)
@pytest.mark.parametrize(("text", "written"), [(ENGLISH, "en"), (SPANISH, "es"), ("Bache", None)])
def test_a_choice_is_kept_whatever_the_text_is_in(chosen: Language, text: str, written: str | None) -> None:
    """The page's language is the resident's own choice; that they wrote in another is told to staff."""
    found = spoken(plain(text=text, language=chosen, reply_addresses=HINTED[chosen]))
    assert (found.answered, found.is_supposed, found.reply_addresses) == (chosen, False, HINTED[chosen])
    assert found.detected == (None if written == chosen else written)
    assert found.attention == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Đèn đường trước nhà tôi bị hỏng từ tuần trước", "vi"),
        ("昨天垃圾没有人来收", "zh"),
        ("우리 집 앞 가로등이 고장났습니다", "ko"),
        ("मेरी गली में कचरा नहीं उठाया गया है", "hi"),
        ("మా వీధిలో చెత్త తీసుకెళ్ళలేదు", "te"),
        ("لم يجمع أحد القمامة في شارعنا منذ أسبوع", "ar"),
        ("Le lampadaire devant chez moi ne fonctionne plus depuis une semaine", "fr"),
    ],
)
@pytest.mark.parametrize("language", [None, Language.EN])
def test_a_language_that_we_have_no_words_in_is_told_to_an_advocate(text: str, code: str, language: Language | None) -> None:
    """Answered in English, and somebody who reads it has to look."""
    found = spoken(mailed(text, language=language))
    assert (found.answered, found.detected, found.attention) == (Language.EN, code, (Attention.OTHER_LANGUAGE,))
    assert code in found.decision.why


def test_the_subject_tells_where_the_text_is_short() -> None:
    """But never in a thread, where it is ours behind "Re:"."""
    subject = "Se rompió el columpio del parque grande"
    assert spoken(mailed("Gracias.", subject=subject)).answered is Language.ES
    assert spoken(mailed("Gracias.", subject=subject, claim=CLAIM)).is_supposed
    assert spoken(mailed(NOTE, subject=subject)).answered is Language.ES
    assert spoken(mailed(ENGLISH, subject=subject)).answered is Language.EN


TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("aeiou ñéü@:/路नé\n\x00\u202e\u200d")), max_size=2_000)


@given(text=TEXTS, subject=TEXTS, language=st.none() | st.sampled_from(Language), hint=st.sampled_from(Language))
def test_any_text_has_a_language_always_the_same(text: str, subject: str, language: Language | None, hint: Language) -> None:
    """Never an error; a choice stands; what is recognised is one of the languages that we know."""
    words = clean(plain()).__class__(subject=subject, description=text, quoted="", cut_characters=0, quoted_cut_characters=0)
    received = plain(channel=Channel.EMAIL, language=language, reply_addresses=HINTED[hint])
    found = choose_language(received, words, RULES.recogniser)
    assert found == choose_language(received, words, RULES.recogniser)
    assert found.answered is language or language is None
    assert found.detected in {None, *LANGUAGES}


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    """Whatever follows is not looked at: neither by us nor by the recogniser."""
    seen = []

    class Listening:
        version = "1"

        def __call__(self, text: str) -> Guess:
            seen.append(len(text))
            return Guess("en", 1.0)

    for text in (SPANISH * 500, "a" * 40_000, "[" * 40_000, "a@" * 20_000, " a" * 20_000):
        received = mailed(text, subject="s " * 500)
        choose_language(received, clean(received), Listening())
    assert max(seen) <= 1_201


def test_recognising_is_cheap() -> None:
    """A report costs a fraction of a millisecond of CPU; ten times that would still be cheap."""
    began = process_time()
    for _ in range(200):
        RULES.recogniser(ENGLISH)
    assert (process_time() - began) / 200 < 0.005
