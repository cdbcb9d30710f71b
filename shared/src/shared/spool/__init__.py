"""The spool: where an accepted submission waits on local disk, photos included, while Kafka or MongoDB is away."""

from shared.errors import SpoolFullError
from shared.spool.entries import SpooledPhoto, SpoolEntry, Usage
from shared.spool.spool import Spool

__all__ = ["Spool", "SpoolEntry", "SpoolFullError", "SpooledPhoto", "Usage"]
