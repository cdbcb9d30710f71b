"""The mails that go out: true, threaded, the same every time, and without a word of a resident where it does not belong."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.answers.wording import CREATED, FOLLOW_UP, TOLD, Rules, is_told, texts
from intake_email.parse import parse
from intake_email.profile import MailboxProfile
from intake_email.reply import Answer, Sender, answer, own_message_id, thread_root
from intake_email.tokens import number_in_address, number_in_body, number_in_message_id
from shared.contracts import Channel, DetailedStatus, Emergency, Language, ReplyAddress, ServiceRequestUpdated
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import load_catalogue
from shared.town.town import load_town
from shared.tracking_number import display
from support.examples import FULL_MESSAGES, NUMBER

TOWN = load_town()
RULES = Rules(TOWN, load_catalogue(None, TOWN), BusinessCalendar(ZoneInfo("America/New_York")), "https://311.example.org")
SENDER = Sender("311@example.org", "Cary 311", b"an invented secret of 32 bytes..")
PROFILE = MailboxProfile(own_addresses=frozenset({"311@example.org"}), token_secret=SENDER.token_secret)
TO = ReplyAddress(channel=Channel.EMAIL, address="ada@example.com", references=("<one@example.com>", "<two@example.com>"))


def update(**changes: object) -> ServiceRequestUpdated:
    """An announcement to one recipient."""
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    plain = {"replies": (TO,), "emergency": None, "public_text": None, "service_notice": None}
    return full.model_copy(update=plain | changes)


def read(mail: Answer) -> EmailMessage:
    """The mail as a mail program reads it."""
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(mail: Answer, kind: str = "plain") -> str:
    part = read(mail).get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_an_acknowledgement_says_what_happens_next_and_when() -> None:
    """Number, link, until when somebody answers, until when the work should be done, and that 311 is not 911."""
    said = body(answer(update(), 0, SENDER, RULES))
    for expected in (
        display(NUMBER),
        f"https://311.example.org/requests/{display(NUMBER)}",
        "Tuesday, March 3",
        "Saturday, March 7",
        "call 911",
    ):
        assert expected in said


def test_a_mail_in_the_night_says_that_the_desk_was_closed() -> None:
    """The time to answer counts from the next opening."""
    at_night = update(requested_datetime=datetime(2026, 3, 7, 3, 0, tzinfo=ZoneInfo("America/New_York")))
    assert "Monday, March 9" in body(answer(at_night, 0, SENDER, RULES))


@pytest.mark.parametrize(("emergency", "said"), [(Emergency.LIFE_SAFETY, "call 911 now"), (Emergency.WATER_SEWER, "(919) 469-4000")])
def test_an_emergency_is_told_to_phone_first_thing(emergency: Emergency, said: str) -> None:
    """Before the greeting."""
    text = body(answer(update(emergency=emergency), 0, SENDER, RULES))
    assert text.index(said) < text.index("Hello,")


@pytest.mark.parametrize("kind", sorted(TOLD - {CREATED}))
@pytest.mark.parametrize("status", list(DetailedStatus))
@pytest.mark.parametrize("language", list(Language))
def test_every_change_in_every_state_and_language_has_its_words(kind: str, status: DetailedStatus, language: Language) -> None:
    """The town's own text is there whole, in both versions, and no placeholder is left."""
    news = update(
        event_kind=kind,
        detailed_status=status,
        public_text="We patched <it> & more.",
        replies=(TO.model_copy(update={"language": language}),),
    )
    mail = answer(news, 0, SENDER, RULES)
    assert "We patched <it> & more." in body(mail)
    assert "We patched &lt;it&gt; &amp; more." in body(mail, "html")
    assert not re.search(r"[{}]", body(mail))
    assert read(mail)["Content-Language"] == language.value


def test_a_follow_up_is_not_acknowledged() -> None:
    """One acknowledgement for each request; deliveries and redactions are nobody's mail either."""
    assert not any(is_told(update(event_kind=kind)) for kind in ("FollowUpReceived", "DeliveryRecorded", "ServiceRequestRedacted"))


def test_the_mails_of_a_request_are_one_thread() -> None:
    """They refer to the resident's mail, or to a root of our own, under one subject; Gmail and Outlook thread by these."""
    first, second = (answer(update(event_kind=kind), 0, SENDER, RULES) for kind in (CREATED, "CommentAdded"))
    assert read(first)["Subject"] == read(second)["Subject"] == f"Your 311 request {display(NUMBER)}"
    assert read(first)["References"] == "<one@example.com> <two@example.com>"
    assert read(first)["In-Reply-To"] == "<two@example.com>"
    without = update(replies=(TO.model_copy(update={"references": ()}),))
    assert read(answer(without, 0, SENDER, RULES))["References"] == thread_root(NUMBER, SENDER)


def test_an_answer_finds_its_request_by_each_of_three_ways() -> None:
    """Signed address, Message-ID, hidden marker."""
    mail = answer(update(), 0, SENDER, RULES)
    reply_to = read(mail)["Reply-To"].addresses[0].addr_spec
    assert number_in_address(SENDER.token_secret, reply_to) == NUMBER
    assert number_in_message_id(SENDER.token_secret, mail.message_id) == NUMBER
    assert number_in_body(SENDER.token_secret, body(mail, "html")) == NUMBER


def test_our_own_mail_is_known_as_a_machines() -> None:
    """What comes back to us by a loop opens nothing and is answered by nobody."""
    mail = read(answer(update(), 0, SENDER, RULES))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert parse(mail.as_bytes(), PROFILE).is_automatic


def test_a_reply_written_above_our_text_is_read_as_the_new_words() -> None:
    """Our own marker is where our parser cuts."""
    ours = body(answer(update(), 0, SENDER, RULES))
    quoted = "\n".join(f"> {line}" for line in ours.splitlines())
    raw = (
        "From: ada@example.com\r\nTo: 311@example.org\r\nSubject: Re: Your 311 request\r\nIn-Reply-To: <x@example.org>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nIt is still there.\r\n\r\n"
        f"On Mon, Mar 2, 2026 at 9:30 AM Cary 311 <311@example.org> wrote:\r\n{quoted}\r\n"
    )
    assert parse(raw.encode(), PROFILE).text.strip() == "It is still there."


def test_the_same_announcement_gives_the_same_bytes_and_each_recipient_an_id() -> None:
    """A redelivered announcement is the same mail; two recipients get two."""
    two = update(replies=(TO, TO.model_copy(update={"address": "bob@example.com"})))
    assert answer(two, 0, SENDER, RULES) == answer(two, 0, SENDER, RULES)
    assert own_message_id(two, 0, SENDER) != own_message_id(two, 1, SENDER)


@given(st.text(max_size=300), st.lists(st.text(max_size=100), max_size=5))
def test_no_text_reaches_a_header_or_breaks_the_mail(text: str, references: list[str]) -> None:
    """Whatever staff wrote and whatever a foreign Message-ID holds: headers stay whole lines, the parts stay two."""
    news = update(event_kind="CommentAdded", public_text=text, replies=(TO.model_copy(update={"references": tuple(references)}),))
    mail = read(answer(news, 0, SENDER, RULES))
    assert set(mail.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "X-Auto-Response-Suppress", "Content-Language", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert all(line.isascii() for line in answer(news, 0, SENDER, RULES).content.split(b"\r\n\r\n", 1)[0].decode().splitlines())


def test_every_language_says_the_same() -> None:
    """The texts have the same keys and the same gaps to fill."""
    gaps = {language: {key: set(re.findall(r"{(\w+)}", text)) for key, text in said.items()} for language, said in texts().items()}
    assert set(gaps) == {language.value for language in Language}
    assert gaps["en"] == gaps["es"]
    assert {f"state_{status.value}" for status in DetailedStatus} <= set(gaps["en"])


def test_a_further_message_is_answered_only_where_it_is_an_emergency() -> None:
    """Its author waits for nothing else, and must not wait for help."""
    further = update(event_kind=FOLLOW_UP)
    assert not is_told(further)
    urgent = update(event_kind=FOLLOW_UP, emergency=Emergency.LIFE_SAFETY, public_text="the house is on fire")
    assert is_told(urgent)
    text = body(answer(urgent, 0, SENDER, RULES))
    assert text.index("call 911 now") < text.index("We have your further message")
    assert "the house is on fire" not in text
