"""Internet addresses, IPv4 and IPv6; versions and sections of the law, which look alike, stay."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from shared.contracts import PersonalKind
from shared.pii.found import Found

MIN_V6_CHARACTERS: Final = 6
WORD_CHARACTERS: Final = 24
"""How far before four numbers the word may stand that says they are a version."""

_V4: Final = re.compile(r"(?<![0-9A-Za-z.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z]|\.[0-9])")
_V6: Final = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{3,39}(?![\w:])")
_NO_ADDRESS: Final = re.compile(
    r"(?:version|versi[oó]n|ver|v|app|aplicaci[oó]n|firmware|software|build|release|update|section|secci[oó]n|sec|chapter|article|code|ordinance|ios|android|"
    r"chrome|firefox|safari|edge|windows|kernel|driver|§)[ .:#-]{0,3}(?:is|number|no|to)?[ .:]{0,2}\Z",
    re.IGNORECASE,
)


def internet_addresses(text: str) -> Iterator[Found]:
    """Every address that is one, not what only looks like one."""
    if text.count(".") > 2:  # noqa: PLR2004 - an address has three
        for match in _V4.finditer(text):
            before = text[max(0, match.start() - WORD_CHARACTERS) : match.start()]
            if _is_address(match.group()) and not _NO_ADDRESS.search(before):
                yield Found(match.start(), match.end(), PersonalKind.IP)
    if text.count(":") > 1:
        for match in _V6.finditer(text):
            if match.end() - match.start() >= MIN_V6_CHARACTERS and _is_address(match.group()):
                yield Found(match.start(), match.end(), PersonalKind.IP)


def _is_address(written: str) -> bool:
    try:
        ipaddress.ip_address(written)
    except ValueError:
        return False
    return True
