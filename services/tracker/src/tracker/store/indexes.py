"""Every index and validator of the tracker, by name. Created while the service runs, and creating them again changes nothing."""

from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, GEOSPHERE, IndexModel
from pymongo.errors import CollectionInvalid, OperationFailure

from tracker.store.connection import Connection, Names

_NEWEST: Final = ("requested_datetime", DESCENDING)
_ID: Final = ("_id", DESCENDING)
_NAMESPACE_EXISTS: Final = 48

REQUEST_INDEXES: Final = (
    IndexModel([_NEWEST, _ID], name="requested"),
    IndexModel([("updated_datetime", DESCENDING), _ID], name="updated"),
    IndexModel([("status", ASCENDING), _NEWEST, _ID], name="status_requested"),
    IndexModel([("detailed_status", ASCENDING), _NEWEST, _ID], name="detailed_status_requested"),
    IndexModel([("service.code", ASCENDING), _NEWEST, _ID], name="service_requested"),
    IndexModel([("nature", ASCENDING), _NEWEST, _ID], name="nature_requested"),
    IndexModel([("attention", ASCENDING), _NEWEST, _ID], name="attention_requested"),
    IndexModel([("assignee", ASCENDING), _NEWEST, _ID], name="assignee_requested"),
    IndexModel([("terms", ASCENDING), _NEWEST], name="terms_requested"),
    IndexModel([("staff_terms", ASCENDING), _NEWEST], name="staff_terms_requested"),
    # The version said aloud: a server that fills it in takes the same index without it for another one.
    IndexModel([("point", GEOSPHERE)], name="point", **{"2dsphereIndexVersion": 3}),
    # What is open near a point, or at an address: small, because what is closed leaves them.
    IndexModel(
        [("point", GEOSPHERE), ("service.code", ASCENDING)],
        name="point_open",
        partialFilterExpression={"status": "open"},
        **{"2dsphereIndexVersion": 3},
    ),
    IndexModel(
        [("address_keys", ASCENDING), ("service.code", ASCENDING), _NEWEST],
        name="address_open",
        partialFilterExpression={"status": "open"},
    ),
    IndexModel([("duplicate_of", ASCENDING)], name="duplicate_of", partialFilterExpression={"duplicate_of": {"$type": "string"}}),
    IndexModel([("expected_datetime", ASCENDING), ("_id", ASCENDING)], name="expected_open", partialFilterExpression={"status": "open"}),
    IndexModel(
        [("answer_due_datetime", ASCENDING), ("_id", ASCENDING)], name="answer_due_open", partialFilterExpression={"status": "open"}
    ),
)
HISTORY_INDEXES: Final = (
    IndexModel([("service_request_id", ASCENDING), ("revision", ASCENDING)], name="request_revision"),
    IndexModel([("occurred_at", ASCENDING), ("_id", ASCENDING)], name="occurred"),
)
ORPHAN_INDEXES: Final = (IndexModel([("service_request_id", ASCENDING)], name="request"),)
OUTCOME_INDEXES: Final = (IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),)
REDACTION_INDEXES: Final = (IndexModel([("service_request_id", ASCENDING)], name="request"),)

_WHOLE: Final = {"bsonType": ["int", "long"], "minimum": 0}
_MOMENT: Final = {"bsonType": "date"}
_WORD: Final = {"bsonType": "string"}
_WORD_OR_NULL: Final = {"bsonType": ["string", "null"]}
_MOMENT_OR_NULL: Final = {"bsonType": ["date", "null"]}

REQUEST_VALIDATOR: Final[dict[str, Any]] = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": [
            "_id", "revision", "version", "status", "detailed_status", "service", "is_private", "has_legal_hold", "attention",
            "requested_datetime", "updated_datetime", "followers", "report", "history", "archived_entries", "channel",
            "terms", "staff_terms", "public_json", "georeport_json",
        ],
        "properties": {
            "_id": {"bsonType": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{12}$"},
            "revision": _WHOLE,
            "version": _WHOLE,
            "status": {"enum": ["open", "closed"]},
            "detailed_status": _WORD,
            "service": {"bsonType": "object", "required": ["code", "name"]},
            "is_private": {"bsonType": "bool"},
            "has_legal_hold": {"bsonType": "bool"},
            "assignee": _WORD_OR_NULL,
            "attention": {"bsonType": "array"},
            "requested_datetime": _MOMENT,
            "updated_datetime": _MOMENT,
            "closed_datetime": _MOMENT_OR_NULL,
            "expected_datetime": _MOMENT_OR_NULL,
            "answer_due_datetime": _MOMENT_OR_NULL,
            "nature": _WORD,
            "duplicate_of": _WORD_OR_NULL,
            "followers": {"bsonType": "array"},
            "report": {"bsonType": "object"},
            "history": {"bsonType": "array", "minItems": 1},
            "archived_entries": _WHOLE,
            "channel": _WORD,
            "terms": {"bsonType": "array"},
            "staff_terms": {"bsonType": "array"},
            "public_json": {"bsonType": "binData"},
            "georeport_json": {"bsonType": "binData"},
        },
    }
}  # fmt: skip


async def prepare(connection: Connection, names: Names) -> None:
    """The collections of a generation with their indexes and the validator.

    Raises:
        TransientError: MongoDB is away; preparing again is right.
    """
    async with connection.limited(calls=2):
        await _set_validator(connection, names.requests)
    for name, indexes in (
        (names.requests, REQUEST_INDEXES),
        (names.history, HISTORY_INDEXES),
        (names.orphans, ORPHAN_INDEXES),
        (names.outcomes, OUTCOME_INDEXES),
        (Connection.REDACTIONS, REDACTION_INDEXES),
    ):
        async with connection.limited():
            await connection.collection(name).create_indexes(list(indexes))


async def _set_validator(connection: Connection, name: str) -> None:
    create: Any = connection.database.create_collection
    command: Any = connection.database.command
    options = {"validator": REQUEST_VALIDATOR, "validationLevel": "strict", "validationAction": "error"}
    try:
        await create(name, **options)
    except CollectionInvalid:
        await command("collMod", name, **options)
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
        await command("collMod", name, **options)
