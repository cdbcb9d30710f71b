"""Which request a mail belongs to: the strongest of what it shows, and of what the ledger knows about the mails that it answers. Pure."""

from collections.abc import Mapping

from intake_email.parsed import ParsedMail
from intake_email.store.ledger import stand_in_key
from shared.contracts import ClaimProof, ThreadClaim


def asked_of_ledger(mail: ParsedMail) -> tuple[str, ...]:
    """The Message-IDs whose requests decide, the strongest first."""
    own = (stand_in_key(mail.message_id),) if mail.message_id else ()
    return (*mail.evidence.identifiers, *own)


def resolve(mail: ParsedMail, requests: Mapping[str, str]) -> ThreadClaim | None:
    """The claim, with its proof; None: it opens a new request. ``requests``: what the ledger knows of ``asked_of_ledger``.

    A signed address, then our own Message-ID or marker, then the ledger, then a number that somebody wrote.
    """
    claims = mail.evidence.claims
    for proof in (ClaimProof.TOKEN, ClaimProof.THREAD):
        if claim := next((claim for claim in claims if claim.proof is proof), None):
            return claim
    number = next((requests[identifier] for identifier in asked_of_ledger(mail) if identifier in requests), None)
    if number is not None:
        return ThreadClaim(service_request_id=number, proof=ClaimProof.THREAD)
    return next((claim for claim in claims if claim.proof is ClaimProof.TAG), None)
