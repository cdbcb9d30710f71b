"""What our own mail server found out about the sender: its Authentication-Results (RFC 8601), and Microsoft 365's, which is none.

Anybody may write such a field. Only the topmost one that bears our own server's name counts: servers put theirs on top and take
forged ones out.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple

from intake_email.reading.addresses import Address
from intake_email.reading.headers import Headers

MICROSOFT_365: Final = ""
"""Its field begins with a result where the server's name should be: this stands for that name."""
MAX_BYTES: Final = 8_192
MAX_RESULTS: Final = 50

_COMMENT: Final = re.compile(r"\([^()]{0,1000}\)")
_RESULT: Final = re.compile(r"\s*([a-z0-9-]{1,30})(?:/\d)?\s*=\s*([a-z]{1,20})\b(.*)", re.DOTALL)
_PROPERTY: Final = re.compile(r"\b(header\.d|header\.i|header\.from|smtp\.mailfrom|smtp\.helo)\s*=\s*\"?([^\s;\"]{1,320})")


class _Result(NamedTuple):
    method: str
    outcome: str
    domains: dict[str, str]


def sender_verified(headers: Headers, sender: Address | None, authserv_ids: Collection[str]) -> bool | None:
    """Whether the mail is from where it says: True, False (somebody forged it, or broke it on the way), None (not told).

    ``authserv_ids``: the names of our own servers in lower case, ``MICROSOFT_365`` among them where that is one.
    """
    results = _own_results(headers, authserv_ids)
    if not results:
        return None
    for method in ("dmarc", "compauth"):
        outcomes = {result.outcome for result in results if result.method == method}
        if "pass" in outcomes:
            return True
        if outcomes & {"fail", "reject", "quarantine"}:
            return False
    domain = sender.domain if sender else ""
    if any(_vouches(result, domain) for result in results):
        return True
    has_failed = any(result.outcome == "fail" and result.method in {"spf", "dkim"} for result in results)
    return False if has_failed else None


def _own_results(headers: Headers, authserv_ids: Collection[str]) -> list[_Result]:
    for value in headers.every("authentication-results"):
        text = value[:MAX_BYTES].decode("utf-8", "replace").lower()
        for _ in range(3):  # comments may hold comments
            text = _COMMENT.sub(" ", text)
        first, *others = text.split(";")
        words = first.split()
        name = MICROSOFT_365 if words and "=" in words[0] else (words[0] if words else "")
        if name in authserv_ids and (words or others):
            statements = [first, *others] if name == MICROSOFT_365 else others
            return [result for statement in statements[:MAX_RESULTS] if (result := _result(statement))]
    return []


def _result(statement: str) -> _Result | None:
    match = _RESULT.match(statement)
    if not match:
        return None
    domains = {name: value.rpartition("@")[2].strip(".") for name, value in _PROPERTY.findall(match.group(3))}
    return _Result(match.group(1), match.group(2), domains)


def _vouches(result: _Result, domain: str) -> bool:
    """Whether a passed check is about the sender's own domain, or one above or below it."""
    if result.outcome != "pass" or not domain or result.method not in {"dkim", "spf"}:
        return False
    names = ("header.d", "header.i") if result.method == "dkim" else ("smtp.mailfrom",)
    checked = [result.domains[name] for name in names if name in result.domains]
    return any(_are_related(found, domain) for found in checked)


def _are_related(one: str, other: str) -> bool:
    """The same domain, or a subdomain of it. A single label (``com``) is nobody's."""
    shorter, longer = sorted((one, other), key=len)
    return "." in shorter and (shorter == longer or longer.endswith(f".{shorter}"))
