"""The texts of the portal: English in the templates, other languages from ``.po`` files compiled in memory at start."""

import io
from collections.abc import Mapping
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from shared.contracts import Language

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "portal"


def mark(message: str) -> str:
    """Marks a text for translation where it is only stored; the page translates it when it is shown."""
    return message


def po_file(language: Language) -> Path:
    """Where the texts of a language are."""
    return LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"


def load(language: Language) -> NullTranslations:
    """The texts of a language; English is what the templates say."""
    if language is Language.EN:
        return NullTranslations()
    compiled = io.BytesIO()
    with po_file(language).open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.value, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


def load_all() -> Mapping[Language, NullTranslations]:
    """The texts of every language we have."""
    return {language: load(language) for language in Language}
