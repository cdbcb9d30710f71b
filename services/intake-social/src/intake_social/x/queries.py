"""Queries of X's recent search. Pure."""

from collections.abc import Sequence
from typing import Final

from intake_social.posts import Conversation
from shared.errors import ConfigurationError

MAX_QUERY_CHARACTERS: Final = 512
_REPLIES: Final = "({}) is:reply"


def query_for(hashtags: Sequence[str]) -> str:
    """The query of the hashtags.

    Raises:
        ConfigurationError: it is longer than X takes.
    """
    query = f"({' OR '.join(f'#{tag}' for tag in hashtags)}) -is:retweet"
    if len(query) > MAX_QUERY_CHARACTERS:
        raise ConfigurationError(f"SOCIAL_HASHTAGS: the query would have {len(query)} characters; X takes {MAX_QUERY_CHARACTERS}")
    return query


def conversation_queries(conversations: Sequence[Conversation]) -> list[str]:
    """Queries for what each author replied in their conversation, and for no other posts, which would cost money."""
    room, queries = MAX_QUERY_CHARACTERS - len(_REPLIES.format("")), [""]
    for conversation in conversations:
        part = f"(conversation_id:{conversation.id} from:{conversation.author_id})"
        longer = f"{queries[-1]} OR {part}" if queries[-1] else part
        if len(longer) <= room:
            queries[-1] = longer
        else:
            queries.append(part)
    return [_REPLIES.format(query) for query in queries if query]


def own_replies(conversation_id: str, accounts: Sequence[str]) -> str:
    """The query for what the town's accounts wrote in a conversation."""
    return f"conversation_id:{conversation_id} ({' OR '.join(f'from:{account}' for account in accounts)})"
