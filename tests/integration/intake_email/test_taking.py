"""Mails become submissions: each exactly one, kept before it is published, moved after it."""

import time

from shared.contracts import Channel
from shared.identity import submission_id
from shared.tracking_number import tracking_number
from support.examples import SECRET
from support.imap_service import World
from support.imap_user import mail


async def test_a_mail_becomes_a_submission_within_a_second_of_the_notice(world: World) -> None:
    """While the service idles, an arriving mail is published, kept and moved, within a second."""
    await world.user.put(mail("first"))
    await world.drained()

    started = time.monotonic()
    await world.user.put(mail("The lamp is dark.", message_id="<one@example.org>", date="Tue, 03 Mar 2026 09:00:00 -0500"))
    submission = (await world.published(2))[1]
    seconds = time.monotonic() - started
    await world.drained()

    identity = submission_id(Channel.EMAIL, "<one@example.org>\nana@example.org\nTue, 03 Mar 2026 09:00:00 -0500")
    assert (submission.submission_id, submission.service_request_id) == (identity, tracking_number(SECRET, identity))
    assert (submission.channel, submission.subject, submission.text) == (Channel.EMAIL, "Dark street light", "The lamp is dark.")
    assert submission.reporter is not None
    assert (submission.reporter.first_name, submission.reporter.last_name, submission.reporter.email) == (
        "Ana",
        "Resident",
        "ana@example.org",
    )
    assert seconds < 1.5, seconds
    assert await world.user.counts() == {"Processed": 2}
    assert await world.collection("raw_mails").count_documents({"_id": str(identity)}) == 1
    assert (await world.collection("messages").find_one({"_id": str(identity)}))["state"] == "published"
