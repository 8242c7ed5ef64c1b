"""Of whom nothing is asked on the day of a meeting: what `roll.excused` tells, by set.

However many meetings are asked for, it is one query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MeetingId, MemberId
from bot.domain.members import MemberKind
from bot.domain.roll import Change, Standing, standing
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
    return _standing_so(session, meetings, lambda stands: not stands.is_expected)


def suspended_at(
    session: Session, meetings: Sequence[MeetingView]
) -> Mapping[MeetingId, frozenset[MemberId]]:
    """Return whose membership was suspended (停止党籍), of each meeting on its day.

    Source:
        roll.lost
    """
    return _standing_so(session, meetings, lambda stands: stands.suspended)


def _standing_so(
    session: Session, meetings: Sequence[MeetingView], tells: Callable[[Standing], bool]
) -> Mapping[MeetingId, frozenset[MemberId]]:
    branches = {meeting.branch_id for meeting in meetings}
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
            # What somebody is, full or probationary, has no bearing on this.
            if tells(standing(MemberKind.FULL, own, meeting.day))
        )
        for meeting in meetings
    }
