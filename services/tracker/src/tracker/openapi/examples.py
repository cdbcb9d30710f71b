"""Invented examples of the document. A test holds each against its schema."""

from typing import Any, Final

Example = dict[str, Any]
NUMBER: Final = "7KQ4M2XD9RTB"
OTHER_NUMBER: Final = "0VG7C3W5A8TH"
EVENT_ID: Final = "5f0c1c0e-6f0f-5b0a-8a53-7a1f0d8b2c11"
POTHOLE: Final[Example] = {
    "code": "ST-POTHOLE",
    "name": "Pothole or road surface",
    "group": "Streets",
    "department": "Public Works & Utilities",
}

REQUEST: Final[Example] = {
    "service_request_id": NUMBER,
    "tracking_number": "7KQ4-M2XD-9RTB",
    "version": 2,
    "revision": 3,
    "status": "open",
    "detailed_status": "in_progress",
    "is_private": False,
    "requested_datetime": "2026-03-02T14:30:00.000Z",
    "updated_datetime": "2026-03-03T09:12:00.000Z",
    "expected_datetime": "2026-03-09T21:00:00.000Z",
    "service": POTHOLE,
    "nature": "service_request",
    "description": "A deep hole at the gate. Call me at [phone].",
    "status_notes": "A crew is on its way.",
    "channel": "web",
    "address": "300 N Academy St",
    "lat": 35.7915,
    "long": -78.7811,
}
REQUEST_FOR_STAFF: Final[Example] = REQUEST | {
    "staff": {
        "assignee": "crew-7",
        "attention": ["unsure_service"],
        "is_overdue": False,
        "has_legal_hold": False,
        "followers": [],
        "archived_entries": 0,
        "report": {
            "submission_id": "0b9f6f4e-92a7-5d3c-8a34-5f6d4f3d2e10",
            "service_request_id": NUMBER,
            "channel": "web",
            "received_at": "2026-03-02T14:30:00.000Z",
            "description": {
                "content": "A deep hole at the gate. Call me at 919-555-0123.",
                "personal": [{"start": 36, "end": 48, "kind": "phone"}],
            },
            "service": POTHOLE,
            "reporter": {"first_name": "Ada", "last_name": "Example", "email": "ada@example.org"},
        },
    }
}
REQUEST_LIST: Final[Example] = {"items": [REQUEST], "has_more": True, "next_cursor": "AAAAAZyvL0EAN0tRNE0yWEQ5UlRC"}
POSSIBLE_DUPLICATES: Final[Example] = {
    "items": [
        {
            "service_request_id": NUMBER,
            "tracking_number": "7KQ4-M2XD-9RTB",
            "status": "open",
            "detailed_status": "in_progress",
            "is_private": False,
            "requested_datetime": "2026-03-02T14:30:00.000Z",
            "age_days": 2,
            "service": POTHOLE,
            "address": "300 N Academy St",
            "distance_metres": 12,
        }
    ]
}
HISTORY: Final[Example] = {
    "items": [
        {
            "event_id": EVENT_ID,
            "kind": "ServiceRequestChanged",
            "revision": 2,
            "occurred_at": "2026-03-03T09:12:00.000Z",
            "by": "staff",
            "status": "open",
            "detailed_status": "in_progress",
            "text": "A crew is on its way.",
        }
    ],
    "has_more": False,
    "next_after": 2,
}
PENDING: Final[Example] = {"service_request_id": NUMBER, "event_id": EVENT_ID, "status_url": f"/api/v1/requests/{NUMBER}"}

PATCHES: Final[Example] = {
    "start": {"detailed_status": "in_progress", "assignee": "crew-7"},
    "close": {"detailed_status": "resolved", "status_notes": "The hole is filled."},
    "reopen": {"status": "open"},
    "unassign": {"assignee": None},
    "question": {"nature": "inquiry"},
}
COMMENTS: Final[Example] = {
    "internal": {"text": "Waiting for the asphalt plant."},
    "answer": {"text": "A crew comes on Tuesday.", "is_public": True},
}
MARKS: Final[Example] = {"merge": {"duplicate_of": "0VG7-C3W5-A8TH"}}
REDACTIONS: Final[Example] = {
    "whole": {"scope": [{"event_id": EVENT_ID, "fields": ["reporter", "attachments"]}], "reason": "asked for by the reporter"},
    "stretch": {"scope": [{"event_id": EVENT_ID, "spans": [{"start": 36, "end": 48, "kind": "phone"}]}], "reason": "a telephone number"},
}

GEOREPORT_REQUEST: Final[Example] = {
    "service_request_id": NUMBER,
    "status": "open",
    "status_notes": "A crew is on its way.",
    "service_name": "Pothole or road surface",
    "service_code": "ST-POTHOLE",
    "description": "A deep hole at the gate. Call me at [phone].",
    "agency_responsible": "Public Works & Utilities",
    "service_notice": None,
    "requested_datetime": "2026-03-02T14:30:00Z",
    "updated_datetime": "2026-03-03T09:12:00Z",
    "expected_datetime": "2026-03-09T21:00:00Z",
    "address": "300 N Academy St",
    "address_id": None,
    "zipcode": None,
    "lat": 35.7915,
    "long": -78.7811,
    "media_url": None,
}
GEOREPORT_SERVICE: Final[Example] = {
    "service_code": "ST-POTHOLE",
    "service_name": "Pothole or road surface",
    "description": "A hole or a broken surface in a street of the town.",
    "metadata": False,
    "type": "realtime",
    "keywords": "pothole,road,asphalt",
    "group": "Streets",
}
GEOREPORT_DEFINITION: Final[Example] = {
    "service_code": "SW-MISSED",
    "attributes": [
        {
            "variable": True,
            "code": "CART",
            "datatype": "singlevaluelist",
            "required": True,
            "datatype_description": "Choose one.",
            "order": 1,
            "description": "Which cart was missed?",
            "values": [{"key": "TRASH", "name": "Trash"}, {"key": "RECYCLING", "name": "Recycling"}],
        }
    ],
}
GEOREPORT_UPDATE: Final[Example] = {
    "update_id": EVENT_ID,
    "service_request_id": NUMBER,
    "status": "in_progress",
    "updated_datetime": "2026-03-03T09:12:00Z",
    "description": "A crew is on its way.",
    "media_url": None,
}
GEOREPORT_DISCOVERY: Final[Example] = {
    "changeset": "2026-01-01T00:00:00Z",
    "contact": "311@example.org",
    "key_service": "Ask for a key: 311@example.org",
    "endpoints": [
        {
            "specification": "http://wiki.open311.org/GeoReport_v2",
            "url": f"https://311.example.org/open311/v2{path}",
            "changeset": "2026-01-01T00:00:00Z",
            "type": kind,
            "formats": ["text/xml", "application/json"],
        }
        for kind, path in (("production", ""), ("test", "-test"))
    ],
}
