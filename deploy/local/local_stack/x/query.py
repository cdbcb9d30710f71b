"""The query of a search: its published operators, read once and then asked of each post.

Source: docs.x.com, "Build a query" of Search Posts (self-serve plans). What stands side by side is joined by AND, which binds more
tightly than OR; accents and capitals do not count; a query needs an operator that may stand alone and is not negated.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_QUERY_CHARS = 512
MAX_DEPTH = 20
"""Parentheses within parentheses, so that no query exhausts the stack."""

TOKEN = re.compile(r'\s*(?:(?P<bracket>[()])|(?P<term>-?(?:[a-z_]+:)?"[^"]*"|[^\s()"]+))', re.IGNORECASE)
HASHTAG = re.compile(r"(?<![\w&/])[#＃](\w*[^\W\d_]\w*)")  # noqa: RUF001 - the full-width sign is a hashtag's sign as well
WORD = re.compile(r"\w+")

IS = frozenset({"retweet", "reply", "quote", "verified"})
HAS = frozenset({"hashtags", "images", "links", "media", "mentions"})
STANDALONE = frozenset({"from", "to", "conversation_id"})


class QueryError(ValueError):
    """The query is not one that X accepts; the message says why, for the ``detail`` of the answer 400."""


@dataclass(frozen=True)
class Searchable:
    """What a query looks at in a post. Handles are without their ``@``; ``is_`` and ``has`` hold the flags that are true."""

    text: str
    author: str
    author_id: str = ""
    to: str = ""
    mentions: frozenset[str] = frozenset()
    conversation_id: str = ""
    lang: str = "und"
    is_: frozenset[str] = field(default_factory=frozenset)
    has: frozenset[str] = field(default_factory=frozenset)


Matches = Callable[[Searchable], bool]


@dataclass(frozen=True)
class Clause:
    """A part of a query, and whether it contains an operator that may stand alone."""

    matches: Matches
    stands_alone: bool


def fold(text: str) -> str:
    """The text as search compares it: compatibility forms, capitals and accents do not count."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def hashtags(text: str) -> list[str]:
    """The hashtags of a text without their sign; digits alone (``#311``) are none."""
    return HASHTAG.findall(text)


def parse_query(query: str) -> Matches:
    """Read a query of recent search.

    Raises:
        QueryError: too long, empty, unknown operator, unbalanced, or nothing in it may stand alone.
    """
    if len(query) > MAX_QUERY_CHARS:
        raise QueryError(f"The `query` has {len(query)} characters; at most {MAX_QUERY_CHARS} are allowed.")
    tokens = _tokens(query)
    clause = _either(tokens, 0)
    if tokens:
        raise QueryError("There is a `)` without its `(`.")
    if not clause.stands_alone:
        raise QueryError("The query needs an operator that can be used alone and is not negated.")
    return clause.matches


def _tokens(query: str) -> list[str]:
    """The query's tokens, the first one last, so that reading on is ``pop``."""
    tokens, at, end = [], 0, len(query.rstrip())
    while at < end:
        found = TOKEN.match(query, at)
        if found is None:
            raise QueryError('There is a `"` without its second one.')
        tokens.append(found["bracket"] or found["term"])
        at = found.end()
    return tokens[::-1]


def _either(tokens: list[str], depth: int) -> Clause:
    choices = [_all(tokens, depth)]
    while tokens and tokens[-1] == "OR":
        tokens.pop()
        choices.append(_all(tokens, depth))
    matchers = [choice.matches for choice in choices]
    return Clause(lambda post: any(one(post) for one in matchers), all(choice.stands_alone for choice in choices))


def _all(tokens: list[str], depth: int) -> Clause:
    parts = []
    while tokens and tokens[-1] not in {"OR", ")"}:
        part = tokens.pop()
        parts.append(_group(tokens, depth + 1) if part == "(" else _term(part))
    if not parts:
        raise QueryError("The query is empty, or has nothing beside an `OR` or within `()`.")
    matchers = [part.matches for part in parts]
    return Clause(lambda post: all(one(post) for one in matchers), any(part.stands_alone for part in parts))


def _group(tokens: list[str], depth: int) -> Clause:
    if depth > MAX_DEPTH:
        raise QueryError(f"More than {MAX_DEPTH} parentheses within one another.")
    clause = _either(tokens, depth)
    if not tokens:
        raise QueryError("There is a `(` without its `)`.")
    tokens.pop()
    return clause


def _term(token: str) -> Clause:
    if token.startswith("-"):
        positive = _term(token[1:])
        return Clause(lambda post: not positive.matches(post), stands_alone=False)
    name, colon, value = token.partition(":")
    if token.startswith(("#", "＃")):  # noqa: RUF001 - as above
        wanted = fold(token[1:])
        return Clause(lambda post: wanted in map(fold, hashtags(post.text)), stands_alone=True)
    if token.startswith("@"):
        return Clause(lambda post: fold(token[1:]) in map(fold, post.mentions), stands_alone=True)
    if colon and not token.startswith('"'):
        return Clause(_operator(name.casefold(), value.strip('"').casefold()), name.casefold() in STANDALONE)
    return _words(token)


def _words(token: str) -> Clause:
    """A keyword or a phrase: its words, whole and in their order."""
    wanted = WORD.findall(fold(token))
    if not wanted:
        raise QueryError(f"There is no word in `{token}`.")

    def matches(post: Searchable) -> bool:
        words = WORD.findall(fold(post.text))
        return any(words[at : at + len(wanted)] == wanted for at in range(len(words)))

    return Clause(matches, stands_alone=True)


def _operator(name: str, value: str) -> Matches:
    handle = value.removeprefix("@")
    match name:
        case "from" if handle:
            return lambda post: handle in {post.author.casefold(), post.author_id}
        case "to" if handle:
            return lambda post: post.to.casefold() == handle
        case "conversation_id" if value.isdecimal():
            return lambda post: post.conversation_id == value
        case "lang" if value:
            return lambda post: post.lang == value
        case "is" if value in IS:
            return lambda post: value in post.is_
        case "has" if value in HAS:
            return lambda post: value in post.has
        case _:
            raise QueryError(f"`{name}:{value}` is no operator of recent search, or its value is not one.")
