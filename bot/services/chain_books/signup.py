"""Lines of a chain as sign-ups for one class."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from bot.domain.chains import NoteKind
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Action, Actor
from bot.domain.study import SignupAction
from bot.services import meetings, study, study_seats
from bot.services.chain_books.book import Case, Held, Plan, Row, Todo, Told
from bot.services.chain_targets import meeting_of
from bot.storage.insert import insert_many_once
from bot.storage.models import Meeting, StudySignup


class SignupBook:
    """报名接龙: seats are given in the order of the lines, as long as there are any."""

    ledger = "study_signup"
    action = Action.RECORD_ATTENDANCE

    def hold(self, session: Session, case: Case) -> None:
        """Lock the seats: whoever joins takes them first and his place in the list after."""
        meeting = select(Meeting.id).where(Meeting.id == meeting_of(case.subject))
        session.execute(meeting.with_for_update()).one()

    def plan(self, session: Session, case: Case) -> Plan:
        """Compare with the sign-ups in force; who signed up is not struck off by a pasted line."""
        meeting = meetings.get_meeting(session, meeting_of(case.subject))
        joined = study.joined_members(session, meeting.id)
        waiting = study.waiting_by_class(session, [meeting.id])
        left = 0 if waiting else (meeting.seats or 0) - meeting.taken  # nobody overtakes them
        todo: list[Todo] = []
        held: list[Held] = []
        done = 0
        for line in case.lines:
            assert line.member_id is not None
            name, seats = case.names[line.member_id], joined.get(line.member_id, 0)
            if line.declines and seats:
                held.append(Held(name, "本人已报名，接龙写不来"))
            elif not line.is_yes or line.kind is NoteKind.LEAVE:
                continue
            elif seats == line.count:
                done += 1
            elif line.member_id in waiting.get(meeting.id, ()):
                held.append(Held(name, "在候补名单上"))
            elif line.count - seats > left:
                held.append(Held(name, "名额不够"))
            else:
                left -= line.count - seats
                words = f"{line.count}人" if line.count > 1 else ""
                todo.append(Todo(line.member_id, name, words, (line.count, seats)))
        return Plan(tuple(todo), tuple(held), done)

    def record(
        self, session: Session, case: Case, todo: Sequence[Todo], *, by: Actor, now: datetime
    ) -> tuple[list[Row], list[Told]]:
        """Take all the seats at once and append one step a person; `hold` has locked them."""
        meeting = meetings.get_meeting(session, meeting_of(case.subject))
        _take(session, meeting.id, sum(new - old for new, old in _seats(todo)))
        last = _last(session, meeting.id, [item.member_id for item in todo])
        rows = [
            {
                "meeting_id": meeting.id,
                "member_id": item.member_id,
                "seq": last.get(item.member_id, 0) + 1,
                "action": SignupAction.JOIN,
                "seats": item.payload[0],
                "by_id": by.member_id,
                "at": now,
            }
            for item in todo
        ]
        insert_many_once(session, StudySignup, rows)
        key = tuple_(StudySignup.meeting_id, StudySignup.member_id, StudySignup.seq)
        keys = [(row["meeting_id"], row["member_id"], row["seq"]) for row in rows]
        found = session.execute(
            select(StudySignup.id, StudySignup.member_id)
            .where(key.in_(keys))
            .order_by(StudySignup.id)
        )
        return [Row(MemberId(row.member_id), row.id) for row in found], []

    def undo(
        self, session: Session, rows: Sequence[int], *, by: Actor, now: datetime
    ) -> list[Told]:
        """Give the seats back, unless the member has changed the sign-up since."""
        undone = session.scalars(select(StudySignup).where(StudySignup.id.in_(rows))).all()
        if not undone:
            return []
        meeting_id = MeetingId(undone[0].meeting_id)
        study_seats.lock(session, meeting_id)
        last = _last(session, meeting_id, [step.member_id for step in undone])
        still = [step for step in undone if last[MemberId(step.member_id)] == step.seq]
        held = _held_before(session, still)
        back = [(step, held.get(step.member_id, 0)) for step in still]
        _take(session, meeting_id, sum(seats - step.seats for step, seats in back))
        insert_many_once(
            session,
            StudySignup,
            [
                {
                    "meeting_id": step.meeting_id,
                    "member_id": step.member_id,
                    "seq": step.seq + 1,
                    "action": SignupAction.JOIN if seats else SignupAction.CANCEL,
                    "seats": seats,
                    "by_id": by.member_id,
                    "at": now,
                }
                for step, seats in back
            ],
        )
        study_seats.promote(session, meeting_id, now)
        return []


def _seats(todo: Sequence[Todo]) -> list[tuple[int, int]]:
    return [(int(new), int(old)) for new, old in (item.payload for item in todo)]


def _take(session: Session, meeting_id: MeetingId, seats: int) -> None:
    done = session.connection().execute(
        update(Meeting)
        .where(Meeting.id == meeting_id, Meeting.taken + seats <= Meeting.seats)
        .values(taken=Meeting.taken + seats)
    )
    if done.rowcount != 1:
        raise study.Full("名额刚刚被报走了，这次一个也没有记。请回复 核对接龙 再看一次。")


def _last(session: Session, meeting_id: MeetingId, members: Sequence[int]) -> dict[MemberId, int]:
    rows = session.execute(
        select(StudySignup.member_id, func.max(StudySignup.seq))
        .where(StudySignup.meeting_id == meeting_id, StudySignup.member_id.in_(members))
        .group_by(StudySignup.member_id)
    )
    return {MemberId(member): seq for member, seq in rows}


def _held_before(session: Session, steps: Sequence[StudySignup]) -> dict[int, int]:
    """Return the seats each held before these steps."""
    if not steps:
        return {}
    key = tuple_(StudySignup.meeting_id, StudySignup.member_id, StudySignup.seq)
    wanted = [(step.meeting_id, step.member_id, step.seq - 1) for step in steps]
    rows = session.execute(
        select(StudySignup.member_id, StudySignup.seats).where(
            key.in_(wanted), StudySignup.action == SignupAction.JOIN
        )
    )
    return {row.member_id: row.seats for row in rows}
