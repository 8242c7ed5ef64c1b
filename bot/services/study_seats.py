"""The seats of a class and its waiting list, step by step; one at a time may change them.

Every change locks the class first, so what is read afterwards stands: seats are never given
twice, nobody overtakes who waits, and a seat that comes free is given away in the same
transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.rights import Action, Actor
from bot.domain.study import Seated, SignupAction, promoted, seat
from bot.services import audit, meetings
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_many_once, insert_once
from bot.storage.models import Meeting, StudySignup

HOLDS = (SignupAction.JOIN, SignupAction.WAIT)


class Full(DomainError):
    """Fewer seats are left than asked for."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Step:
    """The step of a member that is in force.

    Attributes:
        seq: 0 where there is none.
        place: Of one who waits or waited.
        by_id: Who said so.
    """

    member_id: MemberId
    seq: int = 0
    action: SignupAction = SignupAction.CANCEL
    seats: int = 0
    place: int | None = None
    by_id: MemberId | None = None

    @property
    def held(self) -> int:
        """Seats they have."""
        return self.seats if self.action is SignupAction.JOIN else 0

    @property
    def waits(self) -> bool:
        """Whether they are on the waiting list."""
        return self.action is SignupAction.WAIT


@dataclass(frozen=True, slots=True)
class Settled:
    """What a change came to.

    Attributes:
        before, step: The member's steps in force before and after it.
        left: Seats still free; for who has some, 0 while somebody waits.
        position: Place on the waiting list, from 1; 0 for who does not wait.
    """

    before: Step
    step: Step
    left: int
    position: int = 0

    @property
    def is_new(self) -> bool:
        """Whether anything has changed for the member."""
        return self.step.seq != self.before.seq


@dataclass(slots=True)
class Room:
    """A class that is locked."""

    id: MeetingId
    title: str
    seats: int
    taken: int
    starts_at: datetime
    state: MeetingState
    waiting: list[Step]

    def gives(self, now: datetime) -> bool:
        """Tell whether seats that come free are still given away: until it starts."""
        return self.state is MeetingState.SCHEDULED and now < self.starts_at

    @property
    def free(self) -> int:
        return max(0, self.seats - self.taken)

    @property
    def left(self) -> int:
        return 0 if self.waiting else self.free


def settle(
    session: Session,
    meeting: MeetingView,
    member_id: MemberId,
    seats: int,
    *,
    by_id: MemberId | None,
    now: datetime,
    lines_up: bool = True,
    place: int | None = None,
) -> Settled:
    """Let a member have so many seats of a class, or wait for them; 0 withdraws.

    Whoever has a seat and wants more of them gets these at once or not at all: the seat stays.

    Args:
        lines_up: Waits where there are too few; otherwise that is refused.
        place: The place in the waiting list to take again.

    Raises:
        Full: Fewer seats are left, and one cannot wait for them.
    """
    room = lock(session, meeting.id)
    old = step_of(session, meeting.id, member_id)
    room.waiting = [step for step in room.waiting if step.member_id != member_id]
    action, kept = _decide(room, old, seats, lines_up=lines_up, place=place)
    if action is SignupAction.WAIT and kept is None:
        kept = max((step.place or 0 for step in room.waiting), default=0) + 1
    new = Step(member_id, old.seq + 1, action, seats, kept, by_id)
    if (old.action, old.seats, old.place) != (new.action, new.seats, new.place):
        append(session, room.id, new, now)
    else:
        new = old
    _move(session, room, new.held - old.held)
    if new.waits:
        room.waiting = sorted([*room.waiting, new], key=_place)
    given = _promote(session, room, now)
    mine = next((step for step in given if step.member_id == member_id), new)
    position = 0 if not mine.waits else 1 + room.waiting.index(mine)
    return Settled(old, mine, room.free if mine.waits else room.left, position)


def lock(session: Session, meeting_id: MeetingId) -> Room:
    """Lock a class until the transaction ends; return its seats and who waits."""
    return lock_many(session, [meeting_id])[meeting_id]


def lock_many(session: Session, classes: Collection[MeetingId]) -> dict[MeetingId, Room]:
    """Lock some classes, always in the same order, and return their seats and who waits."""
    rows = session.execute(
        select(
            Meeting.id,
            Meeting.title,
            Meeting.seats,
            Meeting.taken,
            Meeting.starts_at,
            Meeting.state,
        )
        .where(Meeting.id.in_(classes))
        .order_by(Meeting.id)
        .with_for_update()
    ).all()
    waiting = list_steps(session, classes, actions=(SignupAction.WAIT,))
    return {
        MeetingId(row.id): Room(
            id=MeetingId(row.id),
            title=row.title,
            seats=row.seats or 0,
            taken=row.taken,
            starts_at=row.starts_at,
            state=row.state,
            waiting=sorted(waiting[MeetingId(row.id)], key=_place),
        )
        for row in rows
    }


def set_capacity(
    session: Session, meeting: MeetingView, seats: int, *, by: Actor, now: datetime
) -> None:
    """Set how many seats a class has; whoever waits and now fits gets in.

    Raises:
        Forbidden
        Full: More are given away already.
    """
    rights.require(by, Action.CALL_MEETING, meetings.path_of(session, meeting.unit_id))
    change_capacity(session, meeting, seats, by=by, now=now)


def change_capacity(
    session: Session, meeting: MeetingView, seats: int, *, by: Actor, now: datetime
) -> None:
    """Do so once the right to it has been looked at.

    Raises:
        Full: More are given away already.
    """
    room = lock(session, meeting.id)
    if seats < room.taken:
        raise Full(f"{room.title}已经报了{room.taken}人，名额不能少于这个数。")
    session.connection().execute(update(Meeting).where(Meeting.id == room.id).values(seats=seats))
    audit.record(
        session,
        by=by,
        at=now,
        action="study.seats",
        subject=meeting.subject,
        before={"seats": room.seats},
        after={"seats": seats},
    )
    room.seats = seats
    _promote(session, room, now)


def promote(session: Session, meeting_id: MeetingId, now: datetime) -> None:
    """Give seats that are free to those who wait, in order."""
    _promote(session, lock(session, meeting_id), now)


def step_of(session: Session, meeting_id: MeetingId, member_id: MemberId) -> Step:
    """Return a member's step in force for a class."""
    row = (
        session.connection()
        .execute(_CURRENT, {"meeting_id": meeting_id, "member_id": member_id})
        .one_or_none()
    )
    return Step(member_id) if row is None else _step(member_id, *row)


def list_steps(
    session: Session,
    classes: Collection[MeetingId],
    members: Collection[MemberId] | None = None,
    actions: Collection[SignupAction] = HOLDS,
) -> dict[MeetingId, list[Step]]:
    """Return the steps in force for each of some classes, in the order in which they were made."""
    found: dict[MeetingId, list[Step]] = {meeting_id: [] for meeting_id in classes}
    if not classes:
        return found
    wanted = [StudySignup.meeting_id.in_(classes)]
    if members is not None:
        wanted.append(StudySignup.member_id.in_(members))
    last = (
        select(
            StudySignup.meeting_id,
            StudySignup.member_id,
            func.max(StudySignup.seq).label("seq"),
        )
        .where(*wanted)
        .group_by(StudySignup.meeting_id, StudySignup.member_id)
        .subquery()
    )
    rows = session.execute(
        select(StudySignup.meeting_id, StudySignup.member_id, *_COLUMNS)
        .join(
            last,
            (StudySignup.meeting_id == last.c.meeting_id)
            & (StudySignup.member_id == last.c.member_id)
            & (StudySignup.seq == last.c.seq),
        )
        .where(StudySignup.action.in_(actions))
        .order_by(StudySignup.id)
    )
    for row in rows:
        step = _step(MemberId(row[1]), row[2], row[3], row[4], row[5], row[6])
        found[MeetingId(row[0])].append(step)
    return found


_COLUMNS = (
    StudySignup.seq,
    StudySignup.action,
    StudySignup.seats,
    StudySignup.place,
    StudySignup.by_id,
)
_CURRENT = (
    select(*_COLUMNS)
    .where(
        StudySignup.meeting_id == bindparam("meeting_id"),
        StudySignup.member_id == bindparam("member_id"),
    )
    .order_by(StudySignup.seq.desc())
    .limit(1)
)


def _step(
    member_id: MemberId,
    seq: int,
    action: SignupAction,
    seats: int,
    place: int | None,
    by_id: int | None,
) -> Step:
    return Step(member_id, seq, action, seats, place, None if by_id is None else MemberId(by_id))


def _place(step: Step) -> int:
    return step.place or 0


def _decide(
    room: Room, old: Step, seats: int, *, lines_up: bool, place: int | None
) -> tuple[SignupAction, int | None]:
    """Return the step to make, and the place it keeps."""
    if seats == 0:
        return SignupAction.CANCEL, None
    if seats <= old.held:
        return SignupAction.JOIN, old.place
    if lines_up and not old.held:
        # Who asks for fewer keeps his place, who asks for more goes to the end.
        keeps = old.place if old.waits and seats <= old.seats else place
        ahead = [s for s in room.waiting if keeps is None or _place(s) < keeps]
        found = seat(seats, taken=room.taken, waiting=len(ahead), capacity=room.seats)
        if isinstance(found, Seated):
            return SignupAction.JOIN, keeps
        return SignupAction.WAIT, keeps
    if room.waiting or seats - old.held > room.free:
        raise Full(
            f"{room.title}只剩{room.left}个名额了。" if room.left else f"{room.title}名额已满。"
        )
    return SignupAction.JOIN, old.place


def append(session: Session, meeting_id: MeetingId, step: Step, now: datetime) -> None:
    """Write a step down.

    Raises:
        DomainError: The member has made another one at the same moment.
    """
    row = insert_once(
        session,
        StudySignup,
        {
            "meeting_id": meeting_id,
            "member_id": step.member_id,
            "seq": step.seq,
            "action": step.action,
            "seats": step.seats,
            "by_id": step.by_id,
            "at": now,
            "place": step.place,
        },
    )
    if row is None:
        raise DomainError("这个报名刚刚有变动，没有再改。请再发一次。")


def _move(session: Session, room: Room, seats: int) -> None:
    """Move the counter of seats; the condition holds by the lock, and is asked all the same."""
    if not seats:
        return
    done = session.connection().execute(
        update(Meeting)
        .where(Meeting.id == room.id, Meeting.taken + seats <= Meeting.seats)
        .values(taken=Meeting.taken + seats)
    )
    if done.rowcount != 1:
        raise Full(f"{room.title}名额已满。")
    room.taken += seats


def _promote(session: Session, room: Room, now: datetime) -> Sequence[Step]:
    """Give free seats to the head of the waiting list; return the steps that did."""
    count = promoted([step.seats for step in room.waiting], room.free) if room.gives(now) else 0
    if not count:
        return ()
    given = [
        replace(step, seq=step.seq + 1, action=SignupAction.JOIN) for step in room.waiting[:count]
    ]
    _move(session, room, sum(step.seats for step in given))
    insert_many_once(
        session,
        StudySignup,
        [
            {
                "meeting_id": room.id,
                "member_id": step.member_id,
                "seq": step.seq,
                "action": step.action,
                "seats": step.seats,
                "by_id": step.by_id,
                "at": now,
                "place": step.place,
                "promoted_at": now,
            }
            for step in given
        ],
    )
    room.waiting = room.waiting[count:]
    return given
