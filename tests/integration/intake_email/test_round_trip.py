"""Both directions: a mail in, its answer out in the same thread, the answer to that as a follow-up, a bounce at its request."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from intake_email.sending import SYSTEM
from shared.contracts import ClaimProof, DeliveryOutcome, DeliveryRecorded, ServiceRequestUpdated, SubmissionReceived, decode_event
from shared.contracts import decode_submission as decoded
from shared.kafka.broker import KafkaPublisher, ensure_topics
from shared.kafka.records import Outgoing
from shared.settings import KafkaSettings, MongoSettings
from support.dovecot import Dovecot
from support.examples import FULL_MESSAGES
from support.imap_service import World, email_world
from support.imap_user import mail
from support.smtp_sink import SmtpSink, smtp_sink

DSN = """From: MAILER-DAEMON@example.org\r
To: 311@town.example\r
Subject: Undelivered Mail Returned to Sender\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
It could not be delivered.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.org\r
\r
Final-Recipient: rfc822; ana@example.org\r
Action: failed\r
Status: 5.1.1\r
--b\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: {message_id}\r
--b--\r
"""


@pytest.fixture
async def sink() -> AsyncIterator[SmtpSink]:
    """The outgoing server."""
    async with smtp_sink() as sink:
        yield sink


@pytest.fixture
async def world(mail_server: Dovecot, mongo_settings: MongoSettings, kafka_settings: KafkaSettings, sink: SmtpSink) -> AsyncIterator[World]:
    """A service that answers, too."""
    await ensure_topics(kafka_settings)
    changes = {**kafka_settings.model_dump(), "smtp_host": "127.0.0.1", "smtp_port": sink.port, "smtp_security": "none"}
    async with email_world(mail_server.port, mongo_settings, **changes) as made:
        yield made


def submissions(world: World) -> list[SubmissionReceived]:
    return [decoded(record.value) for record in world.kafka.records if record.topic == "submission.received.v1"]


def deliveries(world: World) -> list[DeliveryRecorded]:
    events = [decode_event(record.value) for record in world.kafka.records if record.topic == "request.events.v1"]
    return [event for event in events if isinstance(event, DeliveryRecorded)]


async def test_a_mail_its_answer_the_answer_to_that_and_a_bounce(world: World, kafka_settings: KafkaSettings, sink: SmtpSink) -> None:
    """One thread for the resident, one request for the desk, and a delivery that failed is seen there."""
    await world.user.put(mail("The lamp is dark.", message_id="<lamp@example.org>", sender="Ana <ana@example.org>"))
    await world.until(lambda: _is(len(submissions(world)) == 1), "the submission")
    number = submissions(world)[0].service_request_id

    await _announce(kafka_settings, submissions(world)[0])
    await world.until(lambda: _is(len(sink.envelopes) == 1 and len(deliveries(world)) == 1), "the answer")
    (answer,) = sink.mails
    assert (answer["To"], answer["In-Reply-To"]) == ("ana@example.org", "<lamp@example.org>")
    assert await world.user.count("Sent") == 1
    assert (deliveries(world)[0].outcome, deliveries(world)[0].actor) == (DeliveryOutcome.SENT, SYSTEM)

    await world.user.put(
        mail("Still dark.", sender="Ana <ana@example.org>", to=str(answer["Reply-To"]), In_Reply_To=str(answer["Message-ID"]))
    )
    await world.until(lambda: _is(len(submissions(world)) == 2), "the follow-up")
    claim = submissions(world)[1].claim
    assert claim is not None
    assert (claim.service_request_id, claim.proof) == (number, ClaimProof.TOKEN)

    await world.user.put(DSN.format(message_id=answer["Message-ID"]).encode())
    await world.until(lambda: _is(len(deliveries(world)) == 2), "the bounce")
    bounced = deliveries(world)[1]
    assert (bounced.outcome, bounced.service_request_id, bounced.detail) == (DeliveryOutcome.BOUNCED, number, "5.1.1")
    assert len(sink.envelopes) == 1


async def _is(answer: bool) -> bool:  # noqa: FBT001 - what a world waits for is asynchronous
    await asyncio.sleep(0)
    return answer


async def _announce(settings: KafkaSettings, submission: SubmissionReceived) -> None:
    """What the projection says of the new request."""
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    update = full.model_copy(
        update={
            "service_request_id": submission.service_request_id,
            "occurred_at": datetime.now(UTC) + timedelta(minutes=1),
            "replies": submission.reply_addresses,
            "redacted": (),
            "redacted_submission_ids": (),
            "public_text": None,
        }
    )
    publisher = await KafkaPublisher.start(settings, "test")
    await publisher.publish([Outgoing("request.updated.v1", update.key.encode(), update.encode())])
    await publisher.close()
