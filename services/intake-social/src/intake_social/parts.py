"""Everything that the service is made of, opened."""

from dataclasses import dataclass

from intake_social.answering import Files
from intake_social.ports import CursorStore, Photos
from intake_social.settings import IntakeSocialSettings
from intake_social.source import SocialSource
from intake_social.spending import SpendingStore
from intake_social.store.connection import Connection
from intake_social.store.conversations import Conversations
from intake_social.store.ledger import Ledger
from intake_social.store.outbox import Outbox
from intake_social.store.watch import Watch
from shared.announcements import Join
from shared.kafka.ports import Publisher
from shared.leases import LeaseStore


@dataclass(frozen=True, slots=True)
class Parts:
    """The roles of the service, played."""

    settings: IntakeSocialSettings
    connection: Connection
    ledger: Ledger
    cursors: CursorStore
    leases: LeaseStore
    publisher: Publisher
    photos: Photos
    source: SocialSource
    spending: SpendingStore
    outbox: Outbox
    watch: Watch
    conversations: Conversations
    attachments: Files
    join: Join
    """The consumer group that answers."""
