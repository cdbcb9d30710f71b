"""Every kind of question that the serve role asks of the store, by a name for people."""

from datetime import timedelta
from typing import Any

from shared.contracts import Attention, DetailedStatus, Nature, Status
from support.examples import NOW, NUMBER
from tracker.cursors import Cursor, Sort
from tracker.store.queries import Bounds, Circle, Period, RequestQuery

ALIKE: dict[str, Any] = {
    "statuses": (Status.OPEN,),
    "service_codes": ("ST-POTHOLE",),
    "requested": Period(NOW - timedelta(days=30), NOW),
}
QUERIES = {
    "everything": RequestQuery(),
    "staff's everything": RequestQuery(includes_private=True),
    "state": RequestQuery(statuses=(Status.OPEN,)),
    "detailed state": RequestQuery(detailed_statuses=(DetailedStatus.RECEIVED, DetailedStatus.TRIAGED)),
    "nature": RequestQuery(natures=(Nature.INQUIRY, Nature.SERVICE_REQUEST)),
    "service": RequestQuery(service_codes=("ST-POTHOLE", "OTHER")),
    "requested": RequestQuery(requested=Period(NOW - timedelta(days=1), NOW)),
    "updated": RequestQuery(updated=Period(NOW - timedelta(days=1)), sort=Sort.NEWEST_UPDATED),
    "rectangle": RequestQuery(bounds=Bounds(-78.9, 35.7, -78.7, 35.9)),
    "near": RequestQuery(near=Circle(35.79, -78.78, 50), **ALIKE),
    "same address": RequestQuery(address_keys=("300 n academy st",), **ALIKE),
    "assignee": RequestQuery(assignee="crew-7", includes_private=True),
    "unassigned": RequestQuery(is_unassigned=True, includes_private=True),
    "attention": RequestQuery(attention=(Attention.EMERGENCY,), includes_private=True),
    "any attention": RequestQuery(needs_attention=True, includes_private=True),
    "overdue": RequestQuery(overdue_at=NOW, includes_private=True),
    "words": RequestQuery(terms=("pothole", "gate")),
    "a number or words": RequestQuery(terms=("7kq4m2xd9rtb",), number=NUMBER),
    "staff's words": RequestQuery(terms=("ada",), searches_staff_text=True, includes_private=True),
    "emergencies first": RequestQuery(sort=Sort.EMERGENCIES_FIRST, is_open_emergency=True, includes_private=True),
    "after the emergencies": RequestQuery(sort=Sort.EMERGENCIES_FIRST, is_open_emergency=False, includes_private=True),
    "next page": RequestQuery(after=Cursor(Sort.NEWEST_REQUESTED, NOW, NUMBER)),
    "what is new": RequestQuery(sort=Sort.OLDEST_UPDATED, after=Cursor(Sort.OLDEST_UPDATED, NOW, NUMBER)),
}
