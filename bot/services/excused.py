"""Of whom nothing is asked on the day of a meeting: what `roll.excused` tells, by set.

However many meetings are asked for, it is one query.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from bot.domain.ids import MeetingId, MemberId
from bot.domain.members import MemberKind
from bot.domain.roll import Change, standing
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import ABOVE
from bot.services.meetings import MeetingView
from bot.services.roll import STANDS
from bot.storage.models import Membership, RollChange, Unit


def excused_at(
    session: Session, meetings: Sequence[MeetingView]
) -> Mapping[MeetingId, frozenset[MemberId]]:
    """Return the members whose absence does not count in the rate, of each meeting on its day.

    Source:
        attendance.rate
    """
    branches = {meeting.branch_id for meeting in meetings}
    ever = select(Membership.member_id).where(
        or_(Membership.unit_id.in_(branches), Membership.unit_id.in_(_under(meetings)))
    )
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


def _under(meetings: Sequence[MeetingView]) -> Select[int]:
    """Return the branches under those of the units that are streets or communities."""
    above = aliased(Unit)
    return (
        select(Unit.id)
        .join(above, Unit.path.startswith(above.path))
        .where(
            above.id.in_({meeting.unit_id for meeting in meetings}),
            above.kind.in_(ABOVE),
            Unit.kind == UnitKind.BRANCH,
        )
    )
