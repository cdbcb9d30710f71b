"""The tracker's OpenAPI document as it was released, kept so that a later one cannot break its clients unseen.

``PYTHONPATH=tests python -m support.tracker_openapi`` writes it anew; the difference is for a person to judge.
"""

import json
from pathlib import Path
from typing import Any

from tracker.openapi.document import document

GOLDEN = Path(__file__).parents[1] / "contract" / "golden" / "openapi" / "tracker.json"


def present() -> dict[str, Any]:
    """The document of the code as it is, with the settings' defaults; the version of the distribution is no part of the contract."""
    described = document(version="0.1.0", page_items=50, max_page_items=200, jurisdiction_id="carync.gov")
    plain: dict[str, Any] = json.loads(json.dumps(described))
    return plain


def text() -> str:
    """As the file has it."""
    return json.dumps(present(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_text(text(), encoding="utf-8")
