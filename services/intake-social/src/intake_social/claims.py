"""Which request a post belongs to. Pure.

An edit belongs where the first of its history does; a reply of whoever began the conversation where its beginning does, whatever
lies between. A post by anybody else is a new matter.
"""

from collections.abc import Iterable, Mapping

from intake_social.posts import Post


def origin_of(post: Post, root_author_id: str | None, parent_author_id: str | None) -> str | None:
    """The id of the earlier post whose request this one belongs to; None: it is a new one.

    ``root_author_id`` and ``parent_author_id``: who began the conversation and wrote the parent, as far as anybody knows.
    """
    if post.is_reply and root_author_id == post.author_id:
        return post.conversation_id
    if post.first_id != post.id:
        return post.first_id
    if post.parent is not None and parent_author_id == post.author_id:
        return post.parent.id
    return None


def named_by(post: Post) -> Iterable[str]:
    """Ids of the earlier posts that decide."""
    yield post.first_id
    if post.is_reply:
        yield post.conversation_id
    if post.parent is not None:
        yield post.parent.id


def unknown_roots(posts: Iterable[Post], authors: Mapping[str, str]) -> list[str]:
    """Conversations of which nobody has told yet who began them."""
    return list(dict.fromkeys(post.conversation_id for post in posts if post.is_reply and post.conversation_id not in authors))


def authors_told(posts: Iterable[Post]) -> dict[str, str]:
    """Who wrote which post, as the posts of a page tell."""
    told: dict[str, str] = {}
    for post in posts:
        told[post.id] = post.author_id
        if post.root_author_id is not None:
            told[post.conversation_id] = post.root_author_id
        if post.parent is not None and post.parent.author_id is not None:
            told[post.parent.id] = post.parent.author_id
    return told
