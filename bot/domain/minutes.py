"""The record of a meeting (会议记录): its parts, its states, what is missing, what may not be in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.sensitive import check_shareable

MAX_LINE = 300
MAX_LINES = 60


class Part(Enum):
    """A part of the record; the order is that of the page."""

    CHAIR = "chair"
    RECORDER = "recorder"
    LECTURER = "lecturer"
    OBSERVER = "observer"
    AGENDA = "agenda"
    POINT = "point"
    RESOLUTION = "resolution"
    FOLLOW_UP = "follow_up"
    MATERIAL = "material"


PART_NAMES: dict[Part, str] = {
    Part.CHAIR: "主持",
    Part.RECORDER: "记录",
    Part.LECTURER: "主讲",
    Part.OBSERVER: "列席",
    Part.AGENDA: "议题",
    Part.POINT: "要点",
    Part.RESOLUTION: "决议",
    Part.FOLLOW_UP: "待办",
    Part.MATERIAL: "材料",
}
SINGLE = frozenset({Part.CHAIR, Part.RECORDER, Part.LECTURER})
"""Parts with one value: the last one said counts."""


class Act(Enum):
    """What an entry of the record does."""

    WRITE = "write"
    TAKE_BACK = "take_back"  # an entry written before, `refers_to`
    CONFIRM = "confirm"
    CORRECT = "correct"  # after the lock, or of what is confirmed: with old, new and why


class MinutesState(Enum):
    """Where the record of a meeting stands."""

    EMPTY = "empty"
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    LOCKED = "locked"


STATE_NAMES: dict[MinutesState, str] = {
    MinutesState.EMPTY: "还没写",
    MinutesState.DRAFT: "草稿",
    MinutesState.CONFIRMED: "已确认",
    MinutesState.LOCKED: "已锁定",
}


class MinutesLocked(DomainError):
    """The record is locked: corrections are appended, nothing is rewritten."""


class UnfitLine(DomainError):
    """A line that cannot be kept."""

    may_be_overheard = True


class TooPrivate(DomainError):
    """A line holds what a record of a meeting must not: a person's vote, or health."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Line:
    """One line to write: a part with its words; of a follow-up also whose and until when."""

    part: Part
    text: str
    member_id: MemberId | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the append-only record, in the order of `seq`."""

    seq: int
    act: Act
    at: datetime
    part: Part | None = None
    text: str = ""
    member_id: MemberId | None = None
    due_on: date | None = None
    refers_to: int | None = None
    old: str = ""
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Minutes:
    """The record as it stands.

    Attributes:
        parts: What is in force of each part, in order.
        corrections: What was changed after the confirmation.
        confirmed: The last confirmation; nothing but corrections was written after it while
            `is_open` is false.
    """

    parts: Mapping[Part, tuple[Entry, ...]]
    corrections: tuple[Entry, ...]
    confirmed: Entry | None
    is_open: bool
    entries: int

    def of(self, part: Part) -> tuple[Entry, ...]:
        """Return what is in force of a part."""
        return self.parts.get(part, ())

    def state(self, now: datetime, lock_days: int) -> MinutesState:
        """Return where the record stands at a moment.

        Args:
            lock_days: After the confirmation; from then on only corrections are appended.

        Source:
            minutes.lock
        """
        if self.confirmed is None or self.is_open:
            return MinutesState.DRAFT if self.entries else MinutesState.EMPTY
        locks_at = self.confirmed.at + timedelta(days=lock_days)
        return MinutesState.LOCKED if now >= locks_at else MinutesState.CONFIRMED


def fold(entries: Iterable[Entry]) -> Minutes:
    """Return the record that a history of entries amounts to."""
    parts: dict[Part, list[Entry]] = {}
    corrections: list[Entry] = []
    confirmed: Entry | None = None
    is_open = False
    number = 0
    for entry in sorted(entries, key=lambda one: one.seq):
        number += 1
        if entry.act is Act.CONFIRM:
            confirmed, is_open = entry, False
            continue
        if entry.act is Act.TAKE_BACK:
            for kept in parts.values():
                kept[:] = [one for one in kept if one.seq != entry.refers_to]
            is_open = True
            continue
        if entry.act is Act.CORRECT:
            corrections.append(entry)
        else:
            is_open = True
        if entry.part is None:
            continue
        kept = parts.setdefault(entry.part, [])
        if entry.part in SINGLE and entry.act is Act.CORRECT:
            kept.clear()
        places = [i for i, one in enumerate(kept) if one.seq == entry.refers_to]
        if places:
            kept[places[0]] = entry
        else:
            kept.append(entry)
    return Minutes(
        {part: _in_force(part, kept) for part, kept in parts.items() if kept},
        tuple(corrections),
        confirmed,
        is_open,
        number,
    )


def _in_force(part: Part, kept: list[Entry]) -> tuple[Entry, ...]:
    return tuple(kept[-1:] if part in SINGLE else kept)


def missing_parts(
    minutes: Minutes,
    kind: MeetingKind,
    *,
    attendance_known: bool,
    undecided: Collection[str] = (),
    shaken: Collection[str] = (),
) -> tuple[str, ...]:
    """Return what a record still lacks, in words.

    Args:
        undecided: Titles that were announced for a vote and have no totals.
        shaken: Titles of votes that rested on what was corrected since.

    Source:
        minutes.record
    """
    wanted = [Part.CHAIR, Part.RECORDER, Part.AGENDA]
    if kind is MeetingKind.LECTURE:
        wanted = [Part.RECORDER, Part.LECTURER, Part.AGENDA]
    names = {Part.CHAIR: "主持人", Part.RECORDER: "记录人", Part.LECTURER: "主讲人"}
    found = [names.get(part, PART_NAMES[part]) for part in wanted if not minutes.of(part)]
    if not attendance_known:
        found.append("到会登记")
    found += [f"{title}的表决票数" for title in undecided]
    found += [f"{title}的表决核对" for title in shaken]
    return tuple(found)


_VOTER = (
    r"(?<![\u4e00-\u9fa5])[\u4e00-\u9fa5]{2,4}(?:同志)?(?:个人)?"
    r"(?:投了?(?:赞成|反对|弃权)票?|投(?:的是)?(?:赞成|反对|弃权)|投了弃权票)"
)
_BALLOT = re.compile(
    rf"{_VOTER}|(?:赞成|反对|弃权)(?:的|者|人员|票)?(?:有|是|为|:|：)\s?(?![\d零一二三四五六七八九十无]|没有)[\u4e00-\u9fa5]"
)
_HEALTH = re.compile(
    r"(?:患|得了|查出|确诊|诊断)[^，。；]{0,8}(?:病|症|癌|瘤|炎)|(?:住院|手术|化疗|透析|抑郁|癌症|肿瘤|怀孕|流产|病情|病历|确诊)"
)


def check_line(text: str) -> str:
    """Return a line of a record as it is kept.

    Raises:
        UnfitLine: Nothing, or too long.
        TooPrivate: It says who voted how, or tells of somebody's illness.
        SensitiveNumber: It holds somebody's number.

    Source:
        privacy.table
    """
    text = text.strip(" ，。；、:：")
    if not text:
        raise UnfitLine("这一行还没有内容。请写完整，例如：议题 学习支部工作条例")
    if len(text) > MAX_LINE:
        raise UnfitLine(f"这一行{len(text)}字，太长了，请缩到{MAX_LINE}字以内，或分几行写。")
    if _BALLOT.search(text):
        raise TooPrivate(
            "谁投了什么票不能记。请只记总数：表决 接收张三为预备党员 赞成20 反对0 弃权1"
        )
    if _HEALTH.search(text):
        raise TooPrivate("病情不能写进会议记录。请假的人我会按登记写“病假”，请去掉这一句再发。")
    return check_shareable(text)
