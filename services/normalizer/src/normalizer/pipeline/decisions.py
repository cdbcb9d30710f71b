"""Says what was decided and why, for the advocate who wonders. Never quotes the text: decisions are shown beside it."""

from functools import lru_cache

from shared.contracts import ClaimProof, Decision, ThreadClaim

SHOWN_VERSION_CHARACTERS = 12
"""Of a data file's digest: enough to find the version."""

_PROOFS = {
    ClaimProof.TOKEN: "it came to an address or by a link that only somebody whom we wrote to can know",
    ClaimProof.THREAD: "it answers a message of ours or continues the author's own conversation",
    ClaimProof.TAG: "it names the number, which anybody could; the projection looks at who wrote",
}


@lru_cache(maxsize=1_024)
def decision(step: str, outcome: str, why: str, version: str | None = None, confidence: float | None = None) -> Decision:
    """One decision; the same one is made once, because most submissions are decided alike."""
    return Decision(step=step, outcome=outcome, why=why, confidence=confidence, version=version)


def explain_thread(claim: ThreadClaim | None) -> Decision:
    """New, or a follow-up: that depends on the claim alone."""
    if claim is None:
        return decision("thread", "new", "it claims to belong to no earlier request")
    return decision("thread", "follow_up", _PROOFS[claim.proof])
