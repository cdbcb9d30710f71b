"""How much of a mail is read. Beyond a limit the mail is still taken: what was left out is said, and the raw mail is kept."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Limits:
    """Defaults that ordinary mail never meets and a hostile one cannot turn into hours."""

    max_parts: int = 1_000
    """MIME parts in a mail; what follows belongs to the last of them."""
    max_depth: int = 50
    """Multiparts inside multiparts; a deeper one is a file that nobody opens."""
    max_header_bytes: int = 256 * 1024
    """Of one header block."""
    max_header_lines: int = 2_000
    """Of one header block."""
    max_value_bytes: int = 64 * 1024
    """Of one header field."""
    max_addresses: int = 200
    """In one header field."""
    max_text_characters: int = 1_000_000
    """Of the text that is looked at; HTML may be four times as long."""
    max_nested_messages: int = 5
    """Attached mails that are opened, one level deep."""
    max_files: int = 20
    """Attachments that are kept."""
    max_file_bytes: int = 15 * 1024 * 1024
    """Of one attachment."""
    max_files_bytes: int = 30 * 1024 * 1024
    """Of all attachments together."""

    def less(self, file_bytes: int, files: int) -> Self:
        """What of the limits on files is left when so much is taken."""
        return replace(self, max_files=max(0, self.max_files - files), max_files_bytes=max(0, self.max_files_bytes - file_bytes))
