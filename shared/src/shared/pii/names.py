"""Names of persons, by what is said before or behind them: "my name is", "Name:", "soy", "Mrs", "my neighbour", "caller".

Who introduces a name plainly ("my name is") is believed; behind
what may say anything ("I am", "this is") the words must be none that ordinary texts and maps hold.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from shared.contracts import PersonalKind
from shared.pii.by_word import Word
from shared.pii.found import Found
from shared.pii.name_words import TITLES
from shared.pii.person_name import Trust, name_at


class Introduction(NamedTuple):
    """What may stand before a name."""

    words: str
    """Its first words, in small letters."""
    pattern: re.Pattern[str]
    """Matched where it begins; the name begins where it ends."""
    trust: Trust


_TO_NAME: Final = r"[ \t]{0,2}[:=,-]?\s{0,3}"
_KIN: Final = (
    r"(?:husband|wife|son|daughter|mother|father|mom|mum|dad|brother|sister|grandmother|grandfather|grandma|grandpa|uncle|aunt|cousin|nephew|"
    r"grand(?:son|daughter|child)|niece|neighbor|neighbour|friend|boyfriend|girlfriend|partner|fianc[eé]e?|roommate|landlord|landlady|tenant|boss|"
    r"coworker|kid|child|baby|stepson|stepdaughter|twin)"
)
_FAMILIA: Final = (
    r"(?:espos[oa]|marido|mujer|hij[oa]|madre|padre|mam[áa]|pap[áa]|herman[oa]|abuel[oa]|t[íi][oa]|prim[oa]|sobrin[oa]|vecin[oa]|"
    r"amig[oa]|novi[oa]|casero|inquilin[oa]|jef[ea]|niet[oa]|suegr[oa])"
)


def _introduction(words: str, pattern: str, trust: Trust) -> Introduction:
    return Introduction(words, re.compile(rf"(?i:{pattern})"), trust)


INTRODUCTIONS: Final = (
    _introduction("my his her their our mi su", r"(?:my|his|her|their|our) (?:full |last |first )?name(?:'s| is|:) {1,2}", Trust.PLAIN),
    _introduction("mi su", r"(?:mi|su) nombre(?: completo)?(?: es|:) {1,2}", Trust.PLAIN),
    _introduction("me", r"me llamo (?!la\b|el\b|mucho\b|a\b)", Trust.PLAIN),
    _introduction("name nombre", r"(?:name|nombre)(?: ?/ ?dob)?(?: completo)? ?(?:[:=]|- )\s{0,3}", Trust.PLAIN),
    _introduction("apellido apellidos surname", r"(?:apellidos?|surname) ?[:=]? {1,2}", Trust.PLAIN),
    _introduction("first last full maiden", r"(?:first|last|full|maiden) name(?: is|:)? {1,2}", Trust.LIKELY),
    _introduction("name", r"name on (?:the )?(?:card|account)(?: is|:)? {1,2}", Trust.LIKELY),
    _introduction("name", r"name {1,2}(?-i:(?=[^\W\d_a-z][^\W\d_]{1,30} [^\W\d_a-z][^\W\d_]))", Trust.WEAK),
    _introduction("name names nombre", r"(?:in (?:the|my) )?(?:names? of|nombre de) ", Trust.LIKELY),
    _introduction(
        "applicant owner tenant contact attn attention signed caller resident customer client guardian parent landlord landlady homeowner "
        "holder contacto solicitante propietario firmado inquilino titular",
        r"(?:applicant|owner|tenant|contact(?: person)?|attn|attention|signed|caller|resident|customer|client|guardian|parent|"
        r"landlord|landlady|homeowner|holder|contacto|solicitante|propietari[oa]|firmado|inquilin[oa]|titular)(?: name| is)?[.]?"
        + _TO_NAME,
        Trust.WEAK,
    ),
    _introduction(
        "spoke ask talked speak spoken met message sent written reported",
        r"(?:spoken?|ask|talked|speak|met|message|sent|written|reported) (?:w/|with|for|to|by) ",
        Trust.WEAK,
    ),
    _introduction("i im i'm soy", r"(?:i am|i'm|im|soy) ", Trust.WEAK),
    _introduction("this", r"this is ", Trust.WEAK),
    _introduction("habla escribe saluda", r"(?:habla|escribe|saluda) ", Trust.WEAK),
    _introduction("they", r"they call me ", Trust.WEAK),
    _introduction(
        "neighbor neighbour husband wife son daughter president vecino vecina",
        r"(?:neighbou?r|husband|wife|son|daughter|president|vecin[oa]),? ",
        Trust.WEAK,
    ),
    _introduction(
        "my his her our your",
        rf"(?:my|his|her|our|your) (?:late |ex-?|older |younger |elderly |next ?door |dear )?{_KIN}(?: in law|'s name is)?,? ",
        Trust.WEAK,
    ),
    _introduction("mi mis su sus nuestro nuestra el la", rf"(?:mis?|sus?|nuestr[oa]) {_FAMILIA},? ", Trust.WEAK),
)
_TITLE: Final = re.compile(
    r"(?i:(?:mr|mrs|ms|mx|dr|prof|rev|sr|sra|srta|lic|ing|dra)\. ?|(?:mr|mrs|ms|miss|professor|reverend|officer|señora?|señorita|sra|srta"
    r"|don|doña) )"
)
_TITLE_WORDS: Final = TITLES - {"sir", "dame", "col", "fr", "st"}
# Of whom it is not said that they are a person: a dear friend's name follows, a street's does not.
_OF_A_THING: Final = re.compile(
    r"(?:street|road|park|business|company|user|file|school|subdivision|neighborhood|dog'?s?|pet'?s?|cat'?s?|project|event|brand|domain|host|calle|"
    r"negocio|empresa|parque|place|location|building|facility|shop|store|church|hoa|camp|team|product|street's) {1,2}\Z",
    re.IGNORECASE,
)
_SEEN_BEFORE: Final = 16
_BEFORE_HERE: Final = re.compile(r"(?:\A|[,.!\n]) {0,2}((?:[^\W\d_][^\W\d_'-]{0,30} ){1,3})\Z")
_ITS: Final = re.compile(r"(?i:it'?s(?: me,?)?) (?:again )?")
_SAYS: Final = re.compile(
    r" (?:called|calls|calling|reports|reported|says|said|wants|asks|asked|requests|requested|complains|complained|states|stated"
    r"|advises|advised)\b"
)
_AFTER_ITS: Final = re.compile(r" (?:again|here|from|calling|at)\b")
HERE_CHARACTERS: Final = 80
"""How far before "here" the name may begin."""


def _index() -> dict[str, tuple[Introduction, ...]]:
    words = {word for one in INTRODUCTIONS for word in one.words.split()}
    return {word: tuple(one for one in INTRODUCTIONS if word in one.words.split()) for word in words}


_BY_WORD: Final = _index()
_INSIDE_AN_ADDRESS: Final = frozenset(".@_-/")
WORDS: Final = frozenset({*_BY_WORD, *_TITLE_WORDS, "here", "it", "its"})
"""The words that ``names`` asks about."""


def names(text: str, words: list[Word]) -> Iterator[Found]:
    """Every name that is introduced, in a text with look-alikes folded."""
    yield from _at_the_beginning(text)
    for word in words:
        for introduction in _BY_WORD.get(word.small, ()):
            found = _introduced(text, word.start, introduction)
            if found is not None:
                yield found
        if (
            word.small in _TITLE_WORDS
            and text[word.start - 1 : word.start] not in _INSIDE_AN_ADDRESS
            and (match := _TITLE.match(text, word.start))
        ):
            end = name_at(text, match.end(), Trust.WEAK)
            if end is not None:
                yield Found(word.start, end, PersonalKind.NAME)
        elif word.small == "here":
            yield from _here(text, word.start)
        elif word.small in {"it", "its"} and (match := _ITS.match(text, word.start)):
            end = name_at(text, match.end(), Trust.WEAK)
            if end is not None and _AFTER_ITS.match(text, end):
                yield Found(match.end(), end, PersonalKind.NAME)


def _at_the_beginning(text: str) -> Iterator[Found]:
    """As in "Nadine Achterhof called": the notes of who answers the telephone."""
    end = name_at(text, 0, Trust.WEAK)
    if end is not None and " " in text[:end] and _SAYS.match(text, end):
        yield Found(0, end, PersonalKind.NAME)


def _is_of_a_thing(text: str, start: int) -> bool:
    return _OF_A_THING.search(text, max(0, start - _SEEN_BEFORE), start) is not None


def _introduced(text: str, start: int, introduction: Introduction) -> Found | None:
    match = introduction.pattern.match(text, start)
    if match is None or (introduction.trust is not Trust.WEAK and _is_of_a_thing(text, start)):
        return None
    may_be_small = introduction.trust is Trust.PLAIN
    end = name_at(text, match.end(), introduction.trust, may_be_small=may_be_small)
    return None if end is None else Found(match.end(), end, PersonalKind.NAME)


def _here(text: str, here: int) -> Iterator[Found]:
    """As in "Hello, Jorge Iglesias here": between a beginning and the word stands nothing but the name."""
    first = max(0, here - HERE_CHARACTERS)
    match = _BEFORE_HERE.search(text[first:here])
    if match is not None and name_at(text, first + match.start(1), Trust.WEAK) == here - 1:
        yield Found(first + match.start(1), here - 1, PersonalKind.NAME)
