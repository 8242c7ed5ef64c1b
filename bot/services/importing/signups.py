"""The ledger `signups`: who has a seat in which class, or waits for one.

A row that says something else than stands is one more step of that member, as in the chat; seats
are never given twice, and whoever waits gets those that come free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Action
from bot.domain.study import MAX_PARTY, SignupAction, seat
from bot.services import officers, study_seats
from bot.services.importing import bulk, held, named
from bot.services.importing.cells import Cells
from bot.services.importing.held import Called, Held
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import Named
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.services.meetings import MeetingView
from bot.services.study_seats import Room, Step
from bot.storage.models import Meeting, StudySignup

CALLED = Called(unit="办课组织", title="课程")
STATE, SEATS, PLACE = "情况", "人数", "候补次序"
ACTION_WORDS = {
    SignupAction.JOIN: "报名",
    SignupAction.WAIT: "候补",
    SignupAction.CANCEL: "取消",
}
COLUMNS = (
    *named.COLUMNS,
    Column(CALLED.unit, "办这个课的支部，写全称", required=True, aliases=("办课支部",)),
    Column(CALLED.title, "课名；那天只有一个课可以不写", aliases=("课名", "会议")),
    Column(CALLED.day, "开课的日期，如 2026-03-20", required=True, aliases=("开课日期",)),
    Column(CALLED.start, "那天有几个同名的课才写，如 09:00", aliases=("时间", "开始时间")),
    Column(STATE, "报名、候补或取消；留空是报名"),
    Column(SEATS, f"连本人一共几位，最多{MAX_PARTY}；留空是1", aliases=("名额",)),
    Column(PLACE, "候补的第几位；留空按表里的先后"),
    *SIGNED,
)
_ACTIONS = {word: action for action, word in ACTION_WORDS.items()}
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    person: Named
    meeting: MeetingView
    path: str
    action: SignupAction
    seats: int
    place: int
    signed: Signed

    @property
    def order(self) -> tuple[bool, int, int]:
        """Seats first, then who waits, in order."""
        return self.action is SignupAction.WAIT, self.place, self.cells.number


@dataclass(slots=True)
class _Batch:
    """What some rows come to.

    Attributes:
        taken: Of the classes in which seats were given or came free.
        freed: Classes in which seats came free.
    """

    steps: list[tuple[_Wanted, Step]] = field(default_factory=list)
    taken: dict[MeetingId, int] = field(default_factory=dict)
    freed: set[MeetingId] = field(default_factory=set)
    changed: int = 0


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Append the steps that a file says and that are not in force yet.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = seen = 0
    for lines in staged.batches("写入报名"):
        there, book = Held.of(session, lines, CALLED), named.Book.of(session, lines)
        others = Others.of(session, lines, BY)
        read = [_read(line, there, book, others, staged, source) for line in lines]
        rows = sorted((row for row in read if row is not None), key=lambda row: row.order)
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.RECORD_ATTENDANCE, path)
        batch = _sort_out(session, rows)
        if not staged.problems:
            _write(session, batch, source)
        added, changed = added + len(batch.steps) - batch.changed, changed + batch.changed
        seen += len(rows)
    staged.problems.check()
    return Outcome(added, changed, seen - added - changed)


def _read(
    line: Line, there: Held, book: named.Book, others: Others, staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    person, meeting = book.find(cells), there.find(cells)
    action = cells.one_of(STATE, _ACTIONS) or SignupAction.JOIN
    seats = cells.whole(SEATS, most=MAX_PARTY, unit="人")
    place = cells.whole(PLACE, most=_MOST)
    if meeting is not None and meeting.seats is None:
        cells.wrong(CALLED.title, f"{meeting.title}不用报名，请核对课名。")
        return None
    if person is None or meeting is None:
        return None
    first, times = staged.use(f"{meeting.id}/{person.id}", str(line.number))
    if times > 1:
        cells.wrong(named.NAME, f"与第{first}行是同一个人，请留一行。")
        return None
    path = there.path(meeting)
    own = signed(cells, others, source, path)
    return _Wanted(
        cells, person, meeting, path, action, 1 if seats is None else seats, place or 0, own
    )


def _sort_out(session: Session, rows: Sequence[_Wanted]) -> _Batch:
    classes = sorted({row.meeting.id for row in rows})
    rooms = study_seats.lock_many(session, classes)
    steps = study_seats.list_steps(session, classes, actions=tuple(SignupAction))
    known = {(m, step.member_id): step for m, found in steps.items() for step in found}
    waited = {meeting: bool(room.waiting) for meeting, room in rooms.items()}
    batch = _Batch()
    for row in rows:
        room, member = rooms[row.meeting.id], MemberId(row.person.id)
        old = known.get((row.meeting.id, member), Step(member))
        step = _step(row, old, room, waited[row.meeting.id])
        if step is None:
            continue
        batch.changed += old.seq > 0
        batch.steps.append((row, step))
        room.taken += step.held - old.held
        room.waiting = [one for one in room.waiting if one.member_id != member]
        if step.waits:
            room.waiting.append(step)
        if step.held != old.held:
            batch.taken[room.id] = room.taken
        if step.held < old.held or old.waits:
            batch.freed.add(room.id)
    return batch


def _step(row: _Wanted, old: Step, room: Room, waited: bool) -> Step | None:
    """Return the step that a row makes; None where it stands, or with the mistake noted.

    Args:
        waited: Whether somebody waited before the file.
    """
    seats = 0 if row.action is SignupAction.CANCEL else row.seats
    stands = row.action is SignupAction.CANCEL or old.seats == seats
    if old.action is row.action and stands:
        return None
    try:
        seat(seats or 1, taken=0, waiting=0, capacity=room.seats)
    except DomainError as error:
        row.cells.wrong(SEATS, error.sentence)
        return None
    place = None
    if row.action is SignupAction.WAIT:
        if old.held:
            row.cells.wrong(STATE, "已经有名额了，不用候补。请写报名；不来了请写取消。")
            return None
        if seats <= room.free and not room.waiting:
            row.cells.wrong(STATE, f"{room.title}还有{room.free}个名额，请写报名。")
            return None
        place = max((one.place or 0 for one in room.waiting), default=0) + 1
    elif seats - old.held > 0 and (seats - old.held > room.free or (waited and not old.held)):
        left = 0 if waited else room.free
        row.cells.wrong(SEATS, f"{room.title}还剩{left}个名额。请写候补，或者先加名额。")
        return None
    return Step(old.member_id, old.seq + 1, row.action, seats, place, row.signed.by_id)


def _write(session: Session, batch: _Batch, source: Source) -> None:
    bulk.add(session, StudySignup, [_row(row, step) for row, step in batch.steps])
    taken = [{"id_": meeting, "taken": number} for meeting, number in batch.taken.items()]
    bulk.change(session, Meeting, Meeting.id, taken)
    for meeting in sorted(batch.freed):  # few: somebody withdraws by a file
        study_seats.promote(session, meeting, source.now)
    audit = [
        bulk.audit_line(
            source.by,
            source.now,
            f"study.{step.action.value}",
            row.meeting.subject,
            None,
            {"member": step.member_id, "seats": step.seats},
        )
        for row, step in batch.steps
    ]
    bulk.add_audit(session, audit)


def _row(row: _Wanted, step: Step) -> Mapping[str, Any]:
    return {
        "meeting_id": row.meeting.id,
        "member_id": step.member_id,
        "seq": step.seq,
        "action": step.action,
        "seats": step.seats,
        "by_id": step.by_id,
        "at": row.signed.at,
        "place": step.place,
        "promoted_at": None,
    }


def _of_class(line: Line) -> str:
    return held.of_day(line, CALLED)


LEDGER = Ledger("signups", "报名", COLUMNS, run, group=_of_class)
