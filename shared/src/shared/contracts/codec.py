"""Bytes to messages: what is not as the contract says is poison, what is newer than this reader waits for its deployment."""

from typing import Any, Generic, TypeVar, get_args

from pydantic import TypeAdapter, ValidationError

from shared.contracts.base import announced_version, describe
from shared.contracts.dead_letters import DeadLetterDecided
from shared.contracts.events import RequestEvent
from shared.contracts.submissions import SubmissionReceived, SubmissionRejected
from shared.contracts.updates import ServiceRequestUpdated
from shared.errors import NewerContractError, PoisonError

SCHEMA_VERSION = 1
M = TypeVar("M")


class Decoder(Generic[M]):
    """Reads the values of one topic.

    Raises:
        PoisonError: ``not_a_message`` (no JSON object), ``invalid_message`` (fields, or a message of another topic), with paths and
            types, never data.
        NewerContractError: the record says it is of a ``kind`` or ``schema_version`` that this reader does not know.
    """

    def __init__(self, contract: Any, kinds: frozenset[str]) -> None:  # noqa: ANN401 - pydantic takes unions and classes alike
        self.adapter: TypeAdapter[M] = TypeAdapter(contract)
        self.kinds = kinds

    def __call__(self, data: bytes | None) -> M:
        """The message in ``data``."""
        try:
            return self.adapter.validate_json(data or b"")
        except ValidationError as error:
            raise self._sorted(data or b"", error) from None

    def _sorted(self, data: bytes, error: ValidationError) -> PoisonError | NewerContractError:
        kind, version = announced_version(data)
        if kind is None or version is None:
            return PoisonError("not_a_message", describe(error))
        is_new = kind not in ALL_KINDS and version == SCHEMA_VERSION and kind.isidentifier()
        if version > SCHEMA_VERSION or is_new:
            return NewerContractError(f"kind={kind[:60] if kind in self.kinds else 'unknown'} schema_version={version}")
        return PoisonError("invalid_message", describe(error))


EVENT_KINDS = frozenset(member.__name__ for member in get_args(get_args(RequestEvent)[0]))
ALL_KINDS = EVENT_KINDS | {"SubmissionReceived", "SubmissionRejected", "ServiceRequestUpdated", "DeadLetterDecided"}
"""Of all topics: what belongs to another one will not become right by waiting."""

decode_submission: Decoder[SubmissionReceived] = Decoder(SubmissionReceived, frozenset({"SubmissionReceived"}))
decode_rejected: Decoder[SubmissionRejected] = Decoder(SubmissionRejected, frozenset({"SubmissionRejected"}))
decode_event: Decoder[RequestEvent] = Decoder(RequestEvent, EVENT_KINDS)
decode_update: Decoder[ServiceRequestUpdated] = Decoder(ServiceRequestUpdated, frozenset({"ServiceRequestUpdated"}))
decode_decision: Decoder[DeadLetterDecided] = Decoder(DeadLetterDecided, frozenset({"DeadLetterDecided"}))
