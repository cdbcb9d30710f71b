"""Everything that the service is made of, opened."""

from dataclasses import dataclass

from intake_social.ports import CursorStore, LedgerStore, Photos
from intake_social.settings import IntakeSocialSettings
from intake_social.source import SocialSource
from intake_social.store.connection import Connection
from shared.kafka.ports import Publisher
from shared.leases import LeaseStore


@dataclass(frozen=True, slots=True)
class Parts:
    """The roles of the service, played."""

    settings: IntakeSocialSettings
    connection: Connection
    ledger: LedgerStore
    cursors: CursorStore
    leases: LeaseStore
    publisher: Publisher
    photos: Photos
    source: SocialSource
