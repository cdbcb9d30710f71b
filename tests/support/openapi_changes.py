"""What breaks a client when an OpenAPI document changes. Pure: two documents in, sentences out.

Only what such documents of ours use is compared: references to components, JSON bodies and forms, parameters, answers. A change is
breaking where a client that was right before is wrong after: what it may send became less, or what it may rely on became less.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_LOWER_BOUNDS = ("minimum", "minLength", "minItems", "exclusiveMinimum")
_UPPER_BOUNDS = ("maximum", "maxLength", "maxItems", "exclusiveMaximum")
Json = Mapping[str, Any]


def breaking_changes(old: Json, new: Json) -> list[str]:
    """One sentence for each change that breaks a client of ``old``; empty: every client goes on."""
    return list(_Comparison(old, new).changes())


class _Comparison:
    def __init__(self, old: Json, new: Json) -> None:
        self._old, self._new = old, new

    def changes(self) -> Iterator[str]:
        for path, item in self._old["paths"].items():
            for method in _METHODS & item.keys():
                place = f"{method.upper()} {path}"
                now = self._new["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{place}: removed"
                else:
                    yield from self._operation(place, item[method], now)

    def _operation(self, place: str, was: Json, now: Json) -> Iterator[str]:
        if was.get("operationId") != now.get("operationId"):
            yield f"{place}: operationId changed, and with it the names in generated clients"
        if {} in was.get("security", [{}]) and {} not in now.get("security", [{}]):
            yield f"{place}: needs a key now"
        yield from self._parameters(place, was, now)
        yield from self._body(place, was.get("requestBody"), now.get("requestBody"))
        for status, answer in was["responses"].items():
            if status not in now["responses"]:
                yield f"{place}: answer {status} removed"
            else:
                yield from self._answer(f"{place} {status}", answer, now["responses"][status])

    def _parameters(self, place: str, was: Json, now: Json) -> Iterator[str]:
        before = {(one["in"], one["name"]): one for one in was.get("parameters", [])}
        after = {(one["in"], one["name"]): one for one in now.get("parameters", [])}
        for key, one in after.items():
            if one.get("required") and not before.get(key, {}).get("required"):
                yield f"{place}: parameter {key[1]} is required now"
        for key, one in before.items():
            if key not in after:
                yield f"{place}: parameter {key[1]} removed"
            else:
                yield from self._sent(f"{place} {key[1]}", one["schema"], after[key]["schema"])

    def _body(self, place: str, was: Json | None, now: Json | None) -> Iterator[str]:
        if now is not None and now.get("required") and not (was or {}).get("required"):
            yield f"{place}: a body is required now"
        for media_type, one in (was or {}).get("content", {}).items():
            other = (now or {}).get("content", {}).get(media_type)
            if other is None:
                yield f"{place}: body {media_type} removed"
            else:
                yield from self._sent(f"{place} body", one["schema"], other["schema"])

    def _answer(self, place: str, was: Json, now: Json) -> Iterator[str]:
        yield from (f"{place}: header {name} removed" for name in was.get("headers", {}) if name not in now.get("headers", {}))
        for media_type, one in was.get("content", {}).items():
            other = now.get("content", {}).get(media_type)
            if other is None:
                yield f"{place}: {media_type} removed"
            else:
                yield from self._received(place, one.get("schema", {}), other.get("schema", {}))

    def _sent(self, place: str, was: Json, now: Json) -> Iterator[str]:
        """What a client may send must not become less."""
        was, now = self._resolved(self._old, was), self._resolved(self._new, now)
        if not _types(was) <= _types(now):
            yield f"{place}: takes another type"
        if ("enum" in now and not set(was.get("enum", ())) <= set(now["enum"])) or ("enum" in now and "enum" not in was):
            yield f"{place}: takes fewer values"
        yield from (f"{place}: {name} narrowed" for name in _LOWER_BOUNDS if now.get(name, -1e308) > was.get(name, -1e308))
        yield from (f"{place}: {name} narrowed" for name in _UPPER_BOUNDS if now.get(name, 1e308) < was.get(name, 1e308))
        if now.get("pattern") not in {None, was.get("pattern")}:
            yield f"{place}: pattern changed"
        if now.get("additionalProperties") is False and was.get("additionalProperties") is not False:
            yield f"{place}: refuses further members"
        yield from (f"{place}.{name}: required now" for name in now.get("required", ()) if name not in was.get("required", ()))
        yield from self._members(place, was, now, self._sent)

    def _received(self, place: str, was: Json, now: Json) -> Iterator[str]:
        """What a client may rely on must not become less."""
        was, now = self._resolved(self._old, was), self._resolved(self._new, now)
        if not _types(now) <= _types(was):
            yield f"{place}: has another type"
        if "enum" in was and not set(now.get("enum", ("anything",))) <= set(was["enum"]):
            yield f"{place}: may have further values"
        yield from (f"{place}.{name}: no longer always there" for name in was.get("required", ()) if name not in now.get("required", ()))
        yield from self._members(place, was, now, self._received)

    def _members(self, place: str, was: Json, now: Json, compare: Any) -> Iterator[str]:  # noqa: ANN401 - one of the two above
        for name, member in was.get("properties", {}).items():
            other = now.get("properties", {}).get(name)
            if other is None:
                yield f"{place}.{name}: removed"
            else:
                yield from compare(f"{place}.{name}", member, other)
        if "items" in was and "items" in now:
            yield from compare(f"{place}[]", was["items"], now["items"])

    @staticmethod
    def _resolved(document: Json, schema: Json) -> Json:
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema


def _types(schema: Json) -> set[str]:
    """Empty: any."""
    named = schema.get("type", [])
    found = {named} if isinstance(named, str) else set(named)
    return found | {"integer"} if "number" in found else found
