"""The entries of meetings' records: read, appended, and whether more may be written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.minutes import (
    Act,
    Entry,
    Line,
    Minutes,
    MinutesLocked,
    MinutesState,
    fold,
)
from bot.domain.rights import Action, Actor
from bot.services import meetings, policies, survey
from bot.services.meetings import MeetingView
from bot.storage.models import Member, MinutesEntry
from bot.storage.prepared import savepoint

LOCKED = "{title}的会议记录已经锁定，不能改写，只能附上更正，写上原因。例如：更正纪要 {title} 主持 李建国 原因 记错了"


def load(session: Session, meeting_id: MeetingId) -> Minutes:
    """Return the record of a meeting as it stands."""
    return load_many(session, [meeting_id])[meeting_id]


def load_many(session: Session, ids: Collection[MeetingId]) -> dict[MeetingId, Minutes]:
    """Return the records of some meetings, one query for all."""
    return {meeting: fold(entries) for meeting, entries in list_entries(session, ids).items()}


def list_entries(session: Session, ids: Collection[MeetingId]) -> dict[MeetingId, list[Entry]]:
    """Return every entry ever made of the records of some meetings, in order."""
    rows = session.execute(
        select(
            MinutesEntry.meeting_id,
            MinutesEntry.seq,
            MinutesEntry.act,
            MinutesEntry.at,
            MinutesEntry.part,
            MinutesEntry.text,
            MinutesEntry.member_id,
            MinutesEntry.due_on,
            MinutesEntry.refers_to,
            MinutesEntry.old,
            MinutesEntry.reason,
            Member.name,
        )
        .outerjoin(Member, Member.id == MinutesEntry.by_id)
        .where(MinutesEntry.meeting_id.in_(ids))
        .order_by(MinutesEntry.meeting_id, MinutesEntry.seq)
    )
    of: dict[MeetingId, list[Entry]] = {meeting_id: [] for meeting_id in ids}
    for row in rows:
        of[MeetingId(row.meeting_id)].append(
            Entry(
                row.seq,
                row.act,
                row.at,
                row.part,
                row.text,
                None if row.member_id is None else MemberId(row.member_id),
                row.due_on,
                row.refers_to,
                row.old,
                row.reason,
                row.name or "",
            )
        )
    return of


def lock_days(session: Session, meeting: MeetingView, on: date) -> int:
    """Return how many days after its confirmation a meeting's record is locked."""
    paths = {meeting.branch_id: meetings.path_of(session, meeting.branch_id)}
    found = policies.load(session, paths, on, (policies.MINUTES,))
    return policies.lock_days(found.get(meeting.branch_id, {}), on)


def state_of(
    session: Session, meeting: MeetingView, minutes: Minutes, now: datetime
) -> MinutesState:
    """Return where a meeting's record stands, by the policy of the day it was confirmed."""
    if minutes.confirmed is None:
        return minutes.state(now, 0)
    on = day_of(minutes.confirmed.at)
    return minutes.state(now, lock_days(session, meeting, on))


def check_open(session: Session, meeting: MeetingView, *, now: datetime, reason: str) -> None:
    """Refuse to change what is locked without saying why.

    Raises:
        MinutesLocked

    Source:
        minutes.lock
    """
    state = state_of(session, meeting, load(session, meeting.id), now)
    if state is MinutesState.LOCKED and not reason:
        raise MinutesLocked(LOCKED.format(title=meeting.title))


def may_confirm(session: Session, meeting: MeetingView, by: Actor, now: datetime) -> bool:
    """Tell whether an actor confirms this record: the secretary, or who answers where none is."""
    path = meetings.path_of(session, meeting.unit_id)
    if rights.may(by, Action.CONFIRM_MINUTES, path):
        return True
    paths = {meeting.unit_id: path}
    return survey.answerable(session, paths, day_of(now)).get(meeting.unit_id) == by.member_id


def write(
    session: Session, meeting_id: MeetingId, lines: Sequence[Line], *, by: Actor, now: datetime
) -> list[int]:
    """Append lines; return their numbers. The caller has checked rights, words and state."""
    rows = [
        {
            "act": Act.WRITE,
            "part": line.part,
            "text": line.text,
            "member_id": line.member_id,
            "due_on": line.due_on,
        }
        for line in lines
    ]
    return append(session, meeting_id, rows, by=by, now=now)


def append(
    session: Session,
    meeting_id: MeetingId,
    rows: Sequence[Mapping[str, Any]],
    *,
    by: Actor,
    now: datetime,
) -> list[int]:
    """Append entries in order; two writers at once meet on the unique key.

    Raises:
        DomainError: Somebody else wrote at this very moment.
    """
    query = select(func.max(MinutesEntry.seq)).where(MinutesEntry.meeting_id == meeting_id)
    first = (session.scalar(query) or 0) + 1
    same = {"meeting_id": meeting_id, "by_id": by.member_id, "at": now}
    values = [{**_NOTHING, **same, **row, "seq": seq} for seq, row in enumerate(rows, start=first)]
    try:
        with savepoint(session):
            session.connection().execute(insert(MinutesEntry), values)
    except IntegrityError as taken:
        raise DomainError("刚刚有别人在写这份会议记录，请看一下再写。") from taken
    return [int(row["seq"]) for row in values]


def latest_written(session: Session, by: Actor, since: datetime) -> MeetingId | None:
    """Return the meeting whose record the actor wrote in last, since a moment."""
    found = session.scalar(
        select(MinutesEntry.meeting_id)
        .where(MinutesEntry.by_id == by.member_id, MinutesEntry.at > since)
        .order_by(MinutesEntry.at.desc(), MinutesEntry.id.desc())
        .limit(1)
    )
    return None if found is None else MeetingId(found)


RECENTLY = timedelta(hours=24)
_NOTHING: Mapping[str, Any] = {
    "part": None,
    "text": "",
    "member_id": None,
    "due_on": None,
    "refers_to": None,
    "old": "",
    "reason": "",
}
