"""Class hours (学时) of a member: what a session counts for, and what is asked of a year.

Hours are never written down: they follow from who was there. They are counted in tenths, since
people say 1.5 and never a third.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.clock import day_of
from bot.domain import regulations
from bot.domain.attendance import THERE, Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError
from bot.domain.roll_call import Stand
from bot.domain.study import class_hours

TENTHS = 10
MOST_TENTHS = 200 * TENTHS
MOST_TARGET = 120  # whole hours of a year
MEMBER, COMMITTEE = "member", "committee"
_KEYS = {MEMBER: "study.annual_hours", COMMITTEE: "study.annual_hours.committee"}

BY_LENGTH = frozenset(
    {
        MeetingKind.LECTURE,
        MeetingKind.STUDY,
        MeetingKind.TRAINING,
        MeetingKind.PARTY_SCHOOL,
        MeetingKind.ANNUAL_TRAINING,
        MeetingKind.THEORY_GROUP,
        MeetingKind.PUBLICITY_TALK,
    }
)
"""Kinds that are study by themselves: they count as long as they last, unless settled otherwise."""


class BadHours(DomainError):
    """A number of class hours that cannot be meant."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session as far as hours go.

    Attributes:
        starts_at, ends_at: Aware; the end is exclusive.
        timed: Whether the time of day is known.
        tenths: What was settled, None where nothing was.
        planned: It belongs to a programme of study, and so is study whatever its kind.
        own_word: Studying it by oneself counts as well.
    """

    kind: MeetingKind
    starts_at: datetime
    ends_at: datetime
    timed: bool = True
    tenths: int | None = None
    planned: bool = False
    own_word: bool = False

    def by_year(self) -> dict[int, int]:
        """Return what it counts for, in tenths, by calendar year.

        What was settled for a class across New Year is split as its length is.

        Source:
            study.counted
        """
        whole = {
            year: hours * TENTHS
            for year, hours in class_hours(self.starts_at, self.ends_at).items()
        }
        if self.tenths is None:
            counts = self.timed and (self.planned or self.kind in BY_LENGTH)
            return whole if counts else {}
        total = sum(whole.values())
        if len(whole) < 2 or not total:
            first = next(iter(whole), day_of(self.starts_at).year)
            return {first: self.tenths}
        split = {year: self.tenths * part // total for year, part in whole.items()}
        split[next(iter(split))] += self.tenths - sum(split.values())
        return split


def earned(session: Session, stand: Stand, left_at: datetime | None = None) -> dict[int, int]:
    """Return what a session gives to somebody by where he stands, in tenths by year.

    A sign-up gives nothing, nor does a study by one's own word, unless the session says so. Who
    left early gets the full hours he was there, and no more than the session gives.

    Args:
        left_at: Of who left early.

    Source:
        study.counted
    """
    full = session.by_year()
    mark = stand.decides
    if mark is Mark.LEFT_EARLY and left_at is not None:
        stayed = class_hours(session.starts_at, left_at)
        return {year: min(part, stayed.get(year, 0) * TENTHS) for year, part in full.items()}
    if mark in THERE or mark is Mark.ELSEWHERE:
        return full
    return full if session.own_word and stand.mark is Mark.STUDIED_LATER else {}


def target(day: date, policy: Mapping[str, Any], *, on_committee: bool) -> tuple[int, str] | None:
    """Return what is asked of a member for the year of a day: tenths, and by what rule.

    Args:
        policy: What the branch has settled for itself (`{"member": 40, "committee": 56}`, whole
            hours); it may ask for more than the rule.
        on_committee: Whether the member sits on the committee or is its secretary.

    Returns:
        None where no rule held on that day and the branch has settled nothing.

    Source:
        study.annual_hours
    """
    group = COMMITTEE if on_committee else MEMBER
    settled = policy.get(group)
    if isinstance(settled, int):
        return settled * TENTHS, regulations.BRANCH_POLICY
    rule = regulations.find_on(_KEYS[group], day) or regulations.find_on(_KEYS[MEMBER], day)
    if rule is None or not isinstance(rule.value, int):
        return None
    return rule.value * TENTHS, rule.citation


def check_target(hours: int, day: date) -> None:
    """Refuse what no branch can ask of a year: less than the rule, or more than can be meant.

    Args:
        hours: Whole hours.
        day: Of the year it is about.

    Raises:
        BadHours: Says between what it has to be.

    Source:
        study.annual_hours
    """
    rule = regulations.find_on(_KEYS[MEMBER], day)
    least = rule.value if rule is not None and isinstance(rule.value, int) else 1
    if not least <= hours <= MOST_TARGET:
        raise BadHours(f"全年学时一般不少于{least}，请写{least}到{MOST_TARGET}之间的整数。")


def read_tenths(text: str) -> int | None:
    """Read a number of class hours (`4`, `1.5`), or return None.

    Raises:
        BadHours: More than 200, or finer than a tenth.
    """
    whole, point, part = text.partition(".")
    if not whole.isdecimal() or (point and not part.isdecimal()):
        return None
    if len(part.rstrip("0")) > 1 or len(whole) > 3 or int(whole) * TENTHS > MOST_TENTHS:
        raise BadHours("学时请写0到200之间的数，最多一位小数，例如 4 或 1.5")
    return int(whole) * TENTHS + int((part or "0")[0])


def before_words(tenths: int, total: int) -> str:
    """Return how much of a year's total was brought in from before the branch began; "" for nothing.

    Source:
        study.opening
    """
    if not tenths:
        return ""
    return "，都是启用前的" if tenths == total else f"，其中启用前{hours_words(tenths)}学时"


def hours_words(tenths: int) -> str:
    """Return a number of class hours as people write it: `4`, `1.5`."""
    whole, part = divmod(tenths, TENTHS)
    return f"{whole}.{part}" if part else str(whole)
