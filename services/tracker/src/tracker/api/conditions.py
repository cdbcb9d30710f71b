"""ETags, ``If-Match`` and ``If-None-Match`` (RFC 9110, 13.1), ``Idempotency-Key``. Pure.

An ETag is ``"<version>-<revision>"``, for staff with ``-s``. A change is made against the version; the revision is in the tag
because what the public reads moves with it (a comment, say). ``If-Match`` takes the whole tag or the version alone.
"""

import re
from dataclasses import dataclass
from typing import Final

from tracker.api.problems import Problem, ProblemKind

_TAG: Final = re.compile(r'(?:W/)?"?(?P<version>[0-9]{1,9})(?:-[0-9]{1,12})?(?:-s)?"?')
_KEY: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_MAX_CHARACTERS: Final = 500


def etag(version: int, revision: int, *, is_staff: bool = False) -> str:
    """The ETag of a request, for the public or for staff."""
    return f'"{version}-{revision}{"-s" if is_staff else ""}"'


def is_unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether the reader already has what ``tag`` names (weak comparison)."""
    if not if_none_match:
        return False
    known = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return tag in known or "*" in known


@dataclass(frozen=True, slots=True)
class Expected:
    """The versions that a change may be made against; none named: any."""

    versions: frozenset[int] = frozenset()

    def allows(self, version: int) -> bool:
        """Whether the present version is one of them."""
        return not self.versions or version in self.versions


def expected_versions(if_match: str | None) -> Expected:
    """What ``If-Match`` says.

    Raises:
        Problem: it is missing (428), or is no tag of ours (400).
    """
    if if_match is None or not if_match.strip():
        raise Problem(ProblemKind.IF_MATCH)
    if if_match.strip() == "*":
        return Expected()
    tags = [_TAG.fullmatch(part.strip()) for part in if_match[:_MAX_CHARACTERS].split(",")]
    versions = frozenset(int(tag["version"]) for tag in tags if tag)
    if not versions or None in tags:
        raise Problem(ProblemKind.MALFORMED, 'If-Match must be an ETag of the request, such as "3-7".')
    return Expected(versions)


def idempotency_key(written: str | None) -> str | None:
    """The caller's key, None where there is none.

    Raises:
        Problem: it is not 1 to 255 printable ASCII characters.
    """
    if written is None:
        return None
    key = written.strip()
    if not _KEY.fullmatch(key):
        raise Problem(ProblemKind.MALFORMED, "Idempotency-Key must be 1 to 255 printable ASCII characters.")
    return key
