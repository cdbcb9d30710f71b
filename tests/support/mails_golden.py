"""Golden examples of the mail parser: an invented mail as it lay in the mailbox, and what was understood, for a person to judge.

``PYTHONPATH=tests python -m support.mails_golden`` writes them anew.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from intake_email.parse import parse
from intake_email.parsed import ParsedMail
from intake_email.submission import to_submission
from support.mails import KNOWN, PROFILE
from support.mails_answered import ANSWERED
from support.mails_by_machines import BY_MACHINES
from support.mails_written import WRITTEN

FOLDER = Path(__file__).parents[1] / "contract" / "golden" / "intake_email"
CASES: dict[str, bytes] = WRITTEN | ANSWERED | BY_MACHINES
SHOWN_CHARACTERS = 600


def expected(raw: bytes) -> str:
    """What comes of a mail's bytes: the submission, and beside it what the adapter needs to answer and to store."""
    mail = parse(raw, PROFILE)
    known = replace(KNOWN, claim=next(iter(mail.evidence.claims), None))
    submission = json.loads(to_submission(mail, PROFILE, known).encode())
    shown = {"submission": {key: _short(value) for key, value in submission.items()}, "mail": _mail(mail)}
    return json.dumps(shown, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _mail(mail: ParsedMail) -> dict[str, Any]:
    return {
        "native_id": mail.native_id,
        "to": [address.email for address in mail.to],
        "signature": _short(mail.split.signature),
        "quoted": _short(mail.split.quoted),
        "files": [[file.name, file.media_type, file.declared_name, file.purpose, len(file.data)] for file in mail.files],
        "files_passed_on": [[file.name, file.media_type] for file in mail.files_passed_on],
        "kept": [file.name for file in mail.files_to_keep],
        "forwarded": mail.forwarded
        and [mail.forwarded.sender and mail.forwarded.sender.email, mail.forwarded.subject, mail.forwarded.date],
        "signs": list(mail.signs),
        "bounce": mail.bounce and [list(mail.bounce.recipients), mail.bounce.is_delay, mail.bounce.status, mail.bounce.message_id],
        "may_be_answered": mail.may_be_answered,
        "security": mail.security,
        "claims": [[claim.service_request_id, claim.proof] for claim in mail.evidence.claims],
        "identifiers": list(mail.evidence.identifiers),
        "troubles": list(mail.troubles),
    }


def _short(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return f"{value[:SHOWN_CHARACTERS]}... ({len(value)})" if isinstance(value, str) and len(value) > SHOWN_CHARACTERS else value


def main() -> None:
    """Write every example anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, raw in CASES.items():
        (FOLDER / f"{name}.eml").write_bytes(raw)
        (FOLDER / f"{name}.json").write_text(expected(raw), encoding="utf-8")


if __name__ == "__main__":
    main()
