"""What a calendar holds that people subscribe to: asked of the records at every request.

Dates, titles and places, by the privacy table: nothing of dues, nothing of who came or is on leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.cadence import MeetingKind
from bot.domain.calendar_feed import KEEPS_CANCELLED, LOOKS_AHEAD, LOOKS_BACK, Entry, Feed, uid_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.meetings import MeetingState
from bot.domain.study import SignupAction
from bot.domain.upper_meetings import ONLY_ABOVE, units_above
from bot.services import meetings, people, roll, survey
from bot.services.meetings import LIVE, MeetingView
from bot.services.study_seats import list_steps
from bot.storage.models import Unit

OWN_TITLE = "我的支部日程"
UNIT_TITLE = "{unit}日程"
OF_UNIT = "{unit}：{title}"


def of_member(session: Session, member_id: MemberId, now: datetime) -> Feed | None:
    """Return what a member is expected at, and the classes he is signed up for.

    None of who is on no roll, or whose membership is suspended.
    """
    today = day_of(now)
    actor = people.get_actor(session, member_id, today)
    if actor.branch_id is None or not roll.active(session, [member_id], today):
        return None
    near = _called(session, [actor.branch_id, *units_above(actor)], now)
    mine = [meeting for meeting in near if meetings.concerns(meeting, actor)]
    classes = {meeting.id for meeting in mine if meeting.seats is not None}
    steps = list_steps(session, classes, [member_id], (SignupAction.JOIN,))
    shown = [m for m in mine if m.id not in classes or steps[m.id]]
    return Feed(OWN_TITLE, tuple(_entries(session, shown, {})))


def of_unit(session: Session, unit_id: UnitId, now: datetime) -> Feed | None:
    """Return what a unit and those under it hold; None of one that is closed.

    It is made to be handed on in a group, so it says no more than a group may read: no meeting of
    a committee or a leadership team, which is its own affair.
    """
    today = day_of(now)
    unit = session.execute(
        select(Unit.name, Unit.path).where(
            Unit.id == unit_id, or_(Unit.valid_to.is_(None), Unit.valid_to > today)
        )
    ).one_or_none()
    if unit is None:
        return None
    under = session.scalars(select(Unit.id).where(Unit.path.startswith(unit.path)))
    near = _called(session, [UnitId(each) for each in under], now)
    shown = [meeting for meeting in near if meeting.kind not in _OF_FEW]
    others = {meeting.unit_id for meeting in shown} - {unit_id}
    names = {each: name for each, (name, _) in survey.names_and_paths(session, others).items()}
    return Feed(UNIT_TITLE.format(unit=unit.name), tuple(_entries(session, shown, names)))


_OF_FEW = ONLY_ABOVE | {MeetingKind.COMMITTEE}


def _called(session: Session, units: Sequence[UnitId], now: datetime) -> list[MeetingView]:
    """Return what some units hold around now; what is cancelled stays a while."""
    states = (*LIVE, MeetingState.CANCELLED)
    near = meetings.list_of_units(session, units, now - LOOKS_BACK, now + LOOKS_AHEAD, states)
    kept_since = now - KEEPS_CANCELLED
    return [
        meeting
        for meeting in near
        if meeting.state is not MeetingState.CANCELLED or meeting.starts_at >= kept_since
    ]


def _entries(
    session: Session, shown: Sequence[MeetingView], names: Mapping[UnitId, str]
) -> list[Entry]:
    """Return meetings as entries.

    Args:
        names: Units whose name stands before the title.
    """
    stamps = meetings.stamps(session, [meeting.id for meeting in shown])
    return [
        Entry(
            uid=uid_of(meeting.id, stamps[meeting.id][0]),
            title=_title(meeting, names),
            place=meeting.place,
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            revision=stamps[meeting.id][2] + 1,
            changed_at=stamps[meeting.id][1],
            all_day=not meeting.timed,
            cancelled=meeting.state is MeetingState.CANCELLED,
        )
        for meeting in shown
    ]


def _title(meeting: MeetingView, names: Mapping[UnitId, str]) -> str:
    unit = names.get(meeting.unit_id)
    return meeting.title if unit is None else OF_UNIT.format(unit=unit, title=meeting.title)
