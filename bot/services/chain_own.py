"""The writer's own line of a pasted chain: his own word, by the services his word goes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.attendance import Closed, TooEarly, judge
from bot.domain.chains import About, Line, NoteKind
from bot.domain.dues_allocation import NeedsAnswer
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.services import attendance, dues, meetings, notices, study
from bot.services.attendance import Marked
from bot.services.chain_pastes import Kept
from bot.services.chain_targets import meeting_of, months_of, notice_of
from bot.services.dues import Declared


class What(Enum):
    """What the own line amounted to."""

    CHECKED_IN = auto()
    MAKEUP_ASKED = auto()
    PROMISED = auto()
    ON_LEAVE = auto()
    JOINED = auto()
    WAITS = auto()
    LEFT = auto()
    ACKNOWLEDGED = auto()
    DECLARED = auto()
    ASKS = auto()  # the one question on dues is open


@dataclass(frozen=True, slots=True)
class Own:
    """What became of the writer's own line.

    Attributes:
        title: Of the meeting, class or notice.
        is_new: False when it was on record already.
        seats: Of a sign-up. declared: Of dues. question: What is open on dues.
    """

    what: What
    title: str = ""
    is_new: bool = True
    seats: int = 1
    declared: Declared | None = None
    question: NeedsAnswer | None = None


def own_line(kept: Kept, by: Actor) -> Line | None:
    """Return the line that bears the writer's own name, if there is one."""
    return next((line for line in kept.lines if line.member_id == by.member_id), None)


def record_own(
    session: Session,
    kept: Kept,
    line: Line,
    *,
    reason: str,
    by: Actor,
    now: datetime,
    arrived_at: datetime,
    source: str,
) -> Own | None:
    """Take the own line as the writer's own word; None where it says nothing to record.

    Args:
        reason: The words behind the name, for a leave.
        now: When it was sent: decides dates and windows.
        source: Id of the message; groups the months of one declaration.

    Raises:
        DomainError: The ledger refuses it, in the words it refuses a spoken one with.
    """
    if kept.about is About.DUES:
        return _pay(session, kept, line, by=by, now=now, source=source) if line.is_yes else None
    if kept.about is About.RECEIPT:
        return _acknowledge(session, kept, by=by, now=now) if line.is_yes else None
    if kept.about is About.SIGNUP:
        return _join(session, kept, line, by=by, now=now)
    on_leave = kept.about is About.LEAVE and (line.is_yes or line.reason_kind)
    on_leave = on_leave or line.declines  # 来不了 in a chain of a meeting
    if line.kind is NoteKind.LEAVE or on_leave:
        return _ask_leave(session, kept, reason, by=by, now=now, arrived_at=arrived_at)
    if kept.about is About.ATTENDANCE and line.is_yes:
        return _come(session, kept, by=by, now=now, arrived_at=arrived_at)
    return None


def _come(
    session: Session, kept: Kept, *, by: Actor, now: datetime, arrived_at: datetime
) -> Own | None:
    """Check in while that is open; before, it is a promise; after, it waits for approval."""
    meeting = meetings.get_meeting(session, meeting_of(kept.subject))
    judgement = judge(now, meeting.window)
    if isinstance(judgement, Closed):
        return None
    if isinstance(judgement, TooEarly):
        promised = attendance.promise(
            session, by=by, meeting_id=meeting.id, said_at=now, now=arrived_at
        )
        return Own(What.PROMISED, meeting.title, promised.new)
    marked = attendance.check_in(session, by=by, said_at=now, now=arrived_at, meeting_id=meeting.id)
    attendance.remember_marks(session, marked, by, now)
    what = What.MAKEUP_ASKED if marked[0].pending else What.CHECKED_IN
    return _of(what, marked[0])


def _ask_leave(
    session: Session, kept: Kept, reason: str, *, by: Actor, now: datetime, arrived_at: datetime
) -> Own:
    marked = attendance.ask_leave(
        session,
        by=by,
        said_at=now,
        now=arrived_at,
        reason=reason,
        chosen=[meeting_of(kept.subject)],
    )
    attendance.remember_marks(session, marked, by, now)
    return _of(What.ON_LEAVE, marked[0])


def _of(what: What, marked: Marked) -> Own:
    return Own(what, marked.meeting.title, marked.new)


def _join(session: Session, kept: Kept, line: Line, *, by: Actor, now: datetime) -> Own | None:
    number = meeting_of(kept.subject)
    if line.is_yes:
        joined = study.join(session, by=by, now=now, number=number, seats=line.count)
        what = What.WAITS if joined.position else What.JOINED
        return Own(what, joined.meeting.title, joined.new, joined.seats)
    if line.declines and any(m.id == number for m in study.list_held(session, by, now)):
        return Own(What.LEFT, study.leave(session, by=by, now=now, number=number).meeting.title)
    return None


def _acknowledge(session: Session, kept: Kept, *, by: Actor, now: datetime) -> Own | None:
    assert by.member_id is not None
    waiting = notices.list_open(session, by.member_id, now)
    meant = [notice for notice in waiting if notice.id == notice_of(kept.subject)]
    if not meant:
        return None
    new = notices.acknowledge(session, notice=meant[0], member_id=by.member_id, now=now)
    return Own(What.ACKNOWLEDGED, meant[0].title, new)


def _pay(
    session: Session, kept: Kept, line: Line, *, by: Actor, now: datetime, source: str
) -> Own | None:
    assert by.member_id is not None
    months = tuple(Month.parse(month) for month in line.months) or months_of(kept.subject)
    found = dues.balances(session, [by.member_id], months)[by.member_id]
    if all(balance.assessed_fen is not None and not balance.open_fen for balance in found.values()):
        return Own(What.DECLARED, is_new=False)
    result = dues.declare(
        session,
        months=months,
        total_fen=line.amount_fen,
        by=by,
        said_on=day_of(now),
        now=now,
        source=source,
    )
    if isinstance(result, NeedsAnswer):
        return Own(What.ASKS, question=result)
    return Own(What.DECLARED, declared=result)
