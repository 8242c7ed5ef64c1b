"""What waits for the organiser: 补签 and 代签, granted after a preview, or refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.attendance import WAITING, Mark, judge, recorded_as, refused_as
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.rights import Action, Actor
from bot.services import attendance_marks, audit, meetings, naming, undo
from bot.services.attendance import STEM
from bot.services.attendance_marks import PROXY, SELF, Author, Entry, Marked, Standing
from bot.services.attendance_others import LockedRecord
from bot.services.meetings import LIVE, MeetingView
from bot.services.naming import Named
from bot.storage.models import AttendanceMark, Meeting, Member, Unit

_REMEMBERED = timedelta(days=92)


class NothingToDecide(DomainError):
    """No request waits."""


class DecidedMeanwhile(DomainError):
    """Between preview and answer the request was decided or taken back."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}的签到刚刚有变动，这次一个也没有登记。请重新发一次 确认签到 全部")


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody who says to have been there, or of whom it is said, and it has to be decided.

    Attributes:
        seq: Number of the mark; the request is decided only while it stands.
        reporter: Who said it of him, "" for himself.
    """

    meeting_id: MeetingId
    title: str
    member_id: MemberId
    name: str
    mark: Mark
    seq: int
    said_at: datetime
    reporter_id: MemberId | None
    reporter: str


def list_waiting(
    session: Session, *, by: Actor, now: datetime, members: Collection[MemberId] | None = None
) -> list[Request]:
    """Return the requests an actor may decide, the oldest first.

    Args:
        members: Only theirs; None for everybody's.

    Raises:
        Forbidden: The actor records attendance nowhere.
        NothingToDecide
    """
    reach = reach_of(session, by, now)
    wanted = set(reach) if members is None else set(members) & set(reach)
    found = decidable(session, read_waiting(session, wanted, now), by)
    if not found:
        raise NothingToDecide("没有等着同意的补签、代签。")
    return found


def decidable(session: Session, requests: Sequence[Request], by: Actor) -> list[Request]:
    """Return those of some requests an actor may decide: by the unit that holds the meeting."""
    rows = session.execute(
        select(Meeting.id, Unit.path)
        .join(Unit, Unit.id == Meeting.unit_id)
        .where(Meeting.id.in_({request.meeting_id for request in requests}))
    )
    paths = {MeetingId(meeting_id): path for meeting_id, path in rows}
    right = Action.RECORD_ATTENDANCE
    return [one for one in requests if rights.may(by, right, paths.get(one.meeting_id, ""))]


def grant(
    session: Session, requests: Sequence[Request], *, by: Actor, now: datetime
) -> list[Marked]:
    """Record everybody of a preview as present, or nobody.

    Raises:
        Forbidden: The actor may not record attendance of one of them (any more).
        DecidedMeanwhile, LockedRecord
    """
    held = held_of(session, requests)
    found = check_still_waiting(session, requests, held, by, now)
    marked = []
    for request in requests:
        meeting, standing = held[request.meeting_id], found[request.meeting_id, request.member_id]
        if meeting.state is MeetingState.CONFIRMED:
            raise LockedRecord(meeting.title)
        mark = recorded_as(standing.mark, judge(request.said_at, meeting.window))
        assert mark is not None
        marked.append(decide(session, request, meeting, Entry(mark, request.said_at), by, now))
    remember_decision(session, marked, "签到", by, now)
    audit_decision(session, requests, "attendance.grant", by, now)
    return marked


def refuse(
    session: Session, requests: Sequence[Request], *, by: Actor, now: datetime, reason: str = ""
) -> list[Marked]:
    """Refuse requests; a leave asked for before stands again.

    Raises:
        Forbidden, DecidedMeanwhile
    """
    held = held_of(session, requests)
    check_still_waiting(session, requests, held, by, now)
    before = _before(session, requests)
    marked = []
    for request in requests:
        meeting = held[request.meeting_id]
        stood = before.get((request.meeting_id, request.member_id))
        entry = Entry(refused_as(request.mark, stood.mark if stood else None), now)
        if stood is not None and entry.mark is stood.mark:
            entry = stood
        marked.append(decide(session, request, meeting, entry, by, now))
    remember_decision(session, marked, "签到", by, now)
    audit_decision(session, requests, "attendance.refuse", by, now, reason)
    return marked


def reach_of(session: Session, by: Actor, now: datetime) -> Mapping[MemberId, Named]:
    """Return the people whose attendance an actor records.

    Raises:
        Forbidden: There are none.
    """
    return naming.load_reach(
        session, by=by, on=day_of(now), action=Action.RECORD_ATTENDANCE, own_branch=False
    ).people


def read_waiting(
    session: Session,
    members: Collection[MemberId],
    now: datetime,
    marks: Collection[Mark] = WAITING,
) -> list[Request]:
    """Return the requests of some members, the oldest first; one query.

    Args:
        marks: Which kinds of request.
    """
    reporter = aliased(Member)
    rows = session.execute(
        select(
            AttendanceMark.meeting_id,
            Meeting.title,
            AttendanceMark.member_id,
            Member.name,
            AttendanceMark.mark,
            AttendanceMark.seq,
            AttendanceMark.said_at,
            AttendanceMark.reporter_id,
            reporter.name,
        )
        .join(Meeting, Meeting.id == AttendanceMark.meeting_id)
        .join(Member, Member.id == AttendanceMark.member_id)
        .outerjoin(reporter, reporter.id == AttendanceMark.reporter_id)
        .where(
            attendance_marks.is_in_force(),
            AttendanceMark.mark.in_(marks),
            AttendanceMark.revision == Meeting.revision,
            AttendanceMark.member_id.in_(members),
            Meeting.state.in_(LIVE),
            Meeting.starts_at > now - _REMEMBERED,
        )
        .order_by(Meeting.starts_at, AttendanceMark.said_at, AttendanceMark.id)
    )
    return [
        Request(
            meeting_id=MeetingId(row[0]),
            title=row[1],
            member_id=MemberId(row[2]),
            name=row[3],
            mark=row[4],
            seq=row[5],
            said_at=row[6],
            reporter_id=None if row[7] in (None, row[2]) else MemberId(row[7]),
            reporter="" if row[7] in (None, row[2]) else row[8],
        )
        for row in rows
    ]


def held_of(session: Session, requests: Sequence[Request]) -> dict[MeetingId, MeetingView]:
    """Return the meetings that requests are about."""
    found = meetings.list_by_ids(session, {request.meeting_id for request in requests})
    return {meeting.id: meeting for meeting in found}


def check_still_waiting(
    session: Session,
    requests: Sequence[Request],
    held: Mapping[MeetingId, MeetingView],
    by: Actor,
    now: datetime,
) -> dict[tuple[MeetingId, MemberId], Standing]:
    """Return how everybody stands, if each request stands and is the actor's to decide.

    Raises:
        Forbidden, DecidedMeanwhile
    """
    reach = reach_of(session, by, now)
    members = {request.member_id for request in requests}
    found = attendance_marks.list_standings(session, list(held.values()), members)
    if len(decidable(session, requests, by)) < len(requests):
        raise rights.refusal(Action.RECORD_ATTENDANCE)
    for request in requests:
        if request.member_id not in reach:
            raise rights.refusal(Action.RECORD_ATTENDANCE)
        standing = found.get((request.meeting_id, request.member_id))
        if standing is None or (standing.seq, standing.mark) != (request.seq, request.mark):
            raise DecidedMeanwhile(request.name)
    return found


def _before(
    session: Session, requests: Sequence[Request]
) -> dict[tuple[MeetingId, MemberId], Entry]:
    """Return the mark that each request was laid over."""
    asked = {(request.meeting_id, request.member_id): request.seq for request in requests}
    last = (
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            func.max(AttendanceMark.seq).label("seq"),
        )
        .where(
            AttendanceMark.meeting_id.in_({meeting_id for meeting_id, _ in asked}),
            AttendanceMark.member_id.in_({member_id for _, member_id in asked}),
            AttendanceMark.mark.not_in(WAITING),
        )
        .group_by(AttendanceMark.meeting_id, AttendanceMark.member_id)
        .subquery()
    )
    rows = session.execute(
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            AttendanceMark.mark,
            AttendanceMark.said_at,
            AttendanceMark.reason_kind,
            AttendanceMark.reason,
        )
        .join(
            last,
            and_(
                AttendanceMark.meeting_id == last.c.meeting_id,
                AttendanceMark.member_id == last.c.member_id,
                AttendanceMark.seq == last.c.seq,
            ),
        )
        .join(Meeting, Meeting.id == AttendanceMark.meeting_id)
        .where(AttendanceMark.revision == Meeting.revision)
    )
    return {
        (MeetingId(row[0]), MemberId(row[1])): Entry(row[2], row[3], row[4], row[5])
        for row in rows
        if (MeetingId(row[0]), MemberId(row[1])) in asked
    }


def decide(
    session: Session,
    request: Request,
    meeting: MeetingView,
    entry: Entry,
    by: Actor,
    now: datetime,
) -> Marked:
    """Append what a request becomes, by whoever made it, with who decided.

    Raises:
        DecidedMeanwhile
    """
    assert by.member_id is not None
    author = Author(
        request.member_id,
        request.name,
        request.reporter_id or request.member_id,
        PROXY if request.reporter_id else SELF,
        decided_by_id=by.member_id,
    )
    standing = Standing(request.seq, request.mark, request.said_at)
    done = attendance_marks.append(session, meeting, author, entry, now=now, standing=standing)
    if not done.new:
        raise DecidedMeanwhile(request.name)
    return done


def remember_decision(
    session: Session, marked: Sequence[Marked], what: str, by: Actor, now: datetime
) -> None:
    """Let 撤销 take the decision back: what was asked for waits again."""
    assert by.member_id is not None
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"marks": [[m.meeting.id, m.member_id, m.before, m.seq] for m in marked]},
        title=f"{marked[0].meeting.title}的{what}审批",
        at=now,
    )


def audit_decision(
    session: Session,
    requests: Sequence[Request],
    action: str,
    by: Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """Note what was decided, a line a meeting."""
    for meeting_id in sorted({request.meeting_id for request in requests}):
        members = [r.member_id for r in requests if r.meeting_id == meeting_id]
        audit.record(
            session,
            by=by,
            at=now,
            action=action,
            subject=f"meeting:{meeting_id}",
            after={"members": members},
            reason=reason,
        )
