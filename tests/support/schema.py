"""Holds JSON values against the schemas of an OpenAPI page; a keyword it does not know fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

_SAYS_NOTHING = {"title", "description", "default", "examples"}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def mistakes(
    value: Any, schema: Mapping[str, Any], page: Mapping[str, Any], at: str = ""
) -> list[str]:
    """Return where a value is not as a schema of a page says."""
    return list(_mistakes(value, schema, page, at))


def _mistakes(
    value: Any, schema: Mapping[str, Any], page: Mapping[str, Any], at: str
) -> Iterator[str]:
    for keyword, wanted in schema.items():
        if keyword in _SAYS_NOTHING:
            continue
        if keyword == "$ref":
            yield from _mistakes(value, _find(page, wanted), page, at)
        elif keyword == "anyOf":
            if all(mistakes(value, each, page, at) for each in wanted):
                yield f"{at}: none of {wanted}"
        elif keyword == "items":
            for place, item in enumerate(value if isinstance(value, list) else ()):
                yield from _mistakes(item, wanted, page, f"{at}[{place}]")
        elif keyword == "properties":
            for name, each in wanted.items():
                if isinstance(value, dict) and name in value:
                    yield from _mistakes(value[name], each, page, f"{at}.{name}")
        elif not _holds(keyword, wanted, value, schema):
            yield f"{at}: {value!r} is not {keyword} {wanted!r}"


def _holds(keyword: str, wanted: Any, value: Any, schema: Mapping[str, Any]) -> bool:
    match keyword:
        case "type":
            is_number = wanted == "integer" and isinstance(value, bool)
            return isinstance(value, _TYPES[wanted]) and not is_number
        case "enum":
            return value in wanted
        case "const":
            return bool(value == wanted)
        case "required":
            return isinstance(value, dict) and set(wanted) <= set(value)
        case "additionalProperties":
            assert wanted is False
            return isinstance(value, dict) and set(value) <= set(schema["properties"])
        case "format":
            return _is_moment(wanted, value)
        case "pattern":
            return re.search(wanted, value) is not None
        case "minLength" | "minItems":
            return bool(len(value) >= wanted)
        case "maxLength" | "maxItems":
            return bool(len(value) <= wanted)
        case "minimum":
            return bool(value >= wanted)
        case "maximum":
            return bool(value <= wanted)
    raise AssertionError(f"a keyword nobody checks: {keyword}")


def _is_moment(kind: str, value: str) -> bool:
    if kind == "date":
        return date.fromisoformat(value).isoformat() == value
    assert kind == "date-time", kind
    return datetime.fromisoformat(value).tzinfo is not None


def _find(page: Mapping[str, Any], ref: str) -> Mapping[str, Any]:
    found: Any = page
    for part in ref.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, Mapping)
    return found
