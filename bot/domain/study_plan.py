"""A plan of study (学习计划): its classes and what there is to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.domain.cadence import MeetingKind, find_kind
from bot.domain.errors import DomainError
from bot.domain.meetings import check_new, check_words
from bot.domain.sensitive import check_shareable
from bot.domain.study import deadline_words
from bot.domain.study_hours import BY_LENGTH

MAX_LESSONS = 30
MAX_TITLE = 40
MAX_LINK = 500
MAX_SEATS = 2000


class UnfitPlan(DomainError):
    """A plan cannot be kept as it is."""

    may_be_overheard = True


class UnfitLink(DomainError):
    """A link cannot be kept: not https, or no link at all."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Lesson:
    """A class to come.

    Attributes:
        starts_at: Aware.
        seats: How many may sign up; None where everybody is expected.
        tenths: Class hours in tenths; None leaves them to the rule.
        closes_at: End of the sign-ups, exclusive.
    """

    title: str
    starts_at: datetime
    place: str = ""
    seats: int | None = None
    tenths: int | None = None
    closes_at: datetime | None = None

    @property
    def kind(self) -> MeetingKind:
        """What kind of session it is: study, unless its name says which."""
        kind = find_kind(self.title)
        return kind if kind is not None and kind in BY_LENGTH else MeetingKind.STUDY


def check_lesson(lesson: Lesson, now: datetime) -> None:
    """Refuse a class whose time, name or seats cannot be meant.

    Raises:
        InThePast, TooFarAhead, TooLong, SensitiveNumber
        UnfitPlan: With what is wrong with the seats or the deadline.
    """
    check_new(lesson.starts_at, now)
    check_words(lesson.title, lesson.place)
    check_terms(lesson)


def check_terms(lesson: Lesson) -> None:
    """Refuse seats and a deadline that cannot be meant, of a class to come or past.

    Raises:
        UnfitPlan
    """
    if lesson.seats is not None and not 1 <= lesson.seats <= MAX_SEATS:
        raise UnfitPlan(f"{lesson.title}的名额请写1到{MAX_SEATS}之间的数。")
    if lesson.closes_at is None:
        return
    if lesson.seats is None:
        raise UnfitPlan(f"{lesson.title}写了报名截止，没写名额。请在那一行写上名额（如 30人）。")
    if lesson.closes_at > lesson.starts_at:
        raise UnfitPlan(
            f"{lesson.title}的报名截止（{deadline_words(lesson.closes_at)}）在开课以后，请核对。"
        )


def check_plan(title: str, lessons: Sequence[Lesson], now: datetime) -> None:
    """Refuse a plan without a name, with too many classes, or with one that cannot be meant.

    Raises:
        UnfitPlan, and what `check_lesson` raises.
    """
    check_title(title)
    if len(lessons) > MAX_LESSONS:
        raise UnfitPlan(f"一次最多写{MAX_LESSONS}堂课，您写了{len(lessons)}堂。请分几次发。")
    for lesson in lessons:
        check_lesson(lesson, now)


def check_title(title: str) -> None:
    """Refuse a title that is none, or too long.

    Raises:
        UnfitPlan, SensitiveNumber
    """
    if not 2 <= len(title) <= MAX_TITLE:
        raise UnfitPlan(f"名称请写2到{MAX_TITLE}个字，现在是{len(title)}个字。")
    check_shareable(title)


def check_link(link: str) -> None:
    """Refuse what is no https link.

    Raises:
        UnfitLink: With what would be right.
    """
    parts = urlsplit(link)
    host = parts.hostname or ""
    if (
        parts.scheme != "https"
        or "." not in host
        or parts.username is not None
        or len(link) > MAX_LINK
        or any(c.isspace() for c in link)
    ):
        raise UnfitLink("链接要以 https:// 开头、中间没有空格（如 https://www.12371.cn/）。")
