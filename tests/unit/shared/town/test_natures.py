"""Question, request or neither: the rules decide as an advocate would, on any text, in linear time."""

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import Nature
from shared.errors import ConfigurationError
from shared.town.natures import BUNDLED, load_natures

NATURES = load_natures()


@pytest.mark.parametrize(
    ("text", "nature"),
    [
        ("What are your opening hours?", Nature.INQUIRY),
        ("How do I sign up for a rain barrel", Nature.INQUIRY),
        ("who do i call about a lost cat", Nature.INQUIRY),
        ("May I burn leaves in my yard?", Nature.INQUIRY),
        ("¿Hasta qué hora está abierta la biblioteca?", Nature.INQUIRY),
        ("disculpe como pago la cuenta del agua", Nature.INQUIRY),
        ("Can you fix the light at Elm and Oak?", Nature.SERVICE_REQUEST),
        ("Why was my cart not emptied?", Nature.SERVICE_REQUEST),
        ("¿Cuándo van a tapar el hoyo?", Nature.SERVICE_REQUEST),
        ("The swing is broken", Nature.SERVICE_REQUEST),
        ("Thanks, but the light is still out", Nature.SERVICE_REQUEST),
        ("something about the thing we talked about", Nature.SERVICE_REQUEST),
        ("", Nature.SERVICE_REQUEST),
        ("Thanks so much!", Nature.NEITHER),
        ("thx", Nature.NEITHER),
        ("Great job on the parade, Cary!", Nature.NEITHER),
        ("No need to come any more, the cart turned up", Nature.NEITHER),
        ("Muchas gracias a todos", Nature.NEITHER),
        ("Boost your ranking with our SEO services, limited time offer", Nature.NEITHER),
        ("I am out of the office until Monday", Nature.NEITHER),
        ("test", Nature.NEITHER),
    ],
)
def test_it_decides_as_an_advocate_would(text: str, nature: Nature) -> None:
    """A question that reports a fact is a request, and so is what nobody can tell."""
    assert NATURES.tell(text).nature is nature


def test_a_subject_counts() -> None:
    """A mail may ask in its subject alone."""
    assert NATURES.tell("Regards, Ada", "What are the pool's opening hours?").nature is Nature.INQUIRY


def test_who_chose_a_service_wants_it_unless_it_is_plainly_a_question() -> None:
    """Thanks to a crew are a request then, a bare question mark is none."""
    assert NATURES.tell("the corner of Elm and Oak?", is_chosen=True).nature is Nature.SERVICE_REQUEST
    assert NATURES.tell("Thanks so much!", is_chosen=True).nature is Nature.SERVICE_REQUEST
    assert NATURES.tell("What time is trash picked up?", is_chosen=True).nature is Nature.INQUIRY


@given(text=st.text(max_size=500), subject=st.text(max_size=100), is_chosen=st.booleans())
def test_an_emergency_is_always_a_request(text: str, subject: str, *, is_chosen: bool) -> None:
    """Whatever else the words are."""
    for some in (text, f"Thank you! What are your hours? {text}"):
        assert NATURES.tell(some, subject, is_emergency=True, is_chosen=is_chosen).nature is Nature.SERVICE_REQUEST


@given(text=st.text(max_size=500), subject=st.text(max_size=100), is_chosen=st.booleans())
def test_any_text_is_told_always_alike(text: str, subject: str, *, is_chosen: bool) -> None:
    """Never an error; what it was told by are words of the text."""
    told = NATURES.tell(text, subject, is_chosen=is_chosen)
    assert told == NATURES.tell(text, subject, is_chosen=is_chosen)
    assert not (is_chosen and told.nature is Nature.NEITHER)


@pytest.mark.parametrize("part", ["how ", "thanks ", "can you ", "a\n", "?", "is there a ", "\u202e\U0001f573", "why was the "])
def test_a_long_text_takes_no_longer_than_its_length(part: str) -> None:
    """A megabyte of anything: only its beginning is looked at."""
    began = time.process_time()
    NATURES.tell(part * (1_000_000 // len(part)))
    assert time.process_time() - began < 2


def broken(tmp_path: Path, change: str) -> Path:
    """The file with a fault in it."""
    content = yaml.safe_load(BUNDLED.read_text())
    match change:
        case "kind":
            del content["rules"]["neither"]
        case "pattern":
            content["rules"]["inquiry"]["en"][0]["pattern"] = "what (time"
        case "case":
            content["rules"]["inquiry"]["en"][0]["pattern"] = "What time"
        case "weight":
            content["rules"]["inquiry"]["es"][0]["weight"] = 0
        case "bounds":
            content["bounds"]["neither"] = -1
        case "key":
            content["boundz"] = {}
    path = tmp_path / "natures.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True))
    return path


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("kind", "natures.yaml: rules: neither is missing"),
        ("pattern", "is no regular expression"),
        ("case", "write it in lower case"),
        ("weight", "weighs nothing"),
        ("bounds", "bounds.neither"),
        ("key", "boundz"),
    ],
)
def test_a_wrong_file_stops_the_start_with_a_sentence(tmp_path: Path, change: str, sentence: str) -> None:
    """Naming the file and what is wrong with it."""
    with pytest.raises(ConfigurationError, match=r"natures\.yaml") as caught:
        load_natures(broken(tmp_path, change))
    assert sentence in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", "a: ["])
def test_what_is_no_such_file_is_said(tmp_path: Path, content: str) -> None:
    """A sentence, never a trace."""
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"mine\.yaml"):
        load_natures(path)
