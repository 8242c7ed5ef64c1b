"""What a dissolved organisation leaves behind: posts end; groups and called meetings follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session, aliased

from bot.clock import at
from bot.domain.ids import UnitId
from bot.domain.meetings import MeetingState
from bot.domain.rights import Actor
from bot.domain.units import UnitKind
from bot.services import outbox, roll_places
from bot.services.roll_groups import Unitlike
from bot.services.roll_places import EndedPost
from bot.storage.models import ChatGroup, Meeting, MeetingChange, Post, Unit

_GONE = "组织已撤销"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What an organisation left behind as it was, for it to be put back.

    Attributes:
        posts: Those that ended, with the last day they had before.
        groups: Chat groups that were unbound: (space, chat, channel, unit).
        meetings: Meetings that were handed over or cancelled: (id, unit, branch, revision).
    """

    posts: list[EndedPost]
    groups: list[tuple[str, str, str, int]]
    meetings: list[tuple[int, int, int, int]]


def hand_over(
    session: Session,
    unit: Unitlike,
    into: Unitlike | None,
    *,
    on: date,
    by: Actor,
    now: datetime,
) -> HandedOver:
    """End the posts of a unit on a day; hand its groups and coming meetings to the one after it.

    Without an heir its meetings are cancelled and its groups belong to no unit any more.
    """
    parts = [
        UnitId(part)
        for part in session.scalars(select(Unit.id).where(Unit.path.startswith(unit.path)))
    ]
    ended = roll_places.end_posts_where(session, [Post.unit_id.in_(parts)], on)
    outbox.void_subjects(session, [f"unit:{part}" for part in parts], now=now, detail=_GONE)
    heir = _heir_of_meetings(session, unit, into)
    groups = _hand_over_groups(session, parts, heir, by=by, now=now)
    meetings = _hand_over_meetings(session, unit, parts, heir, on=on, by=by, now=now)
    return HandedOver(ended, groups, meetings)


def _heir_of_meetings(session: Session, unit: Unitlike, into: Unitlike | None) -> UnitId | None:
    """Return the branch that takes over; of a cell the branch keeps the group."""
    if into is not None:
        return into.id
    if unit.kind is not UnitKind.CELL:
        return None
    parent = session.scalar(select(Unit.parent_id).where(Unit.id == unit.id))
    return None if parent is None else UnitId(parent)


def _hand_over_groups(
    session: Session, parts: list[UnitId], heir: UnitId | None, *, by: Actor, now: datetime
) -> list[tuple[str, str, str, int]]:
    groups = session.execute(
        select(ChatGroup.space, ChatGroup.chat_id, ChatGroup.channel, ChatGroup.unit_id).where(
            ChatGroup.unit_id.in_(parts), ChatGroup.unbound_at.is_(None)
        )
    ).all()
    connection = session.connection()
    connection.execute(
        update(ChatGroup)
        .where(ChatGroup.unit_id.in_(parts), ChatGroup.unbound_at.is_(None))
        .values(unbound_at=now)
    )
    if heir is not None and groups:
        rows = [
            {
                "space": group.space,
                "chat_id": group.chat_id,
                "channel": group.channel,
                "unit_id": heir,
                "bound_by": by.member_id,
                "bound_at": now,
            }
            for group in groups
        ]
        connection.execute(insert(ChatGroup), rows)
    return [(row.space, row.chat_id, row.channel, row.unit_id) for row in groups]


def _hand_over_meetings(
    session: Session,
    unit: Unitlike,
    parts: list[UnitId],
    heir: UnitId | None,
    *,
    on: date,
    by: Actor,
    now: datetime,
) -> list[tuple[int, int, int, int]]:
    """Give called meetings of a branch to its heir; those of cells, and doubles, are cancelled."""
    other = aliased(Meeting)
    double = (
        select(other.id)
        .where(
            other.unit_id == heir,
            other.kind == Meeting.kind,
            other.starts_at == Meeting.starts_at,
            other.state != MeetingState.CANCELLED,
        )
        .exists()
    )
    coming = [
        Meeting.state == MeetingState.SCHEDULED,
        Meeting.starts_at >= max(at(on), now),
    ]
    goes_on = [Meeting.unit_id == unit.id, ~double]
    changed = []
    if heir is not None and unit.kind is UnitKind.BRANCH:
        values = {"unit_id": heir, "branch_id": heir}
        changed += _change(session, [*coming, *goes_on], "hand_over", values, by=by, now=now)
    changed += _change(
        session,
        [*coming, Meeting.unit_id.in_(parts)],
        "cancel",
        {"state": MeetingState.CANCELLED},
        by=by,
        now=now,
    )
    return changed


def _change(
    session: Session,
    where: list[ColumnElement[bool]],
    action: str,
    values: Mapping[str, object],
    *,
    by: Actor,
    now: datetime,
) -> list[tuple[int, int, int, int]]:
    old = session.execute(
        select(
            Meeting.id, Meeting.unit_id, Meeting.branch_id, Meeting.revision, Meeting.state
        ).where(*where)
    ).all()
    if not old:
        return []
    ids = [meeting.id for meeting in old]
    connection = session.connection()
    connection.execute(
        update(Meeting).where(Meeting.id.in_(ids)).values(revision=Meeting.revision + 1, **values)
    )
    plain = {k: v.value if isinstance(v, MeetingState) else v for k, v in values.items()}
    connection.execute(
        insert(MeetingChange),
        [
            {
                "meeting_id": meeting.id,
                "action": action,
                "before": {"unit_id": meeting.unit_id, "state": meeting.state.value},
                "after": plain,
                "reason": _GONE,
                "by_id": by.member_id,
                "at": now,
            }
            for meeting in old
        ],
    )
    outbox.void_subjects(session, [f"meeting:{number}" for number in ids], now=now, detail=_GONE)
    return [(row.id, row.unit_id, row.branch_id, row.revision) for row in old]
