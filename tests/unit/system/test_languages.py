"""A mail and its acknowledgement, all the way through the pure parts of four services: who writes Spanish is answered in Spanish."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from intake_email.answers.wording import Rules
from intake_email.parse import parse
from intake_email.reply import Sender, answer
from intake_email.submission import to_submission
from normalizer.pipeline.normalize import normalize
from shared.contracts import ServiceRequestCreated
from shared.town.calendar import BusinessCalendar
from support.logs import Log, updates
from support.mails import KNOWN, PROFILE, mail
from support.town_rules import RULES, TOWN
from tracker.staff_views import staff_view

WORDS = Rules(TOWN, RULES.catalogue, BusinessCalendar(ZoneInfo("America/New_York")), "https://311.example.org")
SENDER = Sender("311@town.example", "Cary 311", PROFILE.token_secret)


@pytest.mark.parametrize(
    ("text", "language", "greeting"),
    [
        ("Desde el martes nadie ha recogido la basura de nuestra calle.", "es", "Recibimos su mensaje"),
        ("Nobody has collected the rubbish of our street since Tuesday.", "en", "We have your message"),
        ("Nobody.", "en", "We have your message"),
        ("Từ thứ ba đến nay không ai thu gom rác trên đường phố của chúng tôi.", "en", "We have your message"),
    ],
)
async def test_a_mail_is_acknowledged_in_the_language_that_it_was_written_in(text: str, language: str, greeting: str) -> None:
    """Not in the mailbox's."""
    raw = mail(text, From="Ada <ada@example.org>", Content_Type="text/plain; charset=utf-8")
    created = normalize(to_submission(parse(raw, PROFILE), PROFILE, KNOWN), RULES)
    assert isinstance(created, ServiceRequestCreated)
    log = Log()
    (update,) = updates(await log.add(created))
    acknowledgement = message_from_bytes(answer(update, 0, SENDER, WORDS).content, policy=policy.default)
    assert isinstance(acknowledgement, EmailMessage)
    assert acknowledgement["Content-Language"] == language
    for kind in ("plain", "html"):
        part = acknowledgement.get_body((kind,))
        assert part is not None
        assert greeting in str(part.get_content())


async def test_staff_see_what_language_it_is() -> None:
    """The code, why a person should look, and how sure that is."""
    raw = mail("Từ thứ ba đến nay không ai thu gom rác trên đường phố của chúng tôi.", Content_Type="text/plain; charset=utf-8")
    created = normalize(to_submission(parse(raw, PROFILE), PROFILE, KNOWN), RULES)
    assert isinstance(created, ServiceRequestCreated)
    log = Log()
    await log.add(created)
    staff = staff_view(log.store.state(created.service_request_id), now=created.occurred_at)["staff"]
    assert "other_language" in staff["attention"]
    assert staff["report"]["detected_language"] == "vi"
    (decision,) = (one for one in staff["report"]["decisions"] if one["step"] == "language")
    assert (decision["outcome"], decision["confidence"]) == ("en", 1.0)
