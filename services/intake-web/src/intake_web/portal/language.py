"""Which language a page is shown in. Pure."""

from collections.abc import Sequence
from urllib.parse import urlencode

from shared.contracts import Language

COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600
"""A year: long enough that nobody chooses twice, and nothing personal is in it."""
OWN_NAMES = {Language.EN: "English", Language.ES: "Español"}
"""Each language in its own words: who needs the switch may not read the other."""
_MAX_HEADER_CHARACTERS = 1_000


def known(name: str | None) -> Language | None:
    """The language of that code, or None where we do not have it."""
    return Language(name) if name in frozenset(Language) else None


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def accepted(header: str) -> Language:
    """The best of our languages for an ``Accept-Language`` header (RFC 9110, 12.5.4); English where nothing fits."""
    ranked: list[tuple[float, Language]] = []
    for item in header[:_MAX_HEADER_CHARACTERS].split(","):
        name, *parameters = item.strip().split(";")
        language = known(name.strip().lower().partition("-")[0])
        quality = _quality(parameters)
        if language is not None and quality > 0:
            ranked.append((quality, language))
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else Language.EN


def choose(*, asked: str | None, cookie: str | None, header: str) -> Language:
    """What the address or the form asks for, else what was chosen before, else what the browser prefers."""
    return known(asked) or known(cookie) or accepted(header)


def same_page(path: str, query: Sequence[tuple[str, str]], language: Language) -> str:
    """The address of this page in ``language``, the rest of its query kept."""
    kept = [(name, value) for name, value in query if name != COOKIE]
    return f"{path}?{urlencode([*kept, (COOKIE, language.value)])}"
