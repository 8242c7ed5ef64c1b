"""What a chain may be about: meetings near, classes open, notices of the week, months of dues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.attendance import Late, OnTime, judge
from bot.domain.cadence import KIND_ALIASES, KIND_NAMES
from bot.domain.chain_topics import Target
from bot.domain.chains import About
from bot.domain.ids import MeetingId, NoticeId
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.wording import month_ranges
from bot.services import meetings, notice_corrections
from bot.services.meetings import MeetingView
from bot.services.notices import WAITS_FOR, OpenNotice
from bot.storage.models import Notice, NoticeRecipient

_BEFORE, _AFTER = timedelta(days=3), timedelta(days=31)
_FIRST_WORDS = 60
_MOST_MONTHS = 12


def list_targets(
    session: Session, *, by: Actor, now: datetime, months: Sequence[Month]
) -> list[Target]:
    """Return everything open that a chain of the actor's branch may be about.

    Args:
        months: Those its title names; without any, this month and the last one are offered.
    """
    near = meetings.list_near(session, by, now - _BEFORE, now + _AFTER)
    called = [target for meeting in near for target in _of_meeting(meeting, now)]
    return [*called, *_of_notices(session, by, now), *_of_dues(months, now)]


def as_leave(target: Target) -> Target:
    """Return a meeting's target for a chain of those who cannot come."""
    return Target(
        About.LEAVE, target.subject, target.title, target.words, target.day, target.is_now
    )


def meeting_of(subject: str) -> MeetingId:
    """Return the meeting of a subject `meeting:12`."""
    return MeetingId(int(subject.partition(":")[2]))


def notice_of(subject: str) -> NoticeId:
    """Return the notice of a subject `notice:3`."""
    return NoticeId(int(subject.partition(":")[2]))


def months_of(subject: str) -> tuple[Month, ...]:
    """Return the months of a subject `dues:2026-03,2026-04`."""
    return tuple(Month.parse(month) for month in subject.partition(":")[2].split(",") if month)


def _of_meeting(meeting: MeetingView, now: datetime) -> list[Target]:
    judgement = judge(now, meeting.window)
    if now >= meeting.window.makeup_until:
        return []
    words = " ".join((meeting.title, KIND_NAMES[meeting.kind], *KIND_ALIASES[meeting.kind]))
    day, is_now = day_of(meeting.starts_at), isinstance(judgement, OnTime | Late)
    title = f"{meeting.title}（{day.month}月{day.day}日）"
    attended = Target(About.ATTENDANCE, meeting.subject, title, words, day, is_now)
    if meeting.seats is None:
        return [attended]
    joined = Target(About.SIGNUP, meeting.subject, title, words, day)
    return [joined] if now < meeting.window.opens_at else [attended]


def _of_notices(session: Session, by: Actor, now: datetime) -> list[Target]:
    rows = session.execute(
        select(Notice.id, Notice.version, Notice.body)
        .join(NoticeRecipient, NoticeRecipient.notice_id == Notice.id)
        .where(
            NoticeRecipient.member_id == by.member_id,
            Notice.released_at.is_not(None),
            Notice.released_at > now - WAITS_FOR,
            notice_corrections.in_force(),
        )
        .order_by(Notice.id.desc())
    )
    return [
        Target(
            About.RECEIPT,
            f"notice:{row.id}",
            f"通知“{OpenNotice(row.id, row.version, row.body).title}”",
            row.body[:_FIRST_WORDS],
        )
        for row in rows
    ]


def _of_dues(months: Sequence[Month], now: datetime) -> list[Target]:
    today = day_of(now)
    this = Month.of(today)
    offered = [tuple(months)[:_MOST_MONTHS]] if months else [(this,), (this.shift(-1),)]
    return [
        Target(
            About.DUES,
            f"dues:{','.join(map(str, some))}",
            f"{month_ranges(some, today.year)}党费",
        )
        for some in offered
    ]
