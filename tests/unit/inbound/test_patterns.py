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


_BOUNDARIES = (codes.AT, codes.ASSERT, codes.ASSERT_NOT)


def _firsts(tree: Any) -> tuple[set[int], bool]:
    """Return the characters a pattern may begin with, and whether it may match nothing."""
    found: set[int] = set()
    for code, argument in tree:
        if code in _BOUNDARIES:
            continue
        chars, empty = _firsts_of(code, argument)
        found |= chars
        if not empty:
            return found, False
    return found, True


def _firsts_of(code: Any, argument: Any) -> tuple[set[int], bool]:
    if code is codes.LITERAL:
        return {argument}, False
    if code is codes.IN:
        return set().union(*(_members(*part) for part in argument)), False
    if code is codes.BRANCH:
        branches = [_firsts(branch) for branch in argument[1]]
        return set().union(*(chars for chars, _ in branches)), any(empty for _, empty in branches)
    if code is codes.SUBPATTERN:
        return _firsts(argument[3])
    assert code in _REPEATS, code
    chars, empty = _firsts(argument[2])
    return chars, empty or argument[0] == 0


def _members(code: Any, argument: Any) -> set[int]:
    if code is codes.LITERAL:
        return {argument}
    if code is codes.RANGE:
        return set(range(argument[0], argument[1] + 1))
    assert argument is codes.CATEGORY_DIGIT, argument
    return set(map(ord, "0123456789"))


def _leads(pattern: str) -> tuple[set[int], set[int]] | None:
    """Return the characters let in by (?=[…]) at the head, and those the rest may begin with."""
    tree = list(parser.parse(pattern))
    if not pattern.startswith("(?=[") or tree[0][0] is not codes.ASSERT:
        return None
    return _firsts(tree[0][1][1])[0], _firsts(tree[1:])[0]


_BY_LEADS = ("bot.inbound.moods._QUESTION", "bot.inbound.moods._FUTURE")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [(name, pattern) for name, pattern in _patterns() if name in _BY_LEADS]
    + [
        (name, pattern)
        for name, pattern in _patterns()
        if name.startswith(("bot.inbound.scope.", "handlers.undo.")) and pattern.startswith("(?=[")
    ],
    ids=lambda value: value[:60],
)
def test_its_leads_let_in_whatever_it_may_begin_with(name: str, pattern: str) -> None:
    found = _leads(pattern)

    assert found is not None, name
    assert not {chr(char) for char in found[1] - found[0]}
