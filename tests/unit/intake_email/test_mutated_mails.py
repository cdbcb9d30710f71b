"""Mails that are nearly right: what a parser trips over more often than over noise."""

import time

from hypothesis import HealthCheck, assume, given, settings

from intake_email.parse import parse
from intake_email.submission import overflow_of, to_submission
from shared.contracts import decode_submission
from support.mails import KNOWN, PROFILE
from support.mails_mutated import mutated_mails

SECONDS = 5.0
"""Of processor time for a mail of some 20 kB, which takes milliseconds."""
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@settings(max_examples=600, deadline=None, suppress_health_check=SLOW)
@given(mutated_mails())
def test_a_damaged_mail_is_still_a_submission(raw: bytes) -> None:
    """It is read in time, and its submission is what the contract says."""
    started = time.process_time()
    mail = parse(raw, PROFILE)
    assert time.process_time() - started < SECONDS
    received = to_submission(mail, PROFILE, KNOWN)
    assert decode_submission(received.encode()) == received
    overflow_of(mail)


@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(mutated_mails())
def test_a_damaged_mail_is_the_same_whichever_way_it_took(raw: bytes) -> None:
    """Another server's Received in front does not make a second submission of it."""
    assume(raw.startswith(b"From:") and b"\r" not in raw.replace(b"\r\n", b""))  # what begins with no field, no server passes on like that
    hop = b"Received: from relay.example.net by mx.town.example; Tue, 10 Mar 2026 09:16:00 -0400\r\n"
    assert parse(hop + raw, PROFILE).native_id == parse(raw, PROFILE).native_id
