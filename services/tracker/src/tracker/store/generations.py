"""Generations of the derived collections: filled, looked through, turned to, dropped."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final

from pymongo import ASCENDING, ReplaceOne

from tracker.store.connection import GENERATION_ID, Connection, Names
from tracker.store.entries import Document

COPIED: Final = ("requests", "history", "orphans")
"""What a snapshot holds of a generation, in the order in which it is read: an entry that moves from a request to the side
collection meanwhile is then in both rather than in none. Outcomes are short-lived."""
READ_AT_ONCE: Final = 500


async def positions(connection: Connection, names: Names) -> dict[int, int]:
    """How far in the log a generation is: the next offset of each partition that it has seen.

    Raises:
        TransientError: MongoDB is away.
    """
    async with connection.limited():
        found = await connection.collection(names.positions).find().to_list(None)
    return {int(document["_id"]): int(document["next_offset"]) for document in found}


async def set_positions(connection: Connection, names: Names, offsets: dict[int, int]) -> None:
    """What ``positions`` will say."""
    documents: list[Document] = [{"_id": partition, "next_offset": offset} for partition, offset in offsets.items()]
    await put(connection, names.positions, documents)


async def each(connection: Connection, collection: str, query: Document | None = None) -> AsyncIterator[Document]:
    """The documents of a collection in the order of their ids.

    Raises:
        TransientError: MongoDB is away.
    """
    last: Any = None
    while True:
        # A query of its own for each batch: a reader who takes his time has no cursor that runs out meanwhile.
        beyond = query or {} if last is None else {"$and": [query or {}, {"_id": {"$gt": last}}]}
        async with connection.limited():
            found = await connection.collection(collection).find(beyond).sort("_id", ASCENDING).limit(READ_AT_ONCE).to_list(None)
        for document in found:
            yield document
        if len(found) < READ_AT_ONCE:
            return
        last = found[-1]["_id"]


async def put(connection: Connection, collection: str, documents: Sequence[Document]) -> None:
    """Each document under its id, whatever was there."""
    if not documents:
        return
    async with connection.limited():
        replaced: list[ReplaceOne[Any]] = [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents]
        await connection.collection(collection).bulk_write(replaced, ordered=False)


async def turn_to(connection: Connection, before: Names, after: Names) -> bool:
    """Make ``after`` the present generation; False: somebody else turned the pointer meanwhile."""
    async with connection.limited(calls=3):
        if await connection.meta.find_one({"_id": GENERATION_ID}) is None:
            await connection.meta.update_one({"_id": GENERATION_ID}, {"$setOnInsert": {"current": before.generation}}, upsert=True)
        turned = await connection.meta.update_one(
            {"_id": GENERATION_ID, "current": before.generation}, {"$set": {"current": after.generation}}
        )
    return bool(turned.matched_count)


async def drop(connection: Connection, generations: Iterable[Names]) -> None:
    """Remove whole generations. An old one must not outlive its successor: later redactions would not reach it."""
    for names in generations:
        for name in names.all:
            async with connection.limited():
                await connection.database.drop_collection(name)


async def others(connection: Connection, kept: Sequence[Names]) -> list[Names]:
    """Generations that have collections beside those to be kept."""
    async with connection.limited():
        existing = await connection.database.list_collection_names()
    numbers = {name.rpartition("_g")[2] for name in existing if "_g" in name}
    known = {names.generation for names in kept}
    return [Names(int(number)) for number in sorted(numbers) if number.isdecimal() and int(number) not in known]
