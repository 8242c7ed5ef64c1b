"""Patterns of many words, put so that a search looks only where one of them may begin.

The engine of `re` skips a text at full speed when every alternative opens with a plain character,
and tries all of them at every place when a single one does not. Rules read better as they are
spoken, `[交缴]党费|(?<!没)签到`, so this module turns them round: 交党费|缴党费|签(?<!没签)到, gathered
by first character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def one_of(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Compile alternatives for quick searching; what is found is what `re.compile` would find.

    Args:
        pattern: Alternatives; each opens with a character, a class that excludes nothing, or a
            group or an optional one of them, behind lookbehinds if need be. No numbered groups.
        flags: As for `re.compile`.

    Raises:
        ValueError: An alternative opens with something that cannot be told by one character.
    """
    by_lead: dict[str, list[str]] = {}
    for alternative in _split(pattern):
        for lead, rest in _opened(alternative):
            by_lead.setdefault(lead, []).append(rest)
    return re.compile(_gathered(by_lead), flags)


def one_of_each(ways: Mapping[T, str]) -> tuple[re.Pattern[str], dict[int, T]]:
    """Compile the alternatives of several kinds for quick searching, as `one_of`.

    Args:
        ways: Alternatives by kind; where two kinds read the same place, the first one wins.

    Returns:
        The pattern, and the kind of what it finds by the `lastindex` of the match.
    """
    by_lead: dict[str, list[tuple[T, str]]] = {}
    for kind, pattern in ways.items():
        for alternative in _split(pattern):
            for lead, rest in _opened(alternative):
                by_lead.setdefault(lead, []).append((kind, rest))
    kinds = [kind for rests in by_lead.values() for kind, _ in rests]
    marked = {lead: [f"{rest}()" for _, rest in rests] for lead, rests in by_lead.items()}
    return re.compile(_gathered(marked)), dict(enumerate(kinds, start=1))


def _gathered(by_lead: Mapping[str, Sequence[str]]) -> str:
    return "|".join(
        re.escape(lead) + (rests[0] if len(rests) == 1 else f"(?:{'|'.join(rests)})")
        for lead, rests in by_lead.items()
    )


def leads(pattern: str) -> str:
    """Return the characters that alternatives, written as for `one_of`, may open with."""
    return "".join(dict.fromkeys(lead for way in _split(pattern) for lead, _ in _opened(way)))


def _opened(alternative: str) -> Iterator[tuple[str, str]]:
    """Yield (first character, what follows it) for each way an alternative may begin."""
    behind = ""
    rest = alternative
    while rest.startswith(("(?<!", "(?<=", "^")):
        end = 1 if rest[0] == "^" else _end_of_group(rest)
        look = rest[:end]
        behind += "(?<=^.)" if look == "^" else f"{look[:4]}(?:{look[4:-1]}).)"
        rest = rest[end:]
    atom, rest = _first_atom(rest)
    how_often = rest[:1] if rest[:1] in ("*", "+", "?", "{") else ""
    if how_often == "{":
        raise ValueError(f"{alternative} opens with {atom}{rest[:5]}")
    rest = rest[len(how_often) :]
    after = f"{atom}*{rest}" if how_often in ("*", "+") else rest
    if atom.startswith("("):
        ways = [way for one in _split(atom[3:-1]) for way in _opened(one + after)]
    else:
        ways = [(lead, after) for lead in _characters(atom)]
    if how_often in ("*", "?"):
        ways += _opened(rest)
    for lead, more in ways:
        yield lead, behind + more


def _first_atom(pattern: str) -> tuple[str, str]:
    if pattern.startswith("(?:"):
        end = _end_of_group(pattern)
    elif pattern.startswith("["):
        end = pattern.index("]", 2) + 1
    elif pattern.startswith("\\"):
        end = 2
    elif not pattern or pattern[0] in ".()$":
        raise ValueError(f"{pattern!r} opens with no character")
    else:
        end = 1
    return pattern[:end], pattern[end:]


def _characters(atom: str) -> str:
    if atom.startswith("\\"):
        if atom[1].isalnum() and atom != "\\d":
            raise ValueError(f"{atom} is no plain character")
        return "0123456789" if atom == "\\d" else atom[1]
    if not atom.startswith("["):
        return atom
    inner = atom[1:-1].replace("\\d", "0123456789")
    inner = re.sub(r"(.)-(.)", lambda m: "".join(map(chr, range(ord(m[1]), ord(m[2]) + 1))), inner)
    if inner.startswith("^") or "\\" in inner:
        raise ValueError(f"{atom} is no plain class")
    return "".join(dict.fromkeys(inner))


def _split(pattern: str) -> list[str]:
    """Split at the bars that are in no group and no class."""
    bars = [at for at, mark, depth in _marks(pattern) if mark == "|" and not depth]
    starts, ends = [0, *(bar + 1 for bar in bars)], [*bars, len(pattern)]
    return [pattern[start:end] for start, end in zip(starts, ends, strict=True)]


def _end_of_group(pattern: str) -> int:
    """Return where the group ends that a pattern opens with."""
    for at, mark, depth in _marks(pattern):
        if mark == ")" and not depth:
            return at + 1
    raise ValueError(f"{pattern} has an open group")


def _marks(pattern: str) -> Iterator[tuple[int, str, int]]:
    """Yield (place, mark, groups open behind it) of each ( | ) that is in no class."""
    depth = at = 0
    while at < len(pattern):
        mark = pattern[at]
        if mark == "\\":
            at += 1
        elif mark == "[":
            at = pattern.index("]", at + 2)
        elif mark in "(|)":
            depth += {"(": 1, "|": 0, ")": -1}[mark]
            yield at, mark, depth
        at += 1
