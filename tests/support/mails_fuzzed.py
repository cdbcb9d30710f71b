"""``make fuzz``: the mail parser under atheris, which finds new bytes by the code that they reach. What fails is kept as a file.

Arguments are libFuzzer's: folders to begin from (the first one is filled), ``-max_total_time=600``, ``-runs=100000``.
"""

import sys

import atheris

with atheris.instrument_imports(include=["intake_email"]):
    from intake_email.parse import parse
    from intake_email.submission import overflow_of, to_submission

from shared.contracts import decode_submission
from support.mails import KNOWN, PROFILE


def read(raw: bytes) -> None:
    """Read, submitted, and what was submitted read back."""
    mail = parse(raw, PROFILE)
    received = to_submission(mail, PROFILE, KNOWN)
    if decode_submission(received.encode()) != received:
        raise AssertionError("what was submitted reads as something else")
    overflow_of(mail)


def main() -> None:
    """Until the time is over, or a mail fails."""
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
