"""Search, mentions, timelines, look-ups of posts and of users."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from itertools import islice

from local_stack.x.asking import Asked, identifier, number, several
from local_stack.x.calls import Answer, Call
from local_stack.x.network import Absent
from local_stack.x.paging import REACH, TIMES, TOKENS, Span, narrowed, page_of, place_of, question_of, span_of
from local_stack.x.problems import Json, invalid, missing, plain
from local_stack.x.query import QueryError, parse_query
from local_stack.x.records import Account, Post

PAGED = frozenset({*TIMES, *TOKENS, "max_results"})
MAX_MENTIONS = 800
MAX_TIMELINE = 3_200
"""So many of the newest; X keeps no more at hand."""


def search_recent(call: Call) -> Answer:
    """Seven days, newest first."""
    return _search(call, is_recent=True)


def search_all(call: Call) -> Answer:
    """From the beginning on."""
    return _search(call, is_recent=False)


def _search(call: Call, *, is_recent: bool) -> Answer:
    asked = call.asked(PAGED | {"query", "sort_order"})
    query = call.query.get("query", "")
    try:
        matches = parse_query(query)
    except QueryError as error:
        raise invalid("query", query, str(error)) from None
    if call.query.get("sort_order", "recency") not in {"recency", "relevancy"}:
        raise invalid("sort_order", call.query["sort_order"], "The `sort_order` is `recency` or `relevancy`.")
    size = number(call.query, "max_results", range(10, 101 if is_recent else 501), 10)
    window = span_of(
        call.query, call.network.clock(), reach=REACH if is_recent else None, is_search=True, shows_at_once=call.site.is_at_ease
    )

    def inside(span: Span) -> Iterator[Post]:
        every = call.network.newest_first(since=span.since, until=span.until)
        return (post for post in every if matches(call.network.searchable(post)))

    return _page(call, asked, inside, window, size)


def mentions(call: Call) -> Answer:
    """Posts that name an account: in their text, or by answering it."""
    asked, account = call.asked(PAGED), _account(call)
    return _of_account(call, asked, lambda post: account.id in call.network.mentions(post), MAX_MENTIONS)


def timeline(call: Call) -> Answer:
    """Posts of an account."""
    asked, account = call.asked(PAGED | {"exclude"}), _account(call)
    kinds = call.query.get("exclude", "").split(",")

    def is_its(post: Post) -> bool:
        is_excluded = ("replies" in kinds and post.parent_id) or ("retweets" in kinds and post.reposted_id)
        return post.author_id == account.id and not is_excluded

    return _of_account(call, asked, is_its, MAX_TIMELINE)


def _of_account(call: Call, asked: Asked, fits: Callable[[Post], bool], most: int) -> Answer:
    size = number(call.query, "max_results", range(5, 101), 10)
    window = span_of(call.query, call.network.clock(), reach=None, is_search=False)

    def inside(span: Span) -> Iterator[Post]:
        newest = islice((post for post in call.network.newest_first() if fits(post)), most)
        return (post for post in newest if post.number >= span.since and (span.until is None or post.number < span.until))

    return _page(call, asked, inside, window, size)


def _page(call: Call, asked: Asked, inside: Callable[[Span], Iterator[Post]], window: Span, size: int) -> Answer:
    question = question_of(call.path, call.query)
    place = place_of(call.query, question)
    page = page_of(inside(narrowed(window, place)), size, place, question)
    return HTTPStatus.OK, {**call.shapes(asked).posts(page.posts), "meta": page.meta()}


def posts_by_ids(call: Call) -> Answer:
    """Up to a hundred; those that are not there stand in ``errors``."""
    asked = call.asked(frozenset({"ids"}))
    return _looked_up(call, asked, [identifier(value, "ids") for value in several(call.query, "ids")], "ids")


def post_by_id(call: Call) -> Answer:
    """One."""
    return _looked_up(call, call.asked(), [identifier(call.named["id"], "id")], "id")


def _looked_up(call: Call, asked: Asked, ids: list[str], parameter: str) -> Answer:
    found, errors = [], []
    for post_id in ids:
        post = call.network.find(post_id)
        if isinstance(post, Post):
            found.append(post)
        else:
            errors.append(missing("tweet", parameter, post_id, is_hidden=post is Absent.NOT_AUTHORIZED))
    return HTTPStatus.OK, call.shapes(asked).posts(found, errors, is_single=parameter == "id")


def users_by_ids(call: Call) -> Answer:
    """Up to a hundred accounts."""
    asked = call.asked(frozenset({"ids"}))
    return _users(call, asked, {value: call.network.accounts.get(identifier(value, "ids")) for value in several(call.query, "ids")}, "ids")


def users_by_usernames(call: Call) -> Answer:
    """The same, by what they are called."""
    asked = call.asked(frozenset({"usernames"}))
    return _users(call, asked, {value: call.network.account_of(value) for value in several(call.query, "usernames")}, "usernames")


def user_by_id(call: Call) -> Answer:
    """One account."""
    asked, account_id = call.asked(), identifier(call.named["id"], "id")
    return _users(call, asked, {account_id: call.network.accounts.get(account_id)}, "id")


def user_by_username(call: Call) -> Answer:
    """One account, by what it is called."""
    return _users(call, call.asked(), {call.named["username"]: call.network.account_of(call.named["username"])}, "username")


def me(call: Call) -> Answer:
    """Who asks."""
    asked, account_id = call.asked(), call.caller.user()
    return _users(call, asked, {account_id: call.network.accounts.get(account_id)}, "id")


def _users(call: Call, asked: Asked, wanted: dict[str, Account | None], parameter: str) -> Answer:
    shapes = call.shapes(asked)
    data = [shapes.user(account) for account in wanted.values() if account is not None]
    errors = [missing("user", parameter, value) for value, account in wanted.items() if account is None]
    is_single = parameter in {"id", "username"}
    answer: Json = {**({"data": data[0] if is_single else data} if data else {}), **({"errors": errors} if errors else {})}
    return HTTPStatus.OK, answer


def _account(call: Call) -> Account:
    account = call.network.accounts.get(identifier(call.named["id"], "id"))
    if account is None:
        raise plain(HTTPStatus.NOT_FOUND, f"Could not find user with id: [{call.named['id']}].", title="Not Found Error")
    return account
