"""Reading JSON from outside: one object, no key twice, not nested without end."""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_DEPTH = 16


class Malformed(ValueError):
    """A text is not the JSON that the platforms send; the message says why, without quoting it."""


def read_object(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object that a text is.

    Raises:
        Malformed: Not UTF-8, not JSON, not an object, a key twice, NaN, or too deep.
    """
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        value = _DECODER.decode(decoded)
        opened = decoded.count("{") + decoded.count("[")
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, Malformed) else "not JSON"
    else:
        if isinstance(value, dict) and (opened <= MAX_DEPTH or _is_flat_enough(value)):
            return value
        reason = "too deep" if isinstance(value, dict) else "not an object"
    raise Malformed(reason)


def _is_flat_enough(value: dict[str, Any]) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        children = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        level = [child for child in children if isinstance(child, (dict, list))]
        if not level:
            return True
    return False


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Malformed("a key twice")
    return values


def _no_constant(_name: str) -> NoReturn:
    raise Malformed("not a number")


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant, strict=False)
