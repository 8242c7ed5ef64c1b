"""Which period a meeting counts for, where that is not the one it was held in (计入2025年度)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.cadence import KIND_NAMES, YEARLY, Period, parse_period, period_of
from bot.domain.corrections import check_reason
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId
from bot.domain.meetings import MeetingState
from bot.domain.periods import Month, Quarter, Year
from bot.domain.rights import Action, Actor
from bot.domain.wording import period_words
from bot.services import audit, meetings, policies
from bot.services.meetings import MeetingView
from bot.storage.models import Meeting, MeetingChange


class WrongPeriod(DomainError):
    """A period that this meeting cannot count for."""

    may_be_overheard = True


class ReasonNeeded(DomainError):
    """A confirmed meeting is changed without saying why."""

    may_be_overheard = True


def count_for(
    session: Session,
    *,
    meeting_id: MeetingId,
    period: Period,
    by: Actor,
    now: datetime,
    reason: str = "",
) -> tuple[Period, Period]:
    """Let a meeting count for another period; when it was held stays as it is.

    Returns the period it counts for now, and the one it counted for.

    A meeting owed by month or quarter counts for one of those; what is held for a year, for a year.

    Args:
        reason: Needed once the record is confirmed.

    Raises:
        Forbidden, WrongPeriod, ReasonNeeded

    Source:
        meetings.cadence
    """
    meeting = meetings.get_meeting(session, meeting_id)
    rights.require(by, Action.RECORD_ATTENDANCE, meetings.path_of(session, meeting.unit_id))
    settled = _fitting(session, meeting, period)
    if str(settled) == meeting.for_period:
        raise WrongPeriod(f"{meeting.title}本来就计入{_words(settled)}，没有改动。")
    if meeting.state is MeetingState.CONFIRMED and not reason:
        raise ReasonNeeded(
            f"{meeting.title}的纪要已经确认，要改请写原因，"
            f"例如：{meeting.title}计入{_words(settled)} 原因 补开的"
        )
    kept = check_reason(reason) if reason else ""
    changed = session.connection().execute(
        update(Meeting)
        .where(Meeting.id == meeting.id, Meeting.for_period == meeting.for_period)
        .values(for_period=str(settled))
    )
    if changed.rowcount != 1:
        raise DomainError(f"{meeting.title}刚刚被别人改过，请看一下再改。")
    before, after = {"for_period": meeting.for_period}, {"for_period": str(settled)}
    session.connection().execute(
        insert(MeetingChange).values(
            meeting_id=meeting.id,
            action="period",
            before=before,
            after=after,
            reason=kept,
            by_id=by.member_id,
            at=now,
        )
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="meeting.period",
        subject=meeting.subject,
        before=before,
        after=after,
        reason=kept,
    )
    return settled, parse_period(meeting.for_period)


def _fitting(session: Session, meeting: MeetingView, period: Period) -> Period:
    """Return the period of the sort this meeting counts for: 1月 of a quarterly one is its quarter."""
    settings = meetings.settings_of(session, meeting.branch_id, meeting.starts_at)
    sort = period_of(meeting.kind, meeting.day, policies.cadence_policy(settings))
    if isinstance(sort, Year):
        if not isinstance(period, Year):
            raise WrongPeriod(
                f"{meeting.title}按年度算，请写年度，例如：{meeting.title}计入2025年度"
            )
        return period
    if isinstance(period, Year):
        kinds = "、".join(KIND_NAMES[kind] for kind in sorted(YEARLY, key=str))
        raise WrongPeriod(
            f"只有{kinds}按年度算。这次会请写月份或季度，例如：{meeting.title}计入1月"
        )
    if isinstance(sort, Quarter):
        return period.quarter if isinstance(period, Month) else period
    if isinstance(period, Quarter):
        raise WrongPeriod(f"{meeting.title}按月算，请写月份，例如：{meeting.title}计入1月")
    return period


def _words(period: Period) -> str:
    return period_words(period)
