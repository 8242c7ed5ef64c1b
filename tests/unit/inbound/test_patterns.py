"""Every pattern that reads messages takes linear time: no quantifier inside an unbounded one."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as codes  # type: ignore[attr-defined]  # the parser of the standard library
from re import _parser as parser  # type: ignore[attr-defined]  # the parser of the standard library
from typing import Any

import pytest

import bot.inbound
import handlers

_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)
_FEW = 4


def _patterns() -> Iterator[tuple[str, str]]:
    for package in (bot.inbound, handlers):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(found.name)).items():
                if isinstance(value, re.Pattern):
                    yield f"{found.name}.{name}", value.pattern


def _children(argument: Any) -> Iterator[Any]:
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, (list, tuple)):
        for part in argument:
            yield from _children(part)


def _nested(tree: Any, *, inside: bool) -> bool:
    for code, argument in tree:
        open_ended = code in _REPEATS and argument[1] > _FEW and argument[0] != argument[1]
        if inside and code in _REPEATS and argument[0] != argument[1] and argument[1] > 1:
            return True
        deeper = inside or (open_ended and code in _REPEATS)
        if any(_nested(child, inside=deeper) for child in _children(argument)):
            return True
    return False


@pytest.mark.parametrize(("name", "pattern"), list(_patterns()), ids=lambda value: value[:60])
def test_it_holds_no_quantifier_inside_an_open_one(name: str, pattern: str) -> None:
    assert not _nested(parser.parse(pattern), inside=False), pattern
