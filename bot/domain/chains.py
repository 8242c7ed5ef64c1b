"""A pasted #接龙: what its lines say, and how one paste differs from the one before."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.domain.ids import MemberId

UNCLEAR, CHOSEN = "unclear", "chosen"
UNREAD_FEN = 0
"""Kept instead of an amount where a note about money was not understood to its last word."""
MOST_LINES = 200
LONGEST_NAME = 40
LONGEST_TITLE = 80
_KEPT_OF_KEY = 40


class NoteKind(Enum):
    """What stands behind a name; only `PLAIN` and `PAID` are a yes."""

    PLAIN = "plain"  # nothing, or a word of agreement (到, 参加, 收到, 2人)
    PAID = "paid"  # 已交, 10元
    LEAVE = "leave"  # 请假
    DECLINES = "declines"  # 不参加, 来不了
    UNSURE = "unsure"  # 明天交, 待定, 还没: not yet done is not done


class About(Enum):
    """What a chain is about."""

    ATTENDANCE = "attendance"
    SIGNUP = "signup"
    DUES = "dues"
    LEAVE = "leave"
    RECEIPT = "receipt"
    OTHER = "other"  # nothing of ours: kept only to compare the next paste with


ABOUT_NAMES: dict[About, str] = {
    About.ATTENDANCE: "到会",
    About.SIGNUP: "报名",
    About.DUES: "党费",
    About.LEAVE: "请假",
    About.RECEIPT: "收到",
    About.OTHER: "名单",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of one line.

    Attributes:
        number: As written before it; numbers may be missing, repeated, or not start at 1.
        raw: The whole line, and those that belong to it.
        name: As written, without marks: a nickname proves nothing.
        note: The words behind the name.
        count: Persons the line adds up to, the one named included (带家属2人 → 3).
        kind: What the note amounts to.
        amount_fen: Money named in the note, in fen.
        helper: Who wrote it for the one named (李四 代 张三), as written.
        is_doubtful: Read as a payment, the note holds more than is understood (1O元, 两个月30).
        tail: Four digits behind the name, which tell namesakes apart (张伟4567).
        tail_said: They are called so (尾号4567), so that they mean nothing else.
    """

    number: int
    raw: str
    name: str
    note: str = ""
    count: int = 1
    kind: NoteKind = NoteKind.PLAIN
    amount_fen: int | None = None
    helper: str = ""
    is_doubtful: bool = False
    tail: str = ""
    tail_said: bool = False

    @property
    def declines(self) -> bool:
        """Whether the person says not to come."""
        return self.kind in (NoteKind.LEAVE, NoteKind.DECLINES)


@dataclass(frozen=True, slots=True)
class Chain:
    """A #接龙 as pasted: a full state, never an increment.

    Attributes:
        title: The lines between the header and the first entry, joined by a space.
        examples: Those that show how to write (例 …).
        entries: In order; empty ones (a bare number) are left out.
        tail: What stands behind the last entry.
        is_cut: It was longer than is read, so what is missing from it may only be cut off.
        is_certain: It carries the header; without one it is only a list of names.
    """

    title: str
    examples: tuple[str, ...]
    entries: tuple[Entry, ...]
    tail: str = ""
    is_cut: bool = False
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a paste, as it is kept.

    Attributes:
        member_id: Whose line it is; None for strangers to the roll and for unclear names.
        how: `exact`, `sure`, `chosen` or `unclear`.
        nth: Which line of this very name it is, from 1: two 张伟 stay two.
        amount_fen: Money named in the line, in fen; `UNREAD_FEN` where a person has to read it.
        months: Named in the line itself, as `2026-03`; they win over those of the title.
        reason_kind: Of a leave, one of `LeaveKind`; the words are not kept.
    """

    number: int
    name: str
    member_id: MemberId | None
    how: str
    count: int
    kind: NoteKind
    amount_fen: int | None = None
    months: tuple[str, ...] = ()
    reason_kind: str = ""
    nth: int = 1

    @property
    def who(self) -> str:
        """What makes it the same line in another paste: the member, else the name as written."""
        return f"m{self.member_id}" if self.member_id else f"n{self.name}/{self.nth}"

    @property
    def is_unclear(self) -> bool:
        """Whether nobody has said yet whom it means: several readings, or none to be trusted."""
        return self.how == UNCLEAR

    @property
    def declines(self) -> bool:
        """Whether it says that the person does not come."""
        return self.kind in (NoteKind.LEAVE, NoteKind.DECLINES)

    @property
    def is_yes(self) -> bool:
        """Whether it says that the person comes, has paid, has read."""
        return self.kind in (NoteKind.PLAIN, NoteKind.PAID)

    @property
    def is_unread(self) -> bool:
        """Whether a yes says something of money that was not understood."""
        return self.is_yes and self.amount_fen == UNREAD_FEN

    @property
    def says(self) -> tuple[int, NoteKind, int | None, tuple[str, ...]]:
        """What it says besides whose it is."""
        return self.count, self.kind, self.amount_fen, self.months


@dataclass(frozen=True, slots=True)
class Difference:
    """How a paste differs from the one before; the lines are those of the newer state.

    Attributes:
        new: Lines that were not there.
        changed: Lines whose count, note or amount is another.
        vanished: Lines of the older paste that are gone.
    """

    new: tuple[Line, ...] = ()
    changed: tuple[Line, ...] = ()
    vanished: tuple[Line, ...] = ()


def compare(before: Sequence[Line], after: Sequence[Line]) -> Difference:
    """Compare two pastes of one chain by person; order and numbers mean nothing."""
    old = {line.who: line for line in before}
    now = {line.who: line for line in after}
    return Difference(
        new=tuple(line for who, line in now.items() if who not in old),
        changed=tuple(
            line for who, line in now.items() if who in old and line.says != old[who].says
        ),
        vanished=tuple(line for who, line in old.items() if who not in now),
    )


def state_of(lines: Iterable[Line]) -> str:
    """Return a fingerprint of what a paste says, the same for the same people and notes."""
    said = sorted(f"{line.who}|{line.says!r}" for line in lines)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:_KEPT_OF_KEY]


def key_of(chain: Chain) -> str:
    """Return what makes two pastes the same chain: title and example, else who began it."""
    words = _folded(" ".join((chain.title, *chain.examples)))
    if not words:
        words = "first:" + (_folded(chain.entries[0].name) if chain.entries else "")
    return hashlib.sha256(words.encode()).hexdigest()[:_KEPT_OF_KEY]


def _folded(text: str) -> str:
    """Return letters and digits alone: emoji, marks and spaces change from phone to phone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(mark for mark in folded if mark.isalnum())
