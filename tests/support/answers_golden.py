"""Golden examples of the mails that go out: one of each kind in every language, as plain text and as a page, for a person to judge.

``PYTHONPATH=tests python -m support.answers_golden`` writes them anew.
"""

from collections.abc import Mapping
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from intake_email.answers.wording import COMMENT, CREATED, FOLLOW_UP, UNMARKED, Rules
from intake_email.reply import Sender, answer
from shared.contracts import Channel, DetailedStatus, Emergency, Language, Nature, ReplyAddress, ServiceRequestUpdated
from shared.town.calendar import BusinessCalendar
from shared.town.catalogue import load_catalogue
from shared.town.holidays import load_holidays
from shared.town.town import load_town
from support.examples import FULL_MESSAGES

FOLDER: Final = Path(__file__).parents[1] / "contract" / "golden" / "intake_email_answers"
SENDER: Final = Sender("311@example.org", "Cary 311", b"an invented secret of 32 bytes..")
_NEW_YORK: Final = ZoneInfo("America/New_York")
_TEXT: Final = "Thank you for telling us.\n\nThe crew filled the hole on Tuesday; the lane is open again."
_CHANGED: Final = "ServiceRequestChanged"
_STATES: Final = {f"state-{status.value}": {"event_kind": _CHANGED, "detailed_status": status} for status in DetailedStatus}
CASES: Final[Mapping[str, Mapping[str, Any]]] = {
    "received": {"event_kind": CREATED},
    "received-at-night": {
        "event_kind": CREATED,
        "requested_datetime": datetime(2026, 3, 7, 3, 0, tzinfo=_NEW_YORK),
        "answer_due_datetime": None,
    },
    "received-on-a-holiday": {
        "event_kind": CREATED,
        "requested_datetime": datetime(2026, 11, 25, 20, 0, tzinfo=_NEW_YORK),
        "answer_due_datetime": None,
    },
    "received-water-sewer-at-night": {
        "event_kind": CREATED,
        "emergency": Emergency.WATER_SEWER,
        "requested_datetime": datetime(2026, 3, 7, 3, 0, tzinfo=_NEW_YORK),
        "answer_due_datetime": None,
    },
    "received-question": {"event_kind": CREATED, "nature": Nature.INQUIRY, "expected_datetime": None},
    "received-neither": {"event_kind": CREATED, "nature": Nature.NEITHER, "expected_datetime": None, "answer_due_datetime": None},
    "question-after-all": {"event_kind": _CHANGED, "nature": Nature.INQUIRY, "expected_datetime": None},
    "received-encrypted": {"event_kind": CREATED},
    "follow-up-encrypted": {"event_kind": FOLLOW_UP},
    "received-life-safety": {"event_kind": CREATED, "emergency": Emergency.LIFE_SAFETY},
    "received-water-sewer": {"event_kind": CREATED, "emergency": Emergency.WATER_SEWER},
    "follow-up-life-safety": {"event_kind": FOLLOW_UP, "emergency": Emergency.LIFE_SAFETY},
    "message": {"event_kind": COMMENT, "public_text": _TEXT, "detailed_status": DetailedStatus.IN_PROGRESS},
    "separated": {"event_kind": UNMARKED},
    "closed-with-its-reason": {"event_kind": _CHANGED, "detailed_status": DetailedStatus.RESOLVED, "public_text": _TEXT},
    "not-ours-with-its-reason": {"event_kind": _CHANGED, "detailed_status": DetailedStatus.NOT_OURS, "public_text": _TEXT},
    **_STATES,
}


def rules() -> Rules:
    """The town's own."""
    town = load_town()
    holidays = load_holidays(town)
    return Rules(
        town, load_catalogue(None, town), BusinessCalendar(_NEW_YORK, holidays, holiday_name=holidays.name_of), "https://311.example.org"
    )


def rendered(name: str, language: Language, the_rules: Rules) -> dict[str, str]:
    """Subject and text, and the page, by the ending of the file."""
    full = FULL_MESSAGES["ServiceRequestUpdated"]
    assert isinstance(full, ServiceRequestUpdated)
    to = ReplyAddress(channel=Channel.EMAIL, address="ada@example.com", language=language)
    plain: dict[str, Any] = {"replies": (to,), "emergency": None, "public_text": None, "service_notice": None}
    mail = answer(full.model_copy(update=plain | dict(CASES[name])), 0, SENDER, the_rules, is_encrypted=name.endswith("-encrypted"))
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return {"txt": f"{message['Subject']}\n\n{_body(message, 'plain')}", "html": _body(message, "html")}


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(exist_ok=True)
    the_rules = rules()
    for name in CASES:
        for language in Language:
            for ending, content in rendered(name, language, the_rules).items():
                (FOLDER / f"{name}.{language.value}.{ending}").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
