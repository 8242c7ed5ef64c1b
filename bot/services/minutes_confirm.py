"""Confirming the record of a meeting: it stands, and who was there is frozen with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, or_, update
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MeetingId
from bot.domain.meetings import MeetingState
from bot.domain.minutes import Act, MinutesState
from bot.domain.rights import Actor
from bot.services import (
    attendance,
    audit,
    meetings,
    minutes_entries,
    minutes_sheet,
    outbox,
    quorum,
    roll_expected,
)
from bot.services.meetings import MeetingView
from bot.services.minutes import Record, look
from bot.storage.models import FrozenAttendance, Meeting, MeetingChange


class Incomplete(DomainError):
    """The record lacks something it cannot be confirmed without."""

    def __init__(self, title: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"{title}的纪要还不能确认，还缺：{'、'.join(missing)}。补上再回复 确认纪要 {title}"
        )
        self.missing = tuple(missing)


class NothingToConfirm(DomainError):
    """There is no record, or it is confirmed already."""


def confirm(session: Session, *, meeting_id: MeetingId, by: Actor, now: datetime) -> Record:
    """Confirm a record: the meeting counts as held, attendance and roll are frozen as they stand.

    Raises:
        Forbidden
        NothingToConfirm: The meeting has not begun, or the record is confirmed.
        Incomplete: With what it lacks.

    Source:
        minutes.record
    """
    record = check_confirmable(session, meeting_id=meeting_id, by=by, now=now)
    meeting = record.meeting
    (seq,) = minutes_entries.append(session, meeting.id, [{"act": Act.CONFIRM}], by=by, now=now)
    stand(session, meeting, seq, by=by, now=now)
    outbox.void(session, subject=meeting.subject, now=now, detail="会议记录已确认")
    audit.record(session, by=by, at=now, action="minutes.confirm", subject=meeting.subject)
    return look(session, meetings.get_meeting(session, meeting.id), now)


def check_confirmable(
    session: Session, *, meeting_id: MeetingId, by: Actor, now: datetime
) -> Record:
    """Return the record that is to be confirmed; nothing is written.

    Raises:
        Forbidden, NothingToConfirm, Incomplete
    """
    meeting = meetings.get_meeting(session, meeting_id)
    if not minutes_entries.may_confirm(session, meeting, by, now):
        raise Forbidden(f"{meeting.title}的纪要要由书记或副书记确认，请告诉他们。")
    if meeting.starts_at > now:
        raise NothingToConfirm(f"{meeting.title}还没有开（{meeting.when}），开过再确认。")
    record = look(session, meeting, now)
    if record.state in (MinutesState.CONFIRMED, MinutesState.LOCKED):
        raise NothingToConfirm(f"{meeting.title}的纪要已经确认过了，不用再确认。")
    if record.missing:
        raise Incomplete(meeting.title, record.missing)
    return record


def stand(session: Session, meeting: MeetingView, seq: int, *, by: Actor, now: datetime) -> None:
    """Let a meeting stand with the confirmation `seq` of its record, and freeze who was there."""
    _freeze(session, meeting, seq)
    _stand(session, meeting, by, now)


def _freeze(session: Session, meeting: MeetingView, seq: int) -> None:
    """Keep how everybody stands now; later marks do not change a confirmed record."""
    expected = roll_expected.expected_members(session, meeting)
    marks = attendance.current_marks(session, [meeting])
    kinds = minutes_sheet.leave_kinds(session, meeting)
    deciding = {person.id for person in quorum.electorate(session, meeting)}
    rows = [
        {
            "meeting_id": meeting.id,
            "seq": seq,
            "member_id": person.id,
            "mark": marks.get((meeting.id, person.id)),
            "reason_kind": kinds.get(person.id, ""),
            "has_vote": person.id in deciding,
        }
        for person in expected
    ]
    if rows:
        session.connection().execute(insert(FrozenAttendance), rows)


def _stand(session: Session, meeting: MeetingView, by: Actor, now: datetime) -> None:
    """Let the meeting count as confirmed; its revision stays, so that its marks stand."""
    if meeting.state is MeetingState.CONFIRMED:
        return
    open_states = (MeetingState.SCHEDULED, MeetingState.HELD)
    changed = session.connection().execute(
        update(Meeting)
        .where(Meeting.id == meeting.id, or_(*(Meeting.state == one for one in open_states)))
        .values(state=MeetingState.CONFIRMED)
    )
    if changed.rowcount != 1:
        raise DomainError(f"{meeting.title}刚刚被别人改过，请看一下再确认。")
    session.connection().execute(
        insert(MeetingChange).values(
            meeting_id=meeting.id,
            action="confirm",
            before={"state": meeting.state.value},
            after={"state": MeetingState.CONFIRMED.value},
            reason="",
            by_id=by.member_id,
            at=now,
        )
    )
