"""Which request a mail belongs to: what it shows, then what the ledger knows, then what somebody wrote; stored first."""

import pytest

from intake_email.tokens import body_marker, message_id, reply_address
from shared.contracts import ClaimProof, SubmissionReceived
from shared.tracking_number import display
from support.imap_service import TOKEN_SECRET, World
from support.imap_user import mail

OTHER = "7KQ4M2XD9RTB"
NUMBER = "0000000000AA"


async def the_next(world: World, raw: bytes) -> SubmissionReceived:
    """What becomes of one more mail."""
    before = len(world.kafka.records)
    await world.user.put(raw)
    return (await world.published(before + 1))[-1]


def claimed(submission: SubmissionReceived) -> tuple[str, ClaimProof] | None:
    return (submission.claim.service_request_id, submission.claim.proof) if submission.claim else None


async def test_an_answer_finds_its_request_by_the_ledger(world: World) -> None:
    """Whoever answers the resident's own mail, or an answer to that, joins the same request: References from right to left."""
    first = await the_next(world, mail("one", message_id="<one@example.org>"))
    answer = await the_next(world, mail("two", message_id="<two@example.org>", In_Reply_To="<one@example.org>"))
    third = await the_next(world, mail("three", References="<elsewhere@example.org> <one@example.org> <two@example.org>"))

    assert claimed(first) is None
    assert claimed(answer) == claimed(third) == (first.service_request_id, ClaimProof.THREAD)
    assert answer.key == first.service_request_id


async def test_an_answer_in_the_same_batch(world: World) -> None:
    """A mail and its answer that come together belong together."""
    await world.user.does(
        lambda client: client.multiappend("INBOX", [mail("one", message_id="<a@example.org>"), mail("two", In_Reply_To="<a@example.org>")])
    )
    first, second = await world.published(2)

    assert claimed(second) == (first.service_request_id, ClaimProof.THREAD)


async def test_what_we_signed_counts_most(world: World) -> None:
    """The address with its token before our Message-ID, that before the ledger, that before a number in the subject."""
    first = await the_next(world, mail("one", message_id="<one@example.org>"))
    address = reply_address(TOKEN_SECRET, first.service_request_id, "311@town.example")
    ours = message_id(TOKEN_SECRET, first.service_request_id, first.submission_id, "town.example")
    shown = display(first.service_request_id)

    by_address = await the_next(world, mail("two", to=f"311 <{address}>", subject=f"Re: {shown}"))
    by_message_id = await the_next(world, mail("three", In_Reply_To=ours, subject=f"Re: {shown}"))
    by_tag = await the_next(world, mail("four", subject=f"about {shown}"))

    number = first.service_request_id
    assert [claimed(submission) for submission in (by_address, by_message_id, by_tag)] == [
        (number, ClaimProof.TOKEN),
        (number, ClaimProof.THREAD),
        (number, ClaimProof.TAG),
    ]


async def test_the_hidden_marker(world: World) -> None:
    """A provider that replaces Message-IDs still quotes our HTML."""
    first = await the_next(world, mail("one"))
    marker = body_marker(TOKEN_SECRET, first.service_request_id)
    raw = mail("<p>two</p>", In_Reply_To="<replaced@provider.example>").replace(b"text/plain", b"text/html")

    answer = await the_next(world, raw.replace(b"<p>two</p>", f'<p>two</p><span style="display:none">{marker}</span>'.encode()))
    assert claimed(answer) == (first.service_request_id, ClaimProof.THREAD)


@pytest.mark.parametrize(
    "fields", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<news.example.org>"}, {"X_Loop": "yes"}]
)
async def test_machine_mail_is_marked_and_opens_nothing(world: World, fields: dict[str, str]) -> None:
    """Nobody is answered, and whoever answers to it does not join a request that does not exist."""
    machine = await the_next(world, mail("I am away.", message_id="<machine@example.org>", **fields))
    answer = await the_next(world, mail("two", In_Reply_To="<machine@example.org>"))

    assert machine.is_automatic
    assert machine.reply_addresses == ()
    assert claimed(answer) is None


async def test_what_was_claimed_first_stays_claimed(world: World) -> None:
    """The mail that it answers came later, while Kafka was away; it is published as it was stored."""
    world.kafka.is_down = True
    await world.user.put(mail("two", message_id="<two@example.org>", In_Reply_To="<one@example.org>"))

    async def is_stored() -> bool:
        return world.parts is not None and await world.collection("messages").count_documents({}) == 1

    await world.until(is_stored, "stored")
    await world.user.put(mail("one", message_id="<one@example.org>"))
    world.kafka.is_down = False

    two, one = await world.published(2)
    assert (one.text, two.text) == ("one", "two")
    assert two.claim is None


async def test_mail_from_our_own_address_is_a_machines(world: World) -> None:
    """Also from another of our mailboxes, or anything below our domain: no loop."""
    own = await the_next(world, mail("hello", sender="Town <anything@311.town.example>"))

    assert own.is_automatic


async def test_what_staff_passes_on_is_the_residents(world: World) -> None:
    """Only from a known member of staff; from anybody else it stays the forwarder's."""
    await world.stop()
    world.settings = world.settings.model_copy(update={"staff_addresses": ("clerk@town.example",)})
    world.start()
    text = (
        "\n---------- Forwarded message ---------\nFrom: Ana Resident <ana@example.org>\nDate: Tue, Mar 3, 2026 at 9:00 AM\n"
        "Subject: Lamp\nTo: Clerk <clerk@town.example>\n\nThe lamp is dark."
    )
    by_staff = await the_next(world, mail(text, subject="Fwd: Lamp", sender="Clerk <clerk@town.example>"))
    by_neighbour = await the_next(world, mail(text, subject="Fwd: Lamp", sender="Luz <luz@example.org>"))

    assert by_staff.reporter is not None
    assert by_neighbour.reporter is not None
    assert (by_staff.reporter.email, by_neighbour.reporter.email) == ("ana@example.org", "luz@example.org")
    assert [reply.address for reply in by_staff.reply_addresses] == ["ana@example.org"]
    assert "The lamp is dark." in by_staff.text
