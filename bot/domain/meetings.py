"""One meeting: its state, its words, whether it may be called, and whether it can decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

from bot.clock import at, day_of
from bot.domain import regulations
from bot.domain.cadence import (
    DEFAULT_POLICY,
    KIND_NAMES,
    CadencePolicy,
    MeetingKind,
    Period,
    period_of,
)
from bot.domain.errors import DomainError
from bot.domain.sensitive import check_shareable
from bot.domain.wording import day_and_weekday, day_words, moment_words

FURTHEST_AHEAD = timedelta(days=366)
FURTHEST_BACK = timedelta(days=3 * 366)
LONGEST = timedelta(days=31)
MAX_TITLE = 40
MAX_PLACE = 60


_MEMBERS_ONLY = frozenset(
    {
        MeetingKind.GENERAL,
        MeetingKind.COMMITTEE,
        MeetingKind.CELL,
        MeetingKind.ORG_LIFE,
        MeetingKind.APPRAISAL,
        MeetingKind.ELECTION,
    }
)
_GUESTS = 10  # times the members of a branch, where others may come as well


class MeetingState(Enum):
    """Where a meeting stands."""

    SCHEDULED = "scheduled"
    HELD = "held"  # took place; the record waits for the secretary
    CONFIRMED = "confirmed"  # the record stands; only appended corrections from here
    CANCELLED = "cancelled"


STATE_NAMES: dict[MeetingState, str] = {
    MeetingState.SCHEDULED: "已安排",
    MeetingState.HELD: "已召开",
    MeetingState.CONFIRMED: "已确认",
    MeetingState.CANCELLED: "已取消",
}

_NEXT: dict[MeetingState, frozenset[MeetingState]] = {
    MeetingState.SCHEDULED: frozenset(
        {MeetingState.HELD, MeetingState.CONFIRMED, MeetingState.CANCELLED}
    ),
    MeetingState.HELD: frozenset({MeetingState.CONFIRMED, MeetingState.CANCELLED}),
    MeetingState.CONFIRMED: frozenset({MeetingState.CANCELLED}),  # with a reason, and previewed
    MeetingState.CANCELLED: frozenset(  # brought back as it was
        {MeetingState.SCHEDULED, MeetingState.HELD, MeetingState.CONFIRMED}
    ),
}

_TITLED_BY_MONTH = frozenset(
    {
        MeetingKind.GENERAL,
        MeetingKind.COMMITTEE,
        MeetingKind.CELL,
        MeetingKind.LECTURE,
        MeetingKind.ORG_LIFE,
        MeetingKind.APPRAISAL,
        MeetingKind.DEMOCRATIC_LIFE,
        MeetingKind.ELECTION,
        MeetingKind.WORKING_COMMITTEE,
        MeetingKind.THEORY_GROUP,
    }
)


class InThePast(DomainError):
    """A coming meeting was given a time that is over."""

    may_be_overheard = True


class TooFarAhead(DomainError):
    """A meeting was given a time more than a year ahead."""

    may_be_overheard = True


class NotOver(DomainError):
    """A meeting that has not begun is entered as a past one."""

    may_be_overheard = True


class TooLongAgo(DomainError):
    """A past meeting is entered years later: its date is doubtful."""

    may_be_overheard = True


class TooMany(DomainError):
    """More were there, as stated, than can have been."""


class BadEnd(DomainError):
    """A meeting ends before it starts, or lasts over a month."""

    may_be_overheard = True


class TooLong(DomainError):
    """A title or place is longer than a notice can carry."""

    may_be_overheard = True


class WrongState(DomainError):
    """A meeting cannot become what was asked."""

    may_be_overheard = True


class Decision(Enum):
    """What a meeting is to decide, each with its own quorum; the value is the key of its rule."""

    ORDINARY = "quorum.ordinary"
    ADMISSION = "quorum.admission"
    CONFIRMATION = "quorum.confirmation"  # 转正、延长、取消预备资格
    COMMITTEE = "quorum.committee"
    ELECTION = "quorum.election"
    DEMOCRATIC_LIFE = "quorum.democratic_life"


@dataclass(frozen=True, slots=True)
class VotingRoll:
    """Who has a vote in a branch at meeting time.

    Attributes:
        full_members: Full members; probationary ones never count.
        without_vote: Of them, under 留党察看 or with their rights suspended.
        left_out: Of the rest, left out by reason, the superior's consent and the meeting's own
            vote.
    """

    full_members: int
    without_vote: int = 0
    left_out: int = 0

    @property
    def due(self) -> int:
        """How many votes the quorum is counted from (应到会有表决权的人数)."""
        return self.full_members - self.without_vote - self.left_out


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whether a meeting is going to reach its quorum."""

    due: int
    needed: int
    promised: int
    on_leave: int

    @property
    def unanswered(self) -> int:
        """Voters who have not said whether they come."""
        return self.due - self.promised - self.on_leave

    @property
    def short(self) -> int:
        """Voters still missing to the quorum; 0 once it is reached."""
        return max(0, self.needed - self.promised)

    @property
    def is_reachable(self) -> bool:
        """Whether the quorum is reached if all who have not answered come."""
        return self.due - self.on_leave >= self.needed


def may_become(state: MeetingState, new: MeetingState) -> bool:
    """Tell whether a meeting may go from one state to another."""
    return new in _NEXT[state]


def check_state(title: str, state: MeetingState, new: MeetingState) -> None:
    """Refuse a change of state that makes no sense.

    Raises:
        WrongState: With what the meeting is now.
    """
    if not may_become(state, new):
        raise WrongState(f"{title}{STATE_NAMES[state]}，不能改成{STATE_NAMES[new]}。")


def title_for(kind: MeetingKind, on: date) -> str:
    """Return what people call a meeting of a kind on a day: `3月支部党员大会`, `16日主题党日`."""
    when = f"{on.month}月" if kind in _TITLED_BY_MONTH else f"{on.day}日"
    return f"{when}{KIND_NAMES[kind]}"


def when_line(starts_at: datetime, place: str = "", *, timed: bool = True) -> str:
    """Return when and where: `3月16日（周一）15:00 社区二楼`, without the time if it is unknown."""
    when = moment_words(starts_at) if timed else day_and_weekday(day_of(starts_at))
    return f"{when} {place}".rstrip()


def for_period(
    kind: MeetingKind, starts_at: datetime, policy: CadencePolicy = DEFAULT_POLICY
) -> Period:
    """Return the period a meeting fills: the one it starts in, in Asia/Shanghai.

    Source:
        meetings.cadence
    """
    return period_of(kind, day_of(starts_at), policy)


def check_new(starts_at: datetime, now: datetime, ends_at: datetime | None = None) -> None:
    """Refuse a coming meeting whose time cannot be meant.

    Raises:
        InThePast: It starts now or earlier.
        TooFarAhead: It starts more than a year from now.
        BadEnd: It does not end after its start, or lasts over a month.
    """
    if starts_at <= now:
        raise InThePast(
            f"{moment_words(starts_at)}已经过了。请写以后的时间；已经开过的会请作为会议记录补登。"
        )
    if starts_at - now > FURTHEST_AHEAD:
        raise TooFarAhead(
            f"{day_of(starts_at).year}年{moment_words(starts_at)}离现在超过一年，请核对日期。"
        )
    if ends_at is not None and not timedelta() < ends_at - starts_at <= LONGEST:
        raise BadEnd("结束时间要在开始之后、一个月以内，请核对。")


def check_past(day: date, start: time | None, now: datetime) -> None:
    """Refuse a past meeting whose day cannot be meant.

    Args:
        day: The Shanghai day it was held on.
        start: The Shanghai wall time of its start; None where it is unknown.

    Raises:
        NotOver: It begins now or later; says how to call it.
        TooLongAgo: It lies more than three years back.
    """
    begins = at(day, start.hour, start.minute) if start else at(day)
    if begins >= now:
        when = when_line(begins, timed=start is not None)
        raise NotOver(f"{when}还没到，不能登记成开过的会。要安排请发 建会。")
    if now - begins > FURTHEST_BACK:
        raise TooLongAgo(f"{day.year}年{day_words(day)}离现在三年多了，请核对日期。")


def check_count(kind: MeetingKind, present: int, expected: int) -> None:
    """Refuse a number of people there that cannot be meant.

    At a meeting of members no more can be there than belong; others (主题党日, 党课) are open to
    guests, though not to ten times the branch.

    Args:
        present: As stated.
        expected: Who belongs there by the roll of the day; 0 where it is not known.

    Raises:
        TooMany: Says how many belong there.
    """
    if not expected or present <= expected * (1 if kind in _MEMBERS_ONLY else _GUESTS):
        return
    observers = "列席的不算到会。" if kind in _MEMBERS_ONLY else ""
    raise TooMany(f"名册里应到{expected}人，写的是到会{present}人。{observers}请核对人数再发一次。")


def check_words(title: str, place: str) -> None:
    """Refuse a title or place that a notice cannot carry: everybody reads it.

    Raises:
        TooLong: With what is too long and the limit.
        SensitiveNumber: One of them holds somebody's number.
    """
    for name, words, limit in (("名称", title, MAX_TITLE), ("地点", place, MAX_PLACE)):
        if len(words) > limit:
            raise TooLong(f"{name}太长（{len(words)}字），请缩到{limit}字以内。")
        check_shareable(words)


def needed_present(decision: Decision, due: int, on: date) -> int:
    """Return how many voters have to be present for a decision.

    Args:
        due: Votes the quorum is counted from, or the size of the committee.

    Source:
        quorum
    """
    return regulations.share(decision.value, on).least_of(due)


def has_quorum(decision: Decision, present: int, due: int, on: date) -> bool:
    """Tell whether enough voters are present for a decision; with none due, never.

    Args:
        present: Voters confirmed present; probationary members never count.
        due: Votes the quorum is counted from, or the size of the committee.

    Source:
        quorum
    """
    return due > 0 and regulations.share(decision.value, on).is_reached(present, due)


def is_passed(decision: Decision, yes: int, *, due: int, present: int) -> bool:
    """Tell whether a decision is carried: by more than half of those due, not of those present.

    An election alone counts from the voters present.

    Args:
        yes: Votes in favour; for an admission with the written ones that arrived before.

    Source:
        quorum
    """
    return 2 * yes > (present if decision is Decision.ELECTION else due)


def forecast(
    decision: Decision, roll: VotingRoll, *, promised: int, on_leave: int, on: date
) -> Forecast:
    """Return whether a meeting is going to reach its quorum, from what people answered so far.

    Source:
        quorum
    """
    return Forecast(roll.due, needed_present(decision, roll.due, on), promised, on_leave)
