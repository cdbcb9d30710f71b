"""Whether posts are X's own or stay on this machine: one decision, never a mix."""

from collections.abc import Mapping

from local_stack.processes import StackError

READS = "X_BEARER_TOKEN"
_KEPT_SECRET = (READS, "X_CONSUMER_KEY", "X_CONSUMER_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
X_VARIABLES = (*_KEPT_SECRET, *(f"{name}_FILE" for name in _KEPT_SECRET), "X_API_BASE", "X_ACCOUNT_IDS", "SOCIAL_PHOTO_ORIGINS")
"""What a person names who means the real X."""
AT_EASE = {
    # Questions cost nothing here, the stand-in shows posts at once, and everybody who writes may be the same person.
    "X_INDEXING_SECONDS": "0",
    "X_REQUEST_SECONDS": "8",
    "SOCIAL_POLL_SECONDS": "2",
    "SOCIAL_CONVERSATION_SECONDS": "5",
    "SOCIAL_OVERLAP_SECONDS": "60",
    "SOCIAL_FIRST_START": "all",
    "SOCIAL_LEASE_SECONDS": "6",
    "SOCIAL_REPLY_LEASE_SECONDS": "10",
    "SOCIAL_RECHECK_SECONDS": "60",
    "SOCIAL_REPLIES_PER_CONVERSATION": "1000",
    "SOCIAL_REPLIES_PER_AUTHOR": "1000",
    "SOCIAL_REPLIES_PER_DAY": "100000",
}
"""Of intake-social, where X is ours; the person's environment goes before it."""


def is_x_ours(environ: Mapping[str, str]) -> bool:
    """Whether posts stay on this machine: the person names nothing of the real X.

    Raises:
        StackError: they name some of it and not the token that reads. Then it would be theirs by halves.
    """
    if environ.get(READS) or environ.get(f"{READS}_FILE"):
        return False
    named = next((name for name in X_VARIABLES if environ.get(name)), None)
    if named is not None:
        raise StackError(
            f"{named} is set and {READS} is not: real and local posts would mix. "
            f"Set {READS} too, and the real X is read and answered, or neither, and posts stay on this machine."
        )
    return True
