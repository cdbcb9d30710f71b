"""What the taking of mails left in MongoDB, inserted once more and nothing else: what the store itself takes for it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.stopwatch import Stopwatch
from intake_email.app import INDEXES, STORE_PATIENCE
from intake_email.settings import IntakeEmailSettings
from intake_email.store.connection import Connection
from intake_email.store.ledger import MESSAGES, PUBLISHED
from intake_email.store.raw_mails import RAW_MAILS
from shared.attachments import BUCKET, AttachmentStore
from shared.mongodb import Document
from shared.settings import load

CHUNKS, FILES = f"{BUCKET}.chunks", f"{BUCKET}.files"
Found = Mapping[str, Sequence[Document]]
"""Documents by their collection's name."""


async def store_bare(spec: Mapping[str, Any]) -> Mapping[str, float]:
    """The documents of a run of ``drain``, of as many mails together, into other databases with the same indexes."""
    settings, watch = load(IntakeEmailSettings), Stopwatch()
    own, files = await _found(settings, settings.intake_email_database), await _found(settings, settings.attachments_database)
    other = settings.model_copy(update={"attachments_database": f"{settings.attachments_database}_bare"})
    store = await AttachmentStore.connect(other)
    await store.ensure_indexes()
    bare_files = Connection.open(other, other.attachments_database, patience=STORE_PATIENCE)
    bare_own = Connection.open(other, f"{settings.intake_email_database}_bare", patience=STORE_PATIENCE)
    await bare_own.prepare(INDEXES)
    places = {RAW_MAILS: bare_own, MESSAGES: bare_own, CHUNKS: bare_files, FILES: bare_files, PUBLISHED: bare_own}
    watch.start()
    for batch in _batches({**own, **files}, settings.mail_batch_messages):
        for name, documents in batch.items():
            await places[name].collection(name).insert_many(documents, ordered=False)
    watch.stop()
    for connection in (bare_own, bare_files):
        await connection.database.client.drop_database(connection.database.name)
    return watch.figure(spec["items"])


async def _found(settings: IntakeEmailSettings, database: str) -> Found:
    connection = Connection.open(settings, database, patience=STORE_PATIENCE)
    names = await connection.database.list_collection_names()
    found = {name: await connection.collection(name).find().to_list(None) for name in names}
    await connection.close()
    return found


def _batches(found: Found, together: int) -> Iterator[dict[str, list[Document]]]:
    """The documents of so many mails, in the order in which they were taken, as often as there are any."""
    of_mail: dict[str, dict[str, list[Document]]] = defaultdict(lambda: defaultdict(list))
    mail_of_file = {file["_id"]: str(file["metadata"]["submission_id"]) for file in found.get(FILES, ())}
    owners: dict[str, Callable[[Document], str]] = {
        RAW_MAILS: lambda document: document["_id"].partition(":")[0],
        MESSAGES: lambda document: document["_id"],
        CHUNKS: lambda document: mail_of_file[document["files_id"]],
        FILES: lambda document: mail_of_file[document["_id"]],
        PUBLISHED: lambda document: document["_id"],
    }
    for name, owner in owners.items():
        for document in found.get(name, ()):
            of_mail[owner(document)][name].append(document)
    mails = list(of_mail.values())
    for start in range(0, len(mails), together):
        batch: dict[str, list[Document]] = {}
        for mail in mails[start : start + together]:
            for name, documents in mail.items():
                batch.setdefault(name, []).extend(documents)
        yield batch
