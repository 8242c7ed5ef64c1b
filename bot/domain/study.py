"""Seats of a study class, the waiting list, and class hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from bot.clock import SHANGHAI, local
from bot.domain.errors import DomainError
from bot.domain.wording import day_and_weekday, moment_words

MAX_PARTY = 20
FULL_DAY_HOURS = 8


class SignupAction(Enum):
    """One step of a sign-up; the last one is in force."""

    JOIN = "join"
    WAIT = "wait"  # no seats yet: on the waiting list
    CANCEL = "cancel"


class SignUpClosed(DomainError):
    """The deadline of a sign-up has passed."""

    may_be_overheard = True


class TooManySeats(DomainError):
    """More seats were asked for than one sign-up may have."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Seated:
    """The seats are theirs.

    Attributes:
        left: Seats still free; None where there is no limit.
    """

    left: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """They wait for seats.

    Attributes:
        position: Place on the waiting list, from 1.
    """

    position: int


def check_open(now: datetime, closes_at: datetime) -> None:
    """Refuse a sign-up after its deadline (exclusive: at the deadline it is closed).

    Raises:
        SignUpClosed: With the deadline and whom to ask.
    """
    if now >= closes_at:
        raise SignUpClosed(f"报名已在{deadline_words(closes_at)}截止。还想参加请告诉组织委员。")


def deadline_words(closes_at: datetime) -> str:
    """Return a deadline as one says it: one at midnight is the day before it."""
    end = local(closes_at)
    if (end.hour, end.minute) == (0, 0):
        return day_and_weekday(end.date() - timedelta(days=1))
    return moment_words(closes_at)


def seat(seats: int, *, taken: int, waiting: int, capacity: int | None) -> Seated | Waiting:
    """Decide whether a sign-up gets its seats; a party is never split.

    Args:
        seats: Persons of this sign-up, the sender included.
        taken: Seats given so far.
        waiting: Sign-ups already waiting; nobody overtakes them.
        capacity: None where there is no limit.

    Raises:
        TooManySeats: Over 20 persons at once, or more than the class has seats.
    """
    most = MAX_PARTY if capacity is None else min(MAX_PARTY, capacity)
    if not 1 <= seats <= most:
        raise TooManySeats(f"一次可报1到{most}人，您写的是{seats}人。请改一下人数再报。")
    if capacity is None:
        return Seated(None)
    if waiting or taken + seats > capacity:
        return Waiting(waiting + 1)
    return Seated(capacity - taken - seats)


def promoted(waiting: Sequence[int], free: int) -> int:
    """Return how many sign-ups at the head of the waiting list now get their seats.

    Args:
        waiting: Seats each of them asked for, in order of coming.
        free: Seats that are free.
    """
    count = 0
    for seats in waiting:
        if seats > free:
            break
        free -= seats
        count += 1
    return count


def class_hours(starts_at: datetime, ends_at: datetime) -> dict[int, int]:
    """Return the class hours (学时) of a class by calendar year.

    One for each full hour, eight for a full day; a class across New Year is split.

    Args:
        starts_at: Aware.
        ends_at: Aware, exclusive.

    Source:
        study.class_hours
    """
    hours: dict[int, int] = {}
    begin, end = local(starts_at), local(ends_at)
    while begin < end:
        midnight = datetime.combine(begin.date() + timedelta(days=1), time(), SHANGHAI)
        whole = (min(midnight, end) - begin) // timedelta(hours=1)
        hours[begin.year] = hours.get(begin.year, 0) + min(whole, FULL_DAY_HOURS)
        begin = midnight
    return hours
