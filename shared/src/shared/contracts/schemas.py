"""JSON Schemas of the messages, one file per topic: ``python -m shared.contracts.schemas FOLDER`` writes them, a test holds them."""

import json
import sys
from pathlib import Path
from typing import Any

from shared.contracts.codec import Decoder, decode_decision, decode_event, decode_rejected, decode_submission, decode_update

# By topic name; a test holds this list against the registry, which lies a layer above and cannot be imported here.
DECODERS: dict[str, Decoder[Any]] = {
    "submission.received.v1": decode_submission,
    "submission.rejected.v1": decode_rejected,
    "request.events.v1": decode_event,
    "request.updated.v1": decode_update,
    "dead-letter.decided.v1": decode_decision,
}


def schema(topic: str) -> str:
    """The JSON Schema (draft 2020-12) of a topic's values, as it is written: with the required fields of a writer."""
    body = DECODERS[topic].adapter.json_schema(mode="serialization")
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": topic, **body}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every schema into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for topic in DECODERS:
        (folder / f"{topic}.json").write_text(schema(topic), encoding="utf-8")


if __name__ == "__main__":
    main()
