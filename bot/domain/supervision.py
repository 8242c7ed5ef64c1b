"""Checks of branches through the year (督导), their facts, and what is fixed when the year is over.

A check is no ranking: it says of each branch what was owed and what is on record, with the rows
behind every number. What follows from it people decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain.cadence import Duty, Every, MeetingKind, Period
from bot.domain.errors import DomainError
from bot.domain.periods import Month, Quarter, Year
from bot.domain.units import is_included


class CheckKind(Enum):
    """What is checked when; the value names it to people."""

    MONTH = "月督导"
    QUARTER = "季评比"
    HALF = "半年督查"
    YEAR = "年终考核"


_OPENS_ON = 25  # of a month, for months and quarters
_HALF_OPENS_ON = 15  # of June and December, for half years and the year


@dataclass(frozen=True, slots=True, order=True)
class Check:
    """One check of one stretch of a year.

    Attributes:
        name: Of the stretch, as it is stored: `2026-03`, `2026Q1`, `2026H1`, `2026`.
        first, last: Shanghai days, both included.
        opens_on: The day on which it is laid before whoever checks.
    """

    opens_on: date
    last: date
    first: date
    name: str
    kind: CheckKind

    @property
    def year(self) -> int:
        """The year it belongs to."""
        return self.first.year

    @property
    def when(self) -> str:
        """2026年3月, 2026年一季度, 2026年上半年, 2026年."""
        if self.kind is CheckKind.MONTH:
            return f"{self.year}年{self.first.month}月"
        if self.kind is CheckKind.QUARTER:
            return f"{self.year}年{'一二三四'[(self.first.month - 1) // 3]}季度"
        if self.kind is CheckKind.HALF:
            return f"{self.year}年{'上' if self.first.month == 1 else '下'}半年"
        return f"{self.year}年"

    @property
    def title(self) -> str:
        """2026年3月的月督导."""
        return f"{self.when}的{self.kind.value}"


def checks_of(year: int) -> tuple[Check, ...]:
    """Return the checks of a branch in a year, in the order in which they open: 12 + 4 + 2 + 1.

    Source:
        supervision.checks
    """
    months = [Month(year, number) for number in range(1, 13)]
    quarters = [Quarter(year, number) for number in range(1, 5)]
    found = [Check(m.day(_OPENS_ON), m.last, m.first, str(m), CheckKind.MONTH) for m in months]
    found += [
        Check(q.months[2].day(_OPENS_ON), q.last, q.first, str(q), CheckKind.QUARTER)
        for q in quarters
    ]
    for half, (first, last) in enumerate(((months[0], months[5]), (months[6], months[11])), 1):
        opens = last.day(_HALF_OPENS_ON)
        found.append(Check(opens, last.last, first.first, f"{year}H{half}", CheckKind.HALF))
    whole = Year(year)
    opens = months[11].day(_HALF_OPENS_ON)
    found.append(Check(opens, whole.last, whole.first, str(whole), CheckKind.YEAR))
    return tuple(sorted(found))


def check_at(kind: CheckKind, day: date) -> Check:
    """Return the check of a kind whose stretch holds a day."""
    return next(c for c in checks_of(day.year) if c.kind is kind and c.first <= day <= c.last)


class Indicator(Enum):
    """What a check looks at; the value names it to people."""

    THEME_DAY = "主题党日"
    COMMITTEE = "支委会"
    GENERAL = "支部党员大会"
    CELL = "党小组会"
    LECTURE = "党课"
    ORG_LIFE = "组织生活会"
    APPRAISAL = "民主评议"
    TALK = "谈心谈话"
    MINUTES = "会议记录确认"
    DUES = "党费没登记"
    OVERDUE = "过期没办结"


OF_MEETINGS: Mapping[MeetingKind, Indicator] = {
    MeetingKind.THEME_DAY: Indicator.THEME_DAY,
    MeetingKind.COMMITTEE: Indicator.COMMITTEE,
    MeetingKind.GENERAL: Indicator.GENERAL,
    MeetingKind.CELL: Indicator.CELL,
    MeetingKind.LECTURE: Indicator.LECTURE,
    MeetingKind.ORG_LIFE: Indicator.ORG_LIFE,
    MeetingKind.APPRAISAL: Indicator.APPRAISAL,
    MeetingKind.TALK: Indicator.TALK,
}
COUNTED_ONLY = frozenset({Indicator.DUES, Indicator.OVERDUE})
"""Where only what is open is a number; there is no "of how many"."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a ledger behind a number.

    Attributes:
        ref: Ledger and id (`meeting:12`, `member:3`), or the stretch in which nothing is there.
        words: What people read of it.
    """

    ref: str
    words: str


@dataclass(frozen=True, slots=True)
class Tally:
    """An indicator of a branch with the rows behind it.

    Attributes:
        done: What is on record. gaps: What is open.
    """

    done: tuple[Row, ...] = ()
    gaps: tuple[Row, ...] = ()

    @property
    def of(self) -> int:
        """How many there should be."""
        return len(self.done) + len(self.gaps)


@dataclass(frozen=True, slots=True)
class Shown:
    """The number of an indicator as it is shown, frozen or not.

    Attributes:
        done, of: `of` is None where only what is open is counted, then `done` is that number.
        corrected: Why it was corrected after the freezing; "" where it was not.
    """

    indicator: Indicator
    done: int
    of: int | None
    rows: tuple[Row, ...] = ()
    gaps: tuple[Row, ...] = ()
    corrected: str = ""

    @property
    def words(self) -> str:
        """主题党日2/3, 党费没登记4."""
        return f"{self.indicator.value}{self.done}" + ("" if self.of is None else f"/{self.of}")

    @property
    def is_open(self) -> bool:
        """Whether something is missing."""
        return self.done > 0 if self.of is None else self.done < self.of


class WrongCheck(DomainError):
    """A check, or a correction of one, that cannot be."""


def shown(indicator: Indicator, tally: Tally) -> Shown:
    """Return the number that follows from the rows, and from nothing else."""
    if indicator in COUNTED_ONLY:
        return Shown(indicator, len(tally.gaps), None, tally.done, tally.gaps)
    return Shown(indicator, len(tally.done), tally.of, tally.done, tally.gaps)


def periods_of(duty: Duty, check: Check, since: date) -> list[Period]:
    """Return the periods of a duty that lie wholly within a check and count for a branch.

    Args:
        since: From when the branch counts.
    """
    months = [m for m in (Month(check.year, n) for n in range(1, 13)) if _within(m, check)]
    if duty.every is Every.MONTH:
        every: list[Period] = list(months)
    elif duty.every is Every.QUARTER:
        quarters = (Quarter(check.year, number) for number in range(1, 5))
        every = [quarter for quarter in quarters if _within(quarter, check)]
    else:
        every = [Year(check.year)] if _within(Year(check.year), check) else []
    return [period for period in every if is_included(period.first, since)]


def check_freezable(check: Check, today: date) -> None:
    """Refuse to fix the numbers of a year before it is over.

    Raises:
        WrongCheck
    """
    if today <= check.last:
        raise WrongCheck(f"{check.year}年还没有过完，{check.year + 1}年1月1日起才能冻结。")


def check_correction(now: Shown, done: int, of: int | None, reason: str) -> None:
    """Refuse a correction without a reason, or one that cannot be true.

    Raises:
        WrongCheck
    """
    if not reason.strip():
        raise WrongCheck("更正冻结以后的数要写原因。")
    if done < 0 or (of is not None and done > of):
        raise WrongCheck(f"{now.indicator.value}应有{of}，不能写{done}。")
    if done == now.done:
        raise WrongCheck(f"{now.indicator.value}现在就是{done}，不用更正。")


def _within(period: Period, check: Check) -> bool:
    return check.first <= period.first and period.last <= check.last
