"""Marks of attendance put down for others, many at once: how they stand, append, set back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_many_once
from bot.storage.models import AttendanceMark

Before = Sequence[tuple[int, int]]
"""(member, number of the mark that stood, 0 where none did): what sets marks back."""


@dataclass(frozen=True, slots=True)
class Put:
    """A mark to put down; `reason` goes with leave and is never kept with illness."""

    mark: Mark
    reason_kind: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The last number of a member at a meeting, and the mark in force, if one is."""

    seq: int = 0
    mark: Mark | None = None


_NOTHING = Standing()


def standing(
    session: Session, meeting: MeetingView, members: Collection[MemberId]
) -> dict[MemberId, Standing]:
    """Return how some members stand at a meeting; members without any mark are left out."""
    last = (
        select(AttendanceMark.member_id, func.max(AttendanceMark.seq).label("seq"))
        .where(
            AttendanceMark.meeting_id == meeting.id,
            AttendanceMark.member_id.in_(members),
        )
        .group_by(AttendanceMark.member_id)
        .subquery()
    )
    rows = session.execute(
        select(
            AttendanceMark.member_id,
            AttendanceMark.seq,
            AttendanceMark.mark,
            AttendanceMark.revision,
        )
        .join(
            last,
            and_(AttendanceMark.member_id == last.c.member_id, AttendanceMark.seq == last.c.seq),
        )
        .where(AttendanceMark.meeting_id == meeting.id)
    )
    return {
        MemberId(member): Standing(
            seq, None if mark is Mark.WITHDRAWN or revision != meeting.revision else mark
        )
        for member, seq, mark, revision in rows
    }


def put(
    session: Session,
    meeting: MeetingView,
    wanted: Mapping[MemberId, Put],
    *,
    by: Actor,
    said_at: datetime,
    now: datetime,
    source: str,
    unless: Collection[Mark] = (),
) -> Before:
    """Append a mark for each member who does not stand so already.

    A mark somebody else appends at the same moment takes the number; then ours follows it.

    Args:
        source: `self`, `organiser`.
        unless: Who stands so keeps it.

    Returns:
        What stood before, of those for whom a mark was appended.
    """
    before: dict[MemberId, int] = {}
    for _ in range(2):
        stands = standing(session, meeting, wanted)
        rest = {
            member: mark
            for member, mark in wanted.items()
            if stands.get(member, _NOTHING).mark not in (mark.mark, *unless)
        }
        if not rest:
            break
        for member in rest:
            known = stands.get(member, _NOTHING)
            before.setdefault(member, known.seq if known.mark else 0)
        rows = (
            _row(
                meeting,
                member,
                stands.get(member, _NOTHING).seq + 1,
                mark,
                by,
                said_at,
                now,
                source,
            )
            for member, mark in rest.items()
        )
        insert_many_once(session, AttendanceMark, list(rows))
    return list(before.items())


def set_back(
    session: Session, meeting: MeetingView, before: Before, *, by: Actor, now: datetime
) -> None:
    """Let what stood before stand again, by counter-marks."""
    stands = standing(session, meeting, [MemberId(member) for member, _ in before])
    stood = {
        (row.member_id, row.seq): row
        for row in session.scalars(
            select(AttendanceMark).where(
                AttendanceMark.meeting_id == meeting.id,
                AttendanceMark.member_id.in_([member for member, _ in before]),
                AttendanceMark.revision == meeting.revision,
            )
        )
    }
    insert_many_once(
        session, AttendanceMark, list(_counter_rows(meeting, before, stands, stood, by, now))
    )


def _counter_rows(
    meeting: MeetingView,
    before: Before,
    stands: Mapping[MemberId, Standing],
    stood: Mapping[tuple[int, int], AttendanceMark],
    by: Actor,
    now: datetime,
) -> Iterable[dict[str, object]]:
    for member, seq in before:
        old = stood.get((member, seq))
        mark = Put(Mark.WITHDRAWN) if old is None else Put(old.mark, old.reason_kind, old.reason)
        said_at, source = (now, "self") if old is None else (old.said_at, old.source)
        number = stands.get(MemberId(member), _NOTHING).seq + 1
        yield _row(meeting, MemberId(member), number, mark, by, said_at, now, source)


def _row(
    meeting: MeetingView,
    member: MemberId,
    seq: int,
    put: Put,
    by: Actor,
    said_at: datetime,
    now: datetime,
    source: str,
) -> dict[str, object]:
    return {
        "meeting_id": meeting.id,
        "member_id": member,
        "seq": seq,
        "revision": meeting.revision,
        "mark": put.mark,
        "said_at": said_at,
        "recorded_at": now,
        "source": source,
        "reporter_id": by.member_id,
        "reason_kind": put.reason_kind,
        "reason": put.reason,
    }
