"""Machine mail, its bounces, and what our own server says about the sender."""

import pytest

from intake_email.parse import parse
from intake_email.reading.automatic import MachineSign
from support.mails import OUR_MESSAGE_ID, PROFILE, mail
from support.mails_by_machines import MACHINES, SECURED, VERIFIED

PEOPLE = {"auto-submitted-no", "exchange-person", "calendar-invitation"}


@pytest.mark.parametrize("name", sorted(set(MACHINES) - PEOPLE))
def test_machine_mail_is_never_answered(name: str) -> None:
    """And opens nothing."""
    read = parse(MACHINES[name], PROFILE)
    assert read.is_automatic
    assert not read.may_be_answered


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_what_people_send_is_no_machine_mail(name: str) -> None:
    """Exchange puts X-Auto-Response-Suppress on what people write, too."""
    assert not parse(MACHINES[name], PROFILE).is_automatic


def test_a_suppressed_answer_is_not_sent() -> None:
    """Their server asks for it, whoever wrote."""
    assert not parse(MACHINES["exchange-person"], PROFILE).may_be_answered


@pytest.mark.parametrize(
    ("fields", "sign"),
    [
        ({"Auto_Submitted": "auto-generated; owner-email=x"}, MachineSign.AUTO_SUBMITTED),
        ({"Precedence": "Junk"}, MachineSign.PRECEDENCE),
        ({"Precedence": "auto_reply"}, MachineSign.PRECEDENCE),
        ({"List_Unsubscribe": "<https://example.org>"}, MachineSign.MAILING_LIST),
        ({"X_Autorespond": "away"}, MachineSign.AUTO_REPLY),
        ({"X_POST_MessageClass": "9; Autoresponder"}, MachineSign.AUTO_REPLY),
        ({"Return_Path": "< >"}, MachineSign.NULL_RETURN_PATH),
        ({"From": "postmaster@example.org"}, MachineSign.DAEMON),
        ({"From": "Mail Delivery <MAILER-DAEMON>"}, MachineSign.DAEMON),
        ({"Content_Type": "multipart/report; boundary=x"}, MachineSign.REPORT),
        ({"From": "311@town.example"}, MachineSign.OURSELVES),
        ({"From": "311+x@town.example"}, MachineSign.OURSELVES),
        ({"From": "anybody@311.town.example"}, MachineSign.OURSELVES),
    ],
)
def test_every_sign_by_itself(fields: dict[str, str], sign: MachineSign) -> None:
    """One is enough."""
    assert parse(mail("x", **fields), PROFILE).signs == (sign,)


def test_a_bounce_tells_whom_and_which_mail_it_is_about() -> None:
    """So that it is recorded at the request, and the address suppressed."""
    bounce = parse(MACHINES["bounce-failed"], PROFILE).bounce
    assert bounce is not None
    assert (bounce.recipients, bounce.is_delay, bounce.status) == (("ada@example.org",), False, "5.1.1")
    assert bounce.message_id == OUR_MESSAGE_ID


def test_a_bounce_in_words_tells_it_too() -> None:
    """Programs without delivery status notifications repeat the mail's header."""
    bounce = parse(MACHINES["bounce-as-text"], PROFILE).bounce
    assert bounce is not None
    assert (bounce.recipients, bounce.message_id) == (("ada@example.org",), OUR_MESSAGE_ID)


def test_a_delay_is_no_failure() -> None:
    """The server goes on trying: the address must not be suppressed."""
    bounce = parse(MACHINES["bounce-delayed"], PROFILE).bounce
    assert bounce is not None
    assert bounce.is_delay


def test_a_complaint_about_mail_is_no_bounce() -> None:
    """A resident may write about the delivery of anything."""
    read = parse(mail("The following addresses failed:\n<ada@example.org>: I moved.", Subject="My mailbox is a problem"), PROFILE)
    assert read.bounce is None
    assert not read.is_automatic


@pytest.mark.parametrize(
    ("name", "verified"),
    [
        ("dmarc-pass", True),
        ("dmarc-fail", False),
        ("somebody-elses-results", None),
        ("dkim-of-the-domain", True),
        ("spf-of-another-domain", None),
        ("spf-fail", False),
    ],
)
def test_what_our_server_says_about_the_sender(name: str, verified: bool | None) -> None:  # noqa: FBT001 - parametrized
    """Only the topmost field with our server's name counts."""
    assert parse(VERIFIED[name], PROFILE).sender_verified is verified


@pytest.mark.parametrize("name", sorted(name for name in SECURED if "encrypted" in name))
def test_encrypted_mail_is_recognised(name: str) -> None:
    """Its sender is asked to send it again."""
    assert parse(SECURED[name], PROFILE).security == "encrypted"


@pytest.mark.parametrize("name", sorted(name for name in SECURED if "encrypted" not in name))
def test_signed_mail_is_read(name: str) -> None:
    """Without a key, and without what the signature put around it."""
    read = parse(SECURED[name], PROFILE)
    assert read.security == "signed"
    assert read.text.startswith(("The bench is broken.", "It is dark here."))
    assert "BEGIN" not in read.text


def test_a_bounce_that_defeats_a_detector_writes_no_stack_trace(caplog: pytest.LogCaptureFixture) -> None:
    """The library logs one for each of its thirty detectors, on mail that anybody may send."""
    raw = mail("It could not be delivered.", From="", Subject="Undeliverable: a lamp", Return_Path="<>", without="Message-ID")
    assert parse(raw, PROFILE).bounce is None
    assert caplog.records == []
