"""Every kind of mail that goes out reads as a person approved it, in every language, as text and as a page."""

import pytest

from shared.contracts import Language
from support.answers_golden import CASES, FOLDER, rendered, rules


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", list(CASES))
def test_a_mail_reads_as_its_golden_example(name: str, language: Language) -> None:
    """A change is written anew by ``PYTHONPATH=tests python -m support.answers_golden``, and judged in review."""
    for ending, content in rendered(name, language, rules()).items():
        assert (FOLDER / f"{name}.{language.value}.{ending}").read_text(encoding="utf-8") == content


def test_there_is_no_golden_example_of_nothing() -> None:
    """What is no longer sent is no longer there."""
    expected = {f"{name}.{language.value}.{ending}" for name in CASES for language in Language for ending in ("txt", "html")}
    assert {path.name for path in FOLDER.iterdir()} == expected
