"""Keeps the released OpenAPI document of intake-web: ``python -m support.intake_openapi`` (with ``PYTHONPATH=tests``) writes it anew.

It refuses where a client of the document that is there would break: such a change wants an address of its own (``/api/v2``).
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from intake_web import openapi
from support.openapi_changes import breaking_changes

FILE = Path(__file__).parents[1] / "contract" / "golden" / "openapi-intake-web.json"
BASE_URL = "https://311.example"


def present() -> dict[str, Any]:
    """What the service says now."""
    return openapi.document(BASE_URL, version("cary311-intake-web"))


def released() -> dict[str, Any]:
    """What clients were built on."""
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def main() -> int:
    """Write the present document; 1 and nothing written where that would break a client."""
    broken = breaking_changes(released(), present()) if FILE.exists() else []
    for sentence in broken:
        sys.stderr.write(f"breaking: {sentence}\n")
    if not broken:
        FILE.write_text(json.dumps(present(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
