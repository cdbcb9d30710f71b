"""``python -m bench.worker SPEC``: one run of one variant; its figure is the last line that it writes."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from importlib import import_module
from typing import Any

Variant = Callable[[Mapping[str, Any]], Coroutine[None, None, Mapping[str, float]]]
VARIANTS: Mapping[str, str] = {
    "idle": "consuming",
    "plumbing": "consuming",
    "normalizer": "consuming",
    "whole_pipeline": "understanding",
    "bare_pipeline": "understanding",
    "pointed_pipeline": "understanding",
    "searching_pipeline": "understanding",
    "faststream": "peer",
    "bulk_write": "ingesting",
    "projection": "ingesting",
    "projection_loop": "ingesting",
    "parse_bare": "mailing",
    "parse_mails": "mailing",
    "fetch_bare": "mailing",
    "drain": "mailing",
    "store_bare": "storing",
    "read_pages_bare": "sweeping",
    "sweep": "sweeping",
}
"""The module of each: a process imports what its variant needs."""

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    name = given["variant"]
    variant: Variant = getattr(import_module(f"bench.variants.{VARIANTS[name]}"), name)
    print(json.dumps(dict(asyncio.run(variant(given)))))
