"""Reads the plain YAML of our deployment files: maps, lists, one-line values. Nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

_KEY = re.compile(r'([\w.-]+|"[^"]+"):(?: (.*))?$')


def parse(text: str) -> Any:
    """Return what a file says.

    Raises:
        ValueError: There is something in it that this reader does not know.
    """
    lines = [
        (len(line) - len(line.lstrip()), line.strip())
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
    value, rest = _block(lines, lines[0][0])
    if rest:
        raise ValueError(rest[0])
    return value


def _block(lines: list[tuple[int, str]], indent: int) -> tuple[Any, list[tuple[int, str]]]:
    return _list(lines, indent) if lines[0][1].startswith("- ") else _map(lines, indent)


def _list(lines: list[tuple[int, str]], indent: int) -> tuple[Any, list[tuple[int, str]]]:
    items: list[Any] = []
    while lines and lines[0][0] == indent and lines[0][1].startswith("- "):
        inner = lines[0][1][2:]
        if _KEY.match(inner):
            value, lines = _map([(indent + 2, inner), *lines[1:]], indent + 2)
        else:
            value, lines = _scalar(inner), lines[1:]
        items.append(value)
    return items, lines


def _map(lines: list[tuple[int, str]], indent: int) -> tuple[Any, list[tuple[int, str]]]:
    found: dict[str, Any] = {}
    while lines and lines[0][0] == indent and not lines[0][1].startswith("- "):
        match = _KEY.match(lines[0][1])
        if match is None or match[1] in found:
            raise ValueError(lines[0][1])
        lines = lines[1:]
        if match[2] is not None:
            found[match[1]] = _scalar(match[2])
        elif lines and lines[0][0] > indent:
            found[match[1]], lines = _block(lines, lines[0][0])
        else:
            raise ValueError(match[1])
    return found, lines


def _scalar(text: str) -> Any:
    if text[0] in '["{':
        return json.loads(text)
    if text in ("true", "false"):
        return text == "true"
    if text[0] in "|>&*!'":
        raise ValueError(text)
    return text
