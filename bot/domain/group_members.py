"""A chat group's member list, as copied from the screen, compared with the roll."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.ids import MemberId
from bot.domain.naming import Naming, Roll, Verdict

MOST_LINES = 600

_NUMBER = re.compile(r"^\d{1,3}\s*[.、)）:：]\s*|^[·•*-]\s+")
_PIECE = re.compile(r"[\s\-—–_|·•()（）【】\[\]@/、，,:：]+")
_TAGS = re.compile(r"(?:群主|管理员|群昵称|已退休|书记|党员|支部|小组|同志)+$")
_SHORTEST = 2  # characters of a name


@dataclass(frozen=True, slots=True)
class Unclear:
    """A line that may mean several people, or nearly means one.

    Attributes:
        may_be: Ids of those it may mean, the likeliest first.
    """

    line: str
    may_be: tuple[MemberId, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a list says beside the roll.

    Attributes:
        there: On the roll and in the group.
        missing: On the roll, not in the group; nobody whom an unclear line may mean.
        strangers: Lines that mean nobody on the roll, as written.
    """

    lines: int
    there: frozenset[MemberId]
    missing: tuple[MemberId, ...]
    strangers: tuple[str, ...]
    unclear: tuple[Unclear, ...]


def read_lines(text: str) -> tuple[str, ...]:
    """Return the names of a pasted member list, one a line, each once, without its numbers."""
    lines = text.splitlines()
    if len(lines) == 1:
        lines = re.split(r"[、，,;；]", text)
    cleaned = (_NUMBER.sub("", line.strip()).strip() for line in lines)
    return tuple(dict.fromkeys(line for line in cleaned if line))[:MOST_LINES]


def compare(lines: Sequence[str], roll: Roll, members: Iterable[MemberId]) -> Compared:
    """Compare the lines of a list with the roll; no line is ever guessed.

    Args:
        members: Everybody on the roll, in its order.
    """
    there: set[MemberId] = set()
    strangers: list[str] = []
    unclear: list[Unclear] = []
    for line in lines:
        sure, maybe = _meant(line, roll)
        if sure is not None:
            there.add(sure)
        elif maybe:
            unclear.append(Unclear(line, maybe))
        else:
            strangers.append(line)
    unclear = [each for each in unclear if not set(each.may_be) <= there]
    asked = {member for each in unclear for member in each.may_be}
    missing = tuple(m for m in members if m not in there and m not in asked)
    return Compared(len(lines), frozenset(there), missing, tuple(strangers), tuple(unclear))


def _meant(line: str, roll: Roll) -> tuple[MemberId | None, tuple[MemberId, ...]]:
    """Return whom a line means for sure, else those it may mean."""
    readings = [roll.match(words) for words in _words(line)]
    sure = {naming.person.id for naming in readings if naming.person is not None}
    if len(sure) == 1:
        return sure.pop(), ()
    unsure = [naming for naming in readings if naming.verdict is not Verdict.NOBODY]
    ids = (fit.candidate.id for naming in _best(unsure) for fit in naming.fits)
    return None, tuple(dict.fromkeys(ids))


def _best(readings: Sequence[Naming]) -> Sequence[Naming]:
    """Return the readings that fit somebody well, else those that nearly do."""
    return [n for n in readings if n.verdict is not Verdict.NEAR] or readings


def _words(line: str) -> tuple[str, ...]:
    """Return what of a line may be a name: all of it, and its pieces (张三-三支部, 李四（妈妈）)."""
    pieces = (_TAGS.sub("", piece) for piece in _PIECE.split(line))
    return tuple(dict.fromkeys(p for p in (line, *pieces) if len(p) >= _SHORTEST))
