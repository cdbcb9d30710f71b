"""``/docs``: the operations and every type of problem, for people. One page without scripts; its style is allowed by its digest."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from tracker.api.problems import ProblemKind

_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff}"
    "code{background:#eee;padding:0 .2em}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;"
    "padding:.4rem;border-bottom:1px solid #767676}a{color:#00448e}h2{margin-top:2rem}:target{outline:3px solid #00448e}"
)
POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode('ascii')}'"
)


def docs_page(document: Mapping[str, Any]) -> bytes:
    """The page for an OpenAPI document."""
    info = document["info"]
    return "".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body><main>",
            f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{_prose(info['description'])}</p>",
            '<p>For programs: <a href="/api/v1/openapi.json">OpenAPI 3.1</a>.</p>',
            *_operations(document),
            *_problems(),
            "</main></body></html>",
        ]
    ).encode()


def _operations(document: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Operations</h2>"
    for tag in document["tags"]:
        yield f"<h3>{escape(tag['description'])}</h3><table><thead><tr><th scope=col>Address</th>"
        yield "<th scope=col>What it does</th></tr></thead><tbody>"
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if tag["name"] in operation["tags"]:
                    yield f'<tr id="{escape(operation["operationId"])}"><td><code>{method.upper()} {escape(path)}</code></td>'
                    yield f"<td><strong>{escape(operation['summary'])}.</strong> {_prose(operation['description'])}</td></tr>"
        yield "</tbody></table>"


def _problems() -> Iterator[str]:
    yield "<h2>Problems</h2><p>The <code>type</code> of an error answer leads here.</p><dl>"
    for kind in ProblemKind:
        one = kind.value
        yield f'<dt id="{one.slug}"><code>{one.slug}</code> ({one.status}): {escape(one.title)}</dt><dd>{_prose(one.advice)}</dd>'
    yield "</dl>"


def _prose(text: str) -> str:
    """Text; what stands between backticks is code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))
