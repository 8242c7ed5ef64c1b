"""What an organiser's word about the whole room changes (除张三都到, a signed sheet)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.domain.attendance import ON_LEAVE, THERE, Mark
from bot.domain.ids import MemberId
from bot.domain.roll_call import NOTHING, Stand


class Word(Enum):
    """What is said of somebody."""

    CAME = "到会"
    OUT = "没到"  # 除张三都到: not there, whatever the reason
    LEAVE = "请假"
    ABSENT = "缺席"


_SETS = {
    Word.CAME: Mark.PRESENT,
    Word.OUT: Mark.ABSENT,
    Word.LEAVE: Mark.LEAVE,
    Word.ABSENT: Mark.ABSENT,
}
_LEFT_AS_IT_IS: dict[Word, frozenset[Mark]] = {
    Word.CAME: THERE,
    Word.OUT: ON_LEAVE | {Mark.ABSENT, Mark.ELSEWHERE, Mark.STUDIED_LATER},
    Word.LEAVE: frozenset({Mark.LEAVE}),
    Word.ABSENT: frozenset({Mark.ABSENT, Mark.STUDIED_LATER}),
}
_CAME = THERE | {Mark.MAKEUP_REQUESTED}
_AWAY = ON_LEAVE | {Mark.ELSEWHERE, Mark.STUDIED_LATER}


@dataclass(frozen=True, slots=True)
class Change:
    """One mark that would be written.

    Attributes:
        before: The mark in force, None where there is none.
        contradicts: The member himself has said otherwise.
    """

    member: MemberId
    before: Mark | None
    after: Mark
    contradicts: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What is said of a room.

    Attributes:
        words: Of those named.
        everyone: All the others came.
    """

    words: Mapping[MemberId, Word]
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order amounts to.

    Attributes:
        changes: In the order of the roll.
        came: Who will stand as present: marked so now, or before.
        not_asked: Not named, excused by rule and not there: left as they are.
    """

    changes: tuple[Change, ...]
    came: tuple[MemberId, ...]
    not_asked: tuple[MemberId, ...]


def carry_out(
    order: Order,
    expected: Sequence[MemberId],
    stands: Mapping[MemberId, Stand],
    *,
    own: Collection[MemberId] = (),
    excused: Collection[MemberId] = (),
) -> Outcome:
    """Compare an order with what stands; what members said themselves stays unless contradicted.

    Args:
        own: Whose mark is their own word.
        excused: Of whom attendance is not asked: everybody (全到) does not speak of them.

    Source:
        attendance.roll_call
    """
    changes: list[Change] = []
    came: list[MemberId] = []
    not_asked: list[MemberId] = []
    for member in expected:
        mark = stands.get(member, NOTHING).mark
        word = order.words.get(member)
        if word is None and order.everyone:
            if member in excused and mark not in THERE:
                not_asked.append(member)
            else:
                word = Word.CAME
        change = None if word is None else _change(member, mark, word, own=member in own)
        if change is not None:
            changes.append(change)
        if (change.after if change else mark) in THERE:
            came.append(member)
    return Outcome(tuple(changes), tuple(came), tuple(not_asked))


def _change(member: MemberId, mark: Mark | None, word: Word, *, own: bool) -> Change | None:
    if mark in _LEFT_AS_IT_IS[word]:
        return None
    after = _SETS[word]
    return Change(member, mark, after, contradicts=own and turns(mark, after))


def turns(before: Mark | None, after: Mark) -> bool:
    """Tell whether a mark says the opposite of the one before: there, or away."""
    if before in _CAME:
        return after not in THERE
    return before in _AWAY and after is not Mark.LEAVE
