"""Who is at a meeting: marks, the check-in window, leave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TypeAlias


class Mark(Enum):
    """What stands for a member at a meeting."""

    PROMISED = "promised"  # said to come; neither presence nor duty
    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left_early"  # was there, and left before the end
    LEAVE_REQUESTED = "leave_requested"  # neither present nor excused until approved
    LEAVE = "leave"
    LEAVE_REFUSED = "leave_refused"
    ABSENT = "absent"  # by the organiser's word; the bot never writes it by itself
    ELSEWHERE = "elsewhere"  # took part in another branch: not there, and not missing either
    MAKEUP_REQUESTED = "makeup_requested"
    MAKEUP_GRANTED = "makeup_granted"
    MAKEUP_REFUSED = "makeup_refused"
    PROXY_REQUESTED = "proxy_requested"  # said by another member who may not record it
    PROXY_REFUSED = "proxy_refused"
    NOT_DUE = "not_due"  # by a correction: did not belong to the meeting after all
    STUDIED_LATER = "studied_later"  # 补学: never counts as having been there
    WITHDRAWN = "withdrawn"


MARK_NAMES: dict[Mark, str] = {
    Mark.PROMISED: "已答应",
    Mark.PRESENT: "到会",
    Mark.LATE: "迟到",
    Mark.LEFT_EARLY: "早退",
    Mark.LEAVE_REQUESTED: "请假待批",
    Mark.LEAVE: "请假",
    Mark.LEAVE_REFUSED: "请假未准",
    Mark.ABSENT: "缺席",
    Mark.ELSEWHERE: "在外参加",
    Mark.MAKEUP_REQUESTED: "补签待批",
    Mark.MAKEUP_GRANTED: "补签",
    Mark.MAKEUP_REFUSED: "补签未准",
    Mark.PROXY_REQUESTED: "代签待批",
    Mark.PROXY_REFUSED: "代签未准",
    Mark.NOT_DUE: "不应到",
    Mark.STUDIED_LATER: "补学",
    Mark.WITHDRAWN: "已撤销",
}

CORRECTED = "corrected"
"""Source of a mark that the organiser has set by 更正, with a reason."""
THERE = frozenset({Mark.PRESENT, Mark.LATE, Mark.LEFT_EARLY, Mark.MAKEUP_GRANTED})
WAITING = frozenset({Mark.MAKEUP_REQUESTED, Mark.PROXY_REQUESTED})
"""What the organiser has to decide: neither present nor absent until then."""
ON_LEAVE = frozenset({Mark.LEAVE, Mark.LEAVE_REQUESTED})
_ARRIVED = THERE | {Mark.MAKEUP_REQUESTED}
_COMINGS = frozenset(
    {Mark.PROMISED, Mark.PRESENT, Mark.LATE, Mark.MAKEUP_REQUESTED, Mark.PROXY_REQUESTED}
)
_MISSED = frozenset(
    {
        None,
        Mark.PROMISED,
        Mark.LEAVE,
        Mark.LEAVE_REQUESTED,
        Mark.LEAVE_REFUSED,
        Mark.ABSENT,
        Mark.MAKEUP_REFUSED,
        Mark.PROXY_REFUSED,
    }
)


class LeaveKind(Enum):
    """Why somebody is on leave; the value is the only word kept for illness."""

    OFFICIAL = "公"
    SICK = "病"
    PERSONAL = "事"
    OTHER = "其他"


_LEAVE_WORDS: tuple[tuple[LeaveKind, tuple[str, ...]], ...] = (
    (
        LeaveKind.SICK,
        (
            *("病", "医", "药", "院", "烧", "痛", "疼", "感冒", "手术", "体检", "不舒服", "咳"),
            *("难受", "摔", "骨折", "不适", "身体", "复查", "透析", "化疗", "血", "拉肚子"),
            *("孕", "产检", "产假", "牙", "输液", "打针", "癌", "瘤", "抑郁", "康复", "护理"),
        ),
    ),
    (
        LeaveKind.OFFICIAL,
        ("出差", "公差", "公出", "开会", "值班", "加班", "上班", "培训", "公务", "外派", "执勤"),
    ),
    (
        LeaveKind.PERSONAL,
        ("事", "家", "孩子", "孙", "婚", "丧", "外地", "老伴", "父", "母", "旅游", "探亲", "接送"),
    ),
)
_ILLNESS = _LEAVE_WORDS[0][1]
_FAMILY_MATTER = "家里有事"  # instead of the words about a relative's illness
_RELATIVE = re.compile(
    r"外?孙(?:子|女|儿)?|孩子|小孩|娃|儿子|女儿|闺女|儿媳|媳妇|女婿|老伴|爱人|妻子|丈夫|老公|老婆|老爷子|老太太"
    r"|[父母爸妈爷奶]|公公|婆婆|岳|姥|外公|外婆|哥|弟|姐|妹|家人|家属|家里的?老?人|老人"
)
_ONESELF = re.compile(
    r"[我俺](?![们家爸妈儿女孙姐哥弟妹爷奶公婆岳]|老[伴公婆])|自己|本人|身体不|[带陪送领](?:着|去)"
)
_PARTS = re.compile(r"[，。；、,;\s]+")


class Outcome(Enum):
    """What to do with a new mark, given the one that stands."""

    RECORD = auto()
    REPEAT = auto()  # it says what is already on record
    ASK = auto()  # present, then leave: one question


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """Check-in settings of a unit.

    Attributes:
        duration: Taken for a meeting without an end.
        makeup: How long after the end a 补签 may be asked for.
    """

    opens_before: timedelta = timedelta(minutes=30)
    duration: timedelta = timedelta(hours=2)
    makeup: timedelta = timedelta(hours=48)

    @property
    def stored(self) -> dict[str, int]:
        """What of it a meeting keeps, in minutes."""
        minute = timedelta(minutes=1)
        return {"opens_before": self.opens_before // minute, "makeup": self.makeup // minute}


DEFAULT_WINDOW = WindowPolicy()


@dataclass(frozen=True, slots=True)
class Window:
    """When a check-in counts as what; moments are aware, upper bounds exclusive."""

    opens_at: datetime
    starts_at: datetime
    ends_at: datetime
    makeup_until: datetime


@dataclass(frozen=True, slots=True)
class TooEarly:
    """Check-in has not opened yet."""

    opens_at: datetime


@dataclass(frozen=True, slots=True)
class OnTime:
    """Present."""


@dataclass(frozen=True, slots=True)
class Late:
    """Present, after the start."""

    minutes: int


@dataclass(frozen=True, slots=True)
class MakeUp:
    """After the end: needs approval."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """Over for good; the organiser may still correct the record."""

    since: datetime


Judgement: TypeAlias = TooEarly | OnTime | Late | MakeUp | Closed


def window_for(
    starts_at: datetime, ends_at: datetime | None = None, policy: WindowPolicy = DEFAULT_WINDOW
) -> Window:
    """Return the check-in window of a meeting.

    Source:
        attendance.window
    """
    end = ends_at or starts_at + policy.duration
    return Window(starts_at - policy.opens_before, starts_at, end, end + policy.makeup)


def judge(moment: datetime, window: Window) -> Judgement:
    """Tell what a check-in sent at a moment counts as.

    The whole minute of the start is on time, since minutes are what people are shown.

    Source:
        attendance.window
    """
    if moment < window.opens_at:
        return TooEarly(window.opens_at)
    late_by = moment - window.starts_at
    if late_by < timedelta(minutes=1):
        return OnTime()
    if moment < window.ends_at:
        return Late(late_by // timedelta(minutes=1))
    if moment < window.makeup_until:
        return MakeUp(window.makeup_until)
    return Closed(window.makeup_until)


def outcome(current: Mark | None, said: Mark) -> Outcome:
    """Tell what to do with what a member says: who asked for leave and then came, was there.

    Args:
        current: The mark that stands, or None.
        said: What the member's message amounts to; approvals and corrections are always recorded.
    """
    if current in _ARRIVED and said in ON_LEAVE:
        return Outcome.ASK
    again = current in _ARRIVED and (said in _COMINGS or said is Mark.STUDIED_LATER)
    again = again or (current is Mark.PROXY_REQUESTED and said is Mark.PROMISED)
    weaker = current is Mark.LEAVE and said is Mark.LEAVE_REQUESTED
    return Outcome.REPEAT if current is said or again or weaker else Outcome.RECORD


def is_missed(mark: Mark | None) -> bool:
    """Tell whether a member was not at a meeting that is over, by the mark that stands."""
    return mark in _MISSED


def recorded_as(current: Mark | None, judgement: Judgement) -> Mark | None:
    """Return what an organiser's word makes of somebody; None where it stands already.

    Args:
        current: The mark that stands, or None.
        judgement: Of the moment it is said, or was asked for.
    """
    if current in THERE:
        return None
    marks = {OnTime: Mark.PRESENT, Late: Mark.LATE}
    return marks.get(type(judgement), Mark.MAKEUP_GRANTED)


def refused_as(asked: Mark, before: Mark | None) -> Mark:
    """Return what stands after a request was refused: a leave asked for earlier, else a refusal.

    Args:
        asked: The request.
        before: The mark that stood before it, or None.
    """
    if before in ON_LEAVE:
        return before
    return Mark.MAKEUP_REFUSED if asked is Mark.MAKEUP_REQUESTED else Mark.PROXY_REFUSED


def classify_leave(reason: str) -> tuple[LeaveKind, str]:
    """Return the kind of a leave and the words to keep; of nobody's illness words are kept.

    The illness of a relative is no sick leave of one's own (孙女生病): it keeps 家里有事.

    Source:
        privacy.table
    """
    for kind, words in _LEAVE_WORDS:
        if not any(word in reason for word in words):
            continue
        if kind is not LeaveKind.SICK:
            return kind, reason
        return (LeaveKind.PERSONAL, _FAMILY_MATTER) if _of_relative(reason) else (kind, "")
    return LeaveKind.OTHER, reason


def speaks_of_illness(text: str) -> bool:
    """Tell whether a text speaks of an illness, no matter whose.

    Source:
        privacy.table
    """
    return any(word in text for word in _ILLNESS)


def _of_relative(reason: str) -> bool:
    """Tell whether all that is said of an illness is said of a relative, or of caring for one."""
    ill = [part for part in _PARTS.split(reason) if speaks_of_illness(part)]
    return all(_RELATIVE.search(part) and not _led(part) for part in ill)


def _led(part: str) -> bool:
    """Tell whether the speaker himself is ill, or is taken there (老伴陪我看病, 老伴带着去医院)."""
    found = _RELATIVE.search(part)
    return bool(found and (_ONESELF.search(part, found.end()) or _ONESELF.match(part)))


def leave_words(kind: str, reason: str) -> str:
    """Return what may be said of a leave: the words kept, 病假 for illness, "" for nothing.

    Args:
        kind: Value of a `LeaveKind`, "" where none was stored.

    Source:
        privacy.table
    """
    return "病假" if kind == LeaveKind.SICK.value else reason
