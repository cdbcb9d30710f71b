"""Who wrote a message: compared by what a channel vouches for, in one spelling. Pure."""

from collections.abc import Iterable

from shared.contracts import Channel, ClaimProof, Person, ReplyAddress, Report, ThreadClaim
from tracker.archiving import recent
from tracker.redaction import CREATED
from tracker.state import Outcome, RequestState

PHONE_DIGITS = 10
"""The national number: the same phone is written with and without the country's 1."""


def is_party(state: RequestState, report: Report, claim: ThreadClaim) -> bool:
    """Whether the author of ``report`` is the request's reporter or a follower.

    A message that says nothing about its author and carries a token comes from somebody whom we wrote to: the reporter of a
    web form who left no address. A number is public and a name is easily typed or forged: with a mere tag only a channel that
    vouches for its senders is believed.
    """
    authors = identities(report)
    if not authors:
        return claim.proof is ClaimProof.TOKEN
    if claim.proof is ClaimProof.TAG and not _is_vouched_for(report):
        return False
    return not authors.isdisjoint(_parties(state))


def _is_vouched_for(report: Report) -> bool:
    unverified = report.source is not None and report.source.sender_verified is False
    return report.channel not in {Channel.WEB, Channel.API} and not unverified


def identities(report: Report) -> set[str]:
    """Every name under which the author of a report is known."""
    return _of_addresses(report.reply_addresses) | (_of_person(report.reporter, report.channel) if report.reporter else set())


def _parties(state: RequestState) -> set[str]:
    known = identities(state.report) | _of_addresses(state.reply_addresses)
    for follower in state.followers:
        known |= _of_addresses(follower.reply_addresses)
    for entry in recent(state):
        if entry.report is not None and entry.kind != CREATED and entry.outcome is Outcome.APPLIED and not entry.is_third_party:
            known |= identities(entry.report)
    return known


def _of_addresses(addresses: Iterable[ReplyAddress]) -> set[str]:
    # On a network the address is the post to reply to, which says nothing about who wrote it.
    return {f"email:{_spelled(reply.address)}" for reply in addresses if reply.channel is Channel.EMAIL}


def _of_person(person: Person, channel: Channel) -> set[str]:
    known = set()
    if person.email:
        known.add(f"email:{_spelled(person.email)}")
    if person.account_id:
        known.add(f"{channel.value}:{person.account_id.strip().casefold()}")
    number = "".join(symbol for symbol in person.phone or "" if symbol.isdigit())
    if len(number) >= PHONE_DIGITS:
        known.add(f"phone:{number[-PHONE_DIGITS:]}")
    return known


def _spelled(address: str) -> str:
    return address.strip().casefold()
