"""Who renewed the oath (重温入党誓词): different people, out of all who were asked to."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.domain.attendance import THERE
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, MemberId
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held, roll
from bot.services.metrics.held import Held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope
from bot.storage.models import AttendanceMark


def _takers(session: Session, scope: Scope) -> list[Row]:
    found = held.of_kind(session, scope, MeetingKind.OATH)
    days = {one.id: one for one in found}
    later = aliased(AttendanceMark)
    superseded = (
        select(later.id)
        .where(
            later.meeting_id == AttendanceMark.meeting_id,
            later.member_id == AttendanceMark.member_id,
            later.seq > AttendanceMark.seq,
        )
        .exists()
    )
    rows = session.execute(
        select(AttendanceMark.member_id, AttendanceMark.meeting_id)
        .where(
            AttendanceMark.meeting_id.in_(days),
            AttendanceMark.mark.in_(tuple(THERE)),
            ~superseded,
        )
        .order_by(AttendanceMark.meeting_id)
    )
    first: dict[MemberId, Held] = {}
    for member, meeting in rows:
        first.setdefault(MemberId(member), days[MeetingId(meeting)])
    members = {row.ref: row for row in roll.members_on(session, scope, scope.until)}
    return [
        Row(ref, (*members[ref].cells, f"{one.day:%m-%d}"), 1, one.day)
        for member, one in first.items()
        if (ref := f"member:{member}") in members
    ]


def _asked(session: Session, scope: Scope) -> list[Row]:
    """Return who was asked to, and who came though he was not."""
    asked = roll.asked_to_come(session, scope) | {row.ref for row in _takers(session, scope)}
    return [
        Row(row.ref, (*row.cells, ""), 1, row.on)
        for row in roll.members_on(session, scope, scope.until)
        if row.ref in asked
    ]


_COLUMNS = (*roll.COLUMNS, "哪天")
METRICS = (
    Metric(
        "oath_takers",
        "重温入党誓词",
        Measure.PERSONS,
        "统计日在册、当年重温过入党誓词的不同的人，一个人参加两次也只算一名。",
        _COLUMNS,
        _takers,
    ),
    Metric(
        "oath_asked",
        "应参加重温入党誓词的党员",
        Measure.PERSONS,
        "统计日在册的党员，不算经同意不作硬性要求、也没有来的。一个不少才写“全体党员”。",
        _COLUMNS,
        _asked,
    ),
)
