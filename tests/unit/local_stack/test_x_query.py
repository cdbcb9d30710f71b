"""The stand-in for X reads a search's query as X publishes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_stack.x.query import QueryError, Searchable, hashtags, parse_query

POST = Searchable(
    text="A pothole on Elm Street, café side #311Cary &amp; more",
    author="Robin_Example",
    author_id="1001",
    to="CaryExample",
    mentions=frozenset({"CaryExample"}),
    conversation_id="17",
    lang="en",
    is_=frozenset({"reply"}),
    has=frozenset({"images", "media"}),
)


@pytest.mark.parametrize(
    "query",
    [
        "#311cary",
        "＃311Cary",  # noqa: RUF001 - the full-width sign is the case
        "from:robin_example",
        "from:@Robin_Example",
        "from:1001",
        "(conversation_id:18 from:1001) OR (conversation_id:17 from:1001)",
        "to:caryexample",
        "@caryexample",
        "#311Cary -is:retweet",
        "#311Cary is:reply has:images lang:en",
        "conversation_id:17",
        "#Cary311 OR #311Cary",
        "(#Cary311 OR #311Cary) -is:retweet",
        '"elm street"',
        "cafe",
        "#other OR pothole elm",
    ],
)
def test_a_query_finds_the_post(query: str) -> None:
    """Each published operator matches, whatever the capitals, the accents and the width of the sign."""
    assert parse_query(query)(POST)


@pytest.mark.parametrize(
    "query",
    [
        "#311Caryville",
        "#311",
        "#311Cary -is:reply",
        "#311Cary lang:es",
        '"street elm"',
        "pot",
        "from:CaryExample",
        "from:1002",
        "(conversation_id:18 from:1001) OR (conversation_id:17 from:1002)",
        "@Robin_Example",
        "pothole (#other OR #another)",
        "conversation_id:18",
    ],
)
def test_a_query_leaves_the_post_out(query: str) -> None:
    """A part of a word or of a hashtag, or one operator of several that does not hold, is no match."""
    assert not parse_query(query)(POST)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "  ",
        "a" * 513,
        "#311Cary colour:red",
        "#311Cary is:green",
        "is:reply",
        "-#311Cary",
        "#311Cary OR is:reply",
        "(#311Cary",
        "#311Cary)",
        "#311Cary OR",
        "()",
        '"never closed',
        "conversation_id:x",
        "(" * 400,
    ],
)
def test_a_query_that_x_refuses_is_refused(query: str) -> None:
    """Too long, unknown, unbalanced, or with nothing that may stand alone: a clear error, not a wrong answer."""
    with pytest.raises(QueryError):
        parse_query(query)


@given(st.text(alphabet='ab#＃@:-()" ORfromisreplyéñ', max_size=600))  # noqa: RUF001 - the full-width sign is a case
def test_any_query_is_read_or_refused(query: str) -> None:
    """Whatever is asked, the answer is a match, no match or a ``QueryError``."""
    try:
        matches = parse_query(query)
    except QueryError:
        return
    assert matches(POST) in {True, False}


def test_digits_alone_are_no_hashtag() -> None:
    """``#311`` is no hashtag, and neither is the middle of a word or an address."""
    assert hashtags("#311 #311Cary x#no /#no ＃Cary311") == ["311Cary", "Cary311"]  # noqa: RUF001 - as above
