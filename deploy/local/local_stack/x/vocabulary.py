"""The two vocabularies of API v2: in August 2026 tweets became posts. Here a thing has one name; this is what it is called outside.

Source: docs.x.com before and since, and X's own client ``xdk`` 0.10. The paths have kept their old names, and so has the reference of
type ``retweeted``.
"""

from enum import StrEnum


class Vocabulary(StrEnum):
    """Which one the stand-in speaks."""

    TWEETS = "tweets"
    """As before August 2026; the new names are unknown."""
    POSTS = "posts"
    """As since; it still understands the old names, and answers with the new ones."""
    ASKED = "asked"
    """Whoever asks for ``post.fields`` gets posts, everybody else tweets."""


TWEET_NAMES = {
    "note": "note_tweet",
    "references": "referenced_tweets",
    "history": "edit_history_tweet_ids",
    "posts": "tweets",
    "post": "tweet",
}
POST_NAMES = {
    "note": "note_post",
    "references": "referenced_posts",
    "history": "edit_history_post_ids",
    "posts": "posts",
    "post": "post",
}

POST_FIELDS = frozenset(
    {
        "attachments", "author_id", "conversation_id", "created_at", "display_text_range", "edit_controls", "entities", "geo", "history",
        "id", "in_reply_to_user_id", "lang", "note", "possibly_sensitive", "public_metrics", "references", "reply_settings", "source",
        "text", "withheld",
    }
)  # fmt: skip
UNFILLED_POST_FIELDS = frozenset(
    {
        "article", "article_title", "card_uri", "community_id", "context_annotations", "matched_media_notes", "media_metadata",
        "non_public_metrics", "note_request_suggestions", "organic_metrics", "paid_partnership", "promoted_metrics", "scopes",
        "suggested_source_links", "suggested_source_links_with_counts",
    }
)  # fmt: skip
"""X knows them, and nothing here has one."""
USER_FIELDS = frozenset({"created_at", "description", "id", "name", "protected", "public_metrics", "username", "verified", "verified_type"})
UNFILLED_USER_FIELDS = frozenset(
    {
        "affiliation", "confirmed_email", "connection_status", "entities", "is_identity_verified", "location", "most_recent_tweet_id",
        "parody", "pinned_tweet_id", "profile_banner_url", "profile_image_url", "receives_your_dm", "subscribes_to_you", "subscription",
        "subscription_type", "url", "verified_followers_count", "withheld",
    }
)  # fmt: skip
MEDIA_FIELDS = frozenset({"alt_text", "height", "media_key", "type", "url", "width"})
UNFILLED_MEDIA_FIELDS = frozenset(
    {"duration_ms", "non_public_metrics", "organic_metrics", "preview_image_url", "promoted_metrics", "public_metrics", "variants"}
)
PLACE_FIELDS = frozenset({"country", "country_code", "full_name", "geo", "id", "name", "place_type"})
UNFILLED_PLACE_FIELDS = frozenset({"contained_within"})
POLL_FIELDS = frozenset({"duration_minutes", "end_datetime", "id", "options", "voting_status"})

EXPANSIONS = {
    "attachments.media_keys": "media",
    "author_id": "author",
    "edit_history_post_ids": "history",
    "edit_history_tweet_ids": "history",
    "entities.mentions.username": "mentions",
    "geo.place_id": "place",
    "in_reply_to_user_id": "answered",
    "referenced_posts": "references",
    "referenced_tweets.id": "references",
    "referenced_tweets.id.attachments.media_keys": "references.media",
    "referenced_tweets.id.author_id": "references.author",
}
"""What may stand beside the posts, by what it is called in either vocabulary."""
UNFILLED_EXPANSIONS = frozenset(
    {
        "affiliation", "article.cover_media", "article.media_entities", "attachments.media_source_tweet", "attachments.poll_ids",
        "most_recent_post_id", "most_recent_tweet_id", "pinned_post_id", "pinned_tweet_id", "username",
    }
)  # fmt: skip
EXPANDED_FIELDS = {
    "media": "attachments",
    "author": "author_id",
    "history": "history",
    "mentions": "entities",
    "place": "geo",
    "answered": "in_reply_to_user_id",
    "references": "references",
    "references.media": "references",
    "references.author": "references",
}
"""An expansion brings the field that it expands."""


def canonical(name: str) -> str:
    """Our name of a field of posts."""
    for names in (TWEET_NAMES, POST_NAMES):
        for ours, theirs in names.items():
            if name == theirs and ours not in {"post", "posts"}:
                return ours
    return name
