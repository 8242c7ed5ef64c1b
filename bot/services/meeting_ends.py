"""Calling a meeting off and bringing it back; what was recorded of it stays, and counts again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.attendance import THERE, WAITING, Mark
from bot.domain.corrections import check_reason
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.ids import MeetingId
from bot.domain.meetings import MeetingState, WrongState, check_state
from bot.domain.minutes import Act
from bot.domain.rights import Action, Actor
from bot.services import (
    attendance_marks,
    decisions,
    meeting_record,
    meetings,
    minutes_entries,
    people,
    undo,
)
from bot.services.meetings import MeetingView
from bot.storage.models import Meeting, MeetingChange, MinutesEntry

STEM = "meeting_ends"
_BACK = timedelta(days=400)
_TRACES = (*THERE, *WAITING, Mark.ABSENT, Mark.ELSEWHERE, Mark.STUDIED_LATER)


@dataclass(frozen=True, slots=True)
class Traces:
    """What is on record of meetings that have begun.

    Attributes:
        marks: Members with a mark of the roll call. present: Of them, who were there.
        stated: How many were there as stated without names. lines: Entries of the minutes.
        votes: Decisions with totals. confirmed: The record stands.
    """

    marks: int = 0
    present: int = 0
    stated: int = 0
    lines: int = 0
    votes: int = 0
    confirmed: bool = False

    def __bool__(self) -> bool:
        return bool(self.marks or self.stated or self.lines or self.votes or self.confirmed)

    def __add__(self, other: Traces) -> Traces:
        return Traces(
            self.marks + other.marks,
            self.present + other.present,
            self.stated + other.stated,
            self.lines + other.lines,
            self.votes + other.votes,
            self.confirmed or other.confirmed,
        )


class OnRecord(DomainError):
    """A meeting that has begun and of which something is on record is cancelled without a reason."""

    def __init__(self, title: str) -> None:
        super().__init__(
            f"{title}已经开了，有登记。要取消请写原因，例如：取消会议 {title} 原因 重复登记"
        )


def traces_of(session: Session, meeting: MeetingView, now: datetime) -> Traces:
    """Return what would not count any more if a meeting were cancelled; nothing before its start."""
    if meeting.starts_at > now:
        return Traces()
    standings = attendance_marks.list_standings(session, [meeting]).values()
    marks = [standing.mark for standing in standings]
    lines = select(func.count()).where(
        MinutesEntry.meeting_id == meeting.id, MinutesEntry.act == Act.WRITE
    )
    voted = [one for one in decisions.list_of(session, meeting, frozen=True) if one.verdict]
    return Traces(
        marks=sum(mark in _TRACES for mark in marks),
        present=sum(mark in THERE for mark in marks),
        stated=meeting_record.stated_count(session, meeting.id) or 0,
        lines=session.scalar(lines) or 0,
        votes=len(voted),
        confirmed=meeting.state is MeetingState.CONFIRMED,
    )


def cancel(
    session: Session, *, meeting_id: MeetingId, by: Actor, now: datetime, reason: str = ""
) -> MeetingView:
    """Cancel a meeting: its unsent reminders are void, its duty is open again.

    Marks, minutes and sign-ups stay as they are; they count again once it is brought back.

    Args:
        reason: Why; needed once it has begun and something is on record.

    Raises:
        Forbidden: Also where the record is confirmed, and the actor is not who confirms it.
        WrongState, OnRecord
    """
    old = meetings.get_for(session, meeting_id, by)
    check_state(old.title, old.state, MeetingState.CANCELLED)
    traces = traces_of(session, old, now)
    if traces and not reason:
        raise OnRecord(old.title)
    if traces.confirmed and not minutes_entries.may_confirm(session, old, by, now):
        raise Forbidden(f"{old.title}的纪要已经确认，要由书记或副书记来取消，请告诉他们。")
    kept = check_reason(reason) if reason else ""
    values = {"state": MeetingState.CANCELLED}
    meetings.change(session, old, "cancel", values, by=by, now=now, reason=kept, asks_again=False)
    return meetings.get_meeting(session, meeting_id)


def restore(
    session: Session, *, meeting_id: MeetingId, by: Actor, now: datetime, reason: str = ""
) -> MeetingView:
    """Bring a cancelled meeting back, in the state it was in, with all that hung on it.

    Raises:
        Forbidden, WrongState
        AlreadyCalled: Another one has been called for its time.
    """
    old = meetings.get_for(session, meeting_id, by)
    if old.state is not MeetingState.CANCELLED:
        raise WrongState(f"{old.title}没有取消，不用恢复。")
    state = _state_before(session, meeting_id)
    if state is MeetingState.CONFIRMED and not minutes_entries.may_confirm(session, old, by, now):
        raise Forbidden(f"{old.title}的纪要确认过，要由书记或副书记来恢复，请告诉他们。")
    check_state(old.title, old.state, state)
    meetings.change(
        session, old, "restore", {"state": state}, by=by, now=now, reason=reason, asks_again=False
    )
    return meetings.get_meeting(session, meeting_id)


def list_cancelled(session: Session, *, by: Actor, now: datetime) -> list[MeetingView]:
    """Return the cancelled meetings of an actor's unit that may be brought back, the latest first.

    Raises:
        Forbidden
    """
    unit_id = people.scope_of(by, Action.CALL_MEETING)
    ids = session.scalars(
        select(Meeting.id).where(
            (Meeting.branch_id == unit_id) | (Meeting.unit_id == unit_id),
            Meeting.state == MeetingState.CANCELLED,
            Meeting.starts_at > now - _BACK,
        )
    )
    found = meetings.list_by_ids(session, {MeetingId(one) for one in ids})
    return found[::-1]


def remember(
    session: Session,
    cancelled: Mapping[MeetingId, str],
    by: Actor,
    now: datetime,
    *,
    batch: str = "",
) -> None:
    """Let 撤销 bring cancelled meetings back.

    Args:
        cancelled: Their titles by id.
        batch: Joins what one order cancelled.
    """
    assert by.member_id is not None
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meetings": sorted(cancelled)},
        title=f"取消{'、'.join(dict.fromkeys(cancelled.values()))}",
        at=now,
        batch=batch,
    )


def undo_cancel(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Bring back what was cancelled (the inverse).

    Raises:
        Forbidden, WrongState, AlreadyCalled
    """
    for meeting_id in inverse["meetings"]:
        restore(session, meeting_id=MeetingId(meeting_id), by=by, now=now, reason="撤销")


def _state_before(session: Session, meeting_id: MeetingId) -> MeetingState:
    """Return in which state a meeting was when it was cancelled."""
    before = session.scalar(
        select(MeetingChange.before)
        .where(MeetingChange.meeting_id == meeting_id, MeetingChange.action == "cancel")
        .order_by(MeetingChange.id.desc())
        .limit(1)
    )
    if before is None:
        raise NotFound("没有找到这个会。")
    return MeetingState(before["state"])
