"""Of whom nothing is asked on the day of a meeting: what `roll.excused` tells, by set.

However many meetings are asked for, it is one query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.roll import Change, standing
from bot.domain.upper_meetings import CIRCLES
from bot.services import circles
from bot.services.meetings import MeetingView
from bot.services.roll import STANDS
from bot.storage.models import Membership, RollChange


def excused_at(
    session: Session, meetings: Sequence[MeetingView]
) -> Mapping[MeetingId, frozenset[MemberId]]:
    """Return the members whose absence does not count in the rate, of each meeting on its day.

    Source:
        attendance.rate
    """
    branches = _rolls(session, meetings)
    ever = select(Membership.member_id).where(Membership.unit_id.in_(branches))
    rows = session.execute(
        select(RollChange.member_id, RollChange.kind, RollChange.on_day, RollChange.code)
        .where(RollChange.member_id.in_(ever), STANDS)
        .order_by(RollChange.on_day, RollChange.id)
    )
    changes: dict[MemberId, list[Change]] = defaultdict(list)
    for member, kind, on_day, code in rows:
        changes[MemberId(member)].append(Change(kind, on_day, code))
    return {
        meeting.id: frozenset(
            member
            for member, own in changes.items()
            # Full or probationary has no bearing on this; who was on the roll is another matter.
            if not replace(standing(MemberKind.FULL, own, meeting.day), gone=None).is_expected
        )
        for meeting in meetings
    }


def _rolls(session: Session, meetings: Sequence[MeetingView]) -> set[UnitId]:
    """Return the branches on whose rolls those expected may be: of a unit above, all under it."""
    may_be = {meeting.unit_id for meeting in meetings if meeting.kind in CIRCLES}
    above = circles.above_of(session, may_be)
    below = circles.below_of(session, sorted(above))
    under = {unit for one in below.values() for unit in one.branches}
    return {meeting.branch_id for meeting in meetings} | under
