"""What of an OpenAPI document a client can no longer rely on in a later one.

What is sent to us may be taken more widely and never more narrowly; what we answer may say more and never less.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
Schema = Mapping[str, Any]
METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})


def breaking(old: Document, new: Document) -> list[str]:
    """A sentence for each break; empty where every client of ``old`` can use ``new``."""
    return list(_Comparison(old, new).run())


class _Comparison:
    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new

    def run(self) -> Iterator[str]:
        for path, methods in self._old["paths"].items():
            for method in METHODS & methods.keys():
                where = f"{method.upper()} {path}"
                now = self._new["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{where}: removed"
                else:
                    yield from self._operation(where, methods[method], now)

    def _operation(self, where: str, before: Schema, now: Schema) -> Iterator[str]:
        if before["operationId"] != now["operationId"]:
            yield f"{where}: operationId changed"
        if {} in before.get("security", [{}]) and {} not in (now.get("security") or [{}]):
            yield f"{where}: needs a key"
        yield from self._parameters(where, _by_name(before), _by_name(now))
        yield from self._bodies(where, before.get("requestBody"), now.get("requestBody"))
        for status, answer in before["responses"].items():
            if status not in now["responses"]:
                yield f"{where}: {status} removed"
            else:
                yield from self._contents(f"{where} {status}", answer, now["responses"][status], is_input=False)

    def _parameters(self, where: str, before: Mapping[str, Schema], now: Mapping[str, Schema]) -> Iterator[str]:
        for name, parameter in now.items():
            if parameter.get("required") and not before.get(name, {}).get("required"):
                yield f"{where}: {name} became required"
        for name, parameter in before.items():
            if name not in now:
                yield f"{where}: {name} removed"
            else:
                yield from self._schemas(f"{where} {name}", parameter["schema"], now[name]["schema"], is_input=True)

    def _bodies(self, where: str, before: Schema | None, now: Schema | None) -> Iterator[str]:
        if now and now.get("required") and not (before and before.get("required")):
            yield f"{where}: a body became required"
        if before and now:
            yield from self._contents(f"{where} body", before, now, is_input=True)
        elif before:
            yield f"{where}: the body was removed"

    def _contents(self, where: str, before: Schema, now: Schema, *, is_input: bool) -> Iterator[str]:
        for kind, content in before.get("content", {}).items():
            if kind not in now.get("content", {}):
                yield f"{where}: {kind} removed"
            else:
                yield from self._schemas(where, content["schema"], now["content"][kind]["schema"], is_input=is_input)

    def _schemas(self, where: str, before: Schema, now: Schema, *, is_input: bool) -> Iterator[str]:
        before, now = _resolved(self._old, before), _resolved(self._new, now)
        # What was accepted must be accepted still; what is answered must be what was promised.
        inner, outer = (before, now) if is_input else (now, before)
        if not _types(inner) <= _types(outer):
            yield f"{where}: type changed"
        if "enum" in outer and not set(inner.get("enum", ["anything"])) <= set(outer["enum"]):
            yield f"{where}: enum changed"
        yield from _limits(where, before, now, is_input=is_input)
        if is_input:
            yield from (f"{where}.{name}: became required" for name in sorted(_required(now) - _required(before)))
        else:
            yield from (f"{where}.{name}: no longer always there" for name in sorted(_required(before) - _required(now)))
        for name, member in before.get("properties", {}).items():
            if name not in now.get("properties", {}):
                yield f"{where}.{name}: removed"
            else:
                yield from self._schemas(f"{where}.{name}", member, now["properties"][name], is_input=is_input)
        if "items" in before and "items" in now:
            yield from self._schemas(f"{where}[]", before["items"], now["items"], is_input=is_input)


def _limits(where: str, before: Schema, now: Schema, *, is_input: bool) -> Iterator[str]:
    tighter, looser = (now, before) if is_input else (before, now)
    for name in ("maxLength", "maximum", "maxItems"):
        if name in tighter and looser.get(name, float("inf")) > tighter[name]:
            yield f"{where}: {name} changed"
    for name in ("minLength", "minimum", "minItems", "minProperties"):
        if name in tighter and looser.get(name, float("-inf")) < tighter[name]:
            yield f"{where}: {name} changed"
    for name in ("pattern", "format"):
        if name in tighter and looser.get(name) != tighter[name]:
            yield f"{where}: {name} changed"


def _by_name(operation: Schema) -> Mapping[str, Schema]:
    return {parameter["name"]: parameter for parameter in operation.get("parameters", ())}


def _resolved(document: Document, schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {**found, **{name: part for name, part in schema.items() if name not in {"$ref", "description"}}}


def _types(schema: Schema) -> set[str]:
    given = schema.get("type", [])
    types = {given} if isinstance(given, str) else set(given)
    return types | ({"integer"} if "number" in types else set())


def _required(schema: Schema) -> set[str]:
    return set(schema.get("required", ()))
