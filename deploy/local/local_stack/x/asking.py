"""The parameters of a question, read once. What X would refuse is refused, in its form. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from local_stack.x import vocabulary as known
from local_stack.x.problems import invalid
from local_stack.x.vocabulary import POST_NAMES, TWEET_NAMES, Vocabulary, canonical

Query = Mapping[str, str]
FIELD_PARAMETERS = frozenset({"expansions", "media.fields", "place.fields", "poll.fields", "user.fields"})
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")
IDENTIFIER = re.compile(r"[0-9]{1,19}")
MAX_IDS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the answer should hold."""

    names: Mapping[str, str]
    """The vocabulary of the answer."""
    posts: frozenset[str]
    users: frozenset[str]
    media: frozenset[str]
    places: frozenset[str]
    expansions: frozenset[str]


def asked_for(query: Query, vocabulary: Vocabulary) -> Asked:
    """The fields and expansions, and in which vocabulary to answer.

    Raises:
        ProblemError: X has no such field or expansion.
    """
    names = POST_NAMES if vocabulary is Vocabulary.POSTS or "post.fields" in query else TWEET_NAMES
    names = TWEET_NAMES if vocabulary is Vocabulary.TWEETS else names
    fields = _of_posts(query, vocabulary)
    expansions = _chosen(query, "expansions", known.EXPANSIONS.keys() | known.UNFILLED_EXPANSIONS)
    chosen = frozenset(known.EXPANSIONS[name] for name in expansions if name in known.EXPANSIONS)
    _chosen(query, "poll.fields", known.POLL_FIELDS)
    return Asked(
        names,
        frozenset({"id", "text", "history"}) | fields | {known.EXPANDED_FIELDS[name] for name in chosen},
        frozenset({"id", "name", "username"}) | _chosen(query, "user.fields", known.USER_FIELDS | known.UNFILLED_USER_FIELDS),
        frozenset({"media_key", "type"}) | _chosen(query, "media.fields", known.MEDIA_FIELDS | known.UNFILLED_MEDIA_FIELDS),
        frozenset({"full_name", "id"}) | _chosen(query, "place.fields", known.PLACE_FIELDS | known.UNFILLED_PLACE_FIELDS),
        chosen,
    )


def _of_posts(query: Query, vocabulary: Vocabulary) -> frozenset[str]:
    found: set[str] = set()
    for parameter, names in (("tweet.fields", TWEET_NAMES), ("post.fields", POST_NAMES)):
        if parameter == "post.fields" and vocabulary is Vocabulary.TWEETS:
            continue  # unknown, which ``only`` says
        outside = {names.get(field, field) for field in known.POST_FIELDS} | known.UNFILLED_POST_FIELDS
        found |= {canonical(name) for name in _chosen(query, parameter, outside)}
    return frozenset(found)


def _chosen(query: Query, parameter: str, allowed: frozenset[str] | set[str]) -> frozenset[str]:
    if parameter not in query:
        return frozenset()
    names = query[parameter].split(",")
    for name in names:
        if name not in allowed:
            choice = ",".join(sorted(allowed))
            raise invalid(parameter, query[parameter], f"The `{parameter}` query parameter value [{name}] is not one of [{choice}]")
    return frozenset(names)


def only(query: Query, allowed: frozenset[str], vocabulary: Vocabulary) -> None:
    """Refuse a parameter that the endpoint does not have.

    Raises:
        ProblemError: there is one.
    """
    posts = {"tweet.fields"} if vocabulary is Vocabulary.TWEETS else {"tweet.fields", "post.fields"}
    everything = allowed | FIELD_PARAMETERS | posts
    for name in query:
        if name not in everything:
            raise invalid(name, query[name], f"The query parameter [{name}] is not one of [{','.join(sorted(everything))}]")


def moment(query: Query, parameter: str) -> datetime | None:
    """A time in the form that X takes, to the second or finer, with a ``Z``."""
    if parameter not in query:
        return None
    value = query[parameter]
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if MOMENT.fullmatch(value) else _no_moment(parameter, value)
    except ValueError:
        return _no_moment(parameter, value)


def _no_moment(parameter: str, value: str) -> datetime:
    raise invalid(parameter, value, f"The `{parameter}` query parameter value [{value}] is not a valid RFC 3339 timestamp")


def number(query: Query, parameter: str, allowed: range, default: int) -> int:
    """A whole number within its range."""
    if parameter not in query:
        return default
    value = query[parameter]
    if not IDENTIFIER.fullmatch(value) or int(value) not in allowed:
        low, high = allowed.start, allowed.stop - 1
        raise invalid(parameter, value, f"The `{parameter}` query parameter value [{value}] is not between {low} and {high}")
    return int(value)


def identifier(value: str, parameter: str) -> str:
    """An id."""
    if not IDENTIFIER.fullmatch(value):
        raise invalid(parameter, value, f"The `{parameter}` query parameter value [{value}] does not match ^[0-9]{{1,19}}$")
    return value


def several(query: Query, parameter: str) -> list[str]:
    """A list of up to a hundred, each once, in their order."""
    values = [value for value in query.get(parameter, "").split(",") if value]
    if not values or len(values) > MAX_IDS:
        size = len(values)
        raise invalid(parameter, query.get(parameter, ""), f"size must be between 1 and {MAX_IDS}, and `{parameter}` has {size}")
    return list(dict.fromkeys(values))
