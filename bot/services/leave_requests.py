"""Leave granted and refused by the organiser, where a branch has settled that it needs it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.attendance import Mark, leave_words
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Action, Actor
from bot.services import attendance_requests as requests_of
from bot.services import audit, meetings, people, policies, roll_books
from bot.services.attendance_marks import Entry, Marked
from bot.services.attendance_requests import NothingToDecide, Request
from bot.storage.models import AttendanceMark

_ASKED = frozenset({Mark.LEAVE_REQUESTED})


class SameAlready(DomainError):
    """The branch has settled it so already."""


@dataclass(frozen=True, slots=True)
class LeaveRequest:
    """A leave that waits.

    Attributes:
        why: The words kept, 病假 alone for illness; for those who keep the roll.
        needed: Whether it counts only once it is granted.
    """

    request: Request
    why: str
    needed: bool


def list_waiting(
    session: Session, *, by: Actor, now: datetime, members: Collection[MemberId] | None = None
) -> list[LeaveRequest]:
    """Return the leaves an actor may decide, the oldest first.

    Args:
        members: Only theirs, also where no grant is needed; None for all that need one.

    Raises:
        Forbidden: The actor records attendance nowhere.
        NothingToDecide
    """
    reach = requests_of.reach_of(session, by, now)
    wanted = set(reach) if members is None else set(members) & set(reach)
    asked = requests_of.read_waiting(session, wanted, now, _ASKED)
    asked = requests_of.decidable(session, asked, by)
    held = requests_of.held_of(session, asked)
    rolls = roll_books.rolls_of(session, list(held.values()))
    reasons = _reasons(session, asked)
    found = [
        LeaveRequest(
            request,
            leave_words(*reasons[request.meeting_id, request.member_id]),
            rolls[request.meeting_id].leave_needs_approval,
        )
        for request in asked
    ]
    if members is None:
        found = [each for each in found if each.needed]
    if not found:
        raise NothingToDecide("没有等着同意的请假。")
    return found


def grant(
    session: Session, requests: Sequence[Request], *, by: Actor, now: datetime
) -> list[Marked]:
    """Grant the leaves of a preview, all or none; why they were asked for stays.

    Raises:
        Forbidden, DecidedMeanwhile
    """
    return _decide(session, requests, Mark.LEAVE, by=by, now=now)


def refuse(
    session: Session, requests: Sequence[Request], *, by: Actor, now: datetime, reason: str = ""
) -> list[Marked]:
    """Refuse leaves; the members are expected again.

    Args:
        reason: Why, kept in the audit trail.

    Raises:
        Forbidden, DecidedMeanwhile
    """
    return _decide(session, requests, Mark.LEAVE_REFUSED, by=by, now=now, reason=reason)


def set_approval(session: Session, *, needed: bool, by: Actor, now: datetime) -> None:
    """Settle for a branch, from today on, whether a leave has to be granted.

    Raises:
        Forbidden: The actor does not keep a branch's roll.
        SameAlready
    """
    unit_id = people.scope_of(by, Action.MANAGE_ROLL, "设置请假")
    today = day_of(now)
    path = meetings.path_of(session, unit_id)
    before = policies.leave_needs_approval(
        policies.load_history(session, [path], policies.LEAVE).on(path, today)
    )
    if before is needed:
        raise SameAlready("本来就是这样，没有改动。")
    policies.set_policy(
        session,
        unit_id=unit_id,
        key=policies.LEAVE,
        value={"approval": needed},
        effective_from=today,
        decided_by=by.name,
        now=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="policy.leave",
        subject=f"unit:{unit_id}",
        before={"approval": before},
        after={"approval": needed},
    )


def _decide(
    session: Session,
    requests: Sequence[Request],
    mark: Mark,
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
) -> list[Marked]:
    held = requests_of.held_of(session, requests)
    requests_of.check_still_waiting(session, requests, held, by, now)
    reasons = _reasons(session, requests)
    marked = []
    for request in requests:
        kind, words = reasons[request.meeting_id, request.member_id]
        entry = Entry(mark, now)
        if mark is Mark.LEAVE:
            entry = Entry(mark, request.said_at, kind, words)
        meeting = held[request.meeting_id]
        marked.append(requests_of.decide(session, request, meeting, entry, by, now))
    requests_of.remember_decision(session, marked, "请假", by, now)
    what = "grant" if mark is Mark.LEAVE else "refuse"
    requests_of.audit_decision(session, requests, f"attendance.leave_{what}", by, now, reason)
    return marked


def _reasons(
    session: Session, requests: Sequence[Request]
) -> Mapping[tuple[MeetingId, MemberId], tuple[str, str]]:
    """Return kind and words of the leaves that wait, one query for all."""
    if not requests:
        return {}
    rows = session.execute(
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            AttendanceMark.seq,
            AttendanceMark.reason_kind,
            AttendanceMark.reason,
        ).where(
            AttendanceMark.meeting_id.in_({request.meeting_id for request in requests}),
            AttendanceMark.member_id.in_({request.member_id for request in requests}),
            AttendanceMark.mark.in_(_ASKED),
        )
    )
    said = {(row.meeting_id, row.member_id, row.seq): (row.reason_kind, row.reason) for row in rows}
    return {
        (r.meeting_id, r.member_id): said.get((r.meeting_id, r.member_id, r.seq), ("", ""))
        for r in requests
    }
