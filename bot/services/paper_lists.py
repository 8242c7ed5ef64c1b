"""Lists on paper: a sheet to sign at a meeting, and whom to phone before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.errors import NotFound
from bot.domain.ids import MemberId, UnitId
from bot.services import attendance, meetings, people
from bot.services.groups import find_unit
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.storage.models import Account

_BACK = timedelta(days=92)


class PaperKind(Enum):
    """What the list is for."""

    SIGN_IN = "签到表"
    CALL = "电话名单"


@dataclass(frozen=True, slots=True)
class Row:
    """One member on the list; `tail` of the phone only where it has to be dialled."""

    name: str
    tail: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PaperList:
    """A list of a meeting: everybody expected to sign, or those to phone."""

    kind: PaperKind
    meeting: MeetingView
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What stands on top of it."""
        return f"{self.meeting.title}{self.kind.value}"


def make(session: Session, meeting: MeetingView, kind: PaperKind) -> PaperList:
    """Return the list of a meeting, in the order of the roll; rights are checked by the caller.

    Nobody is phoned who has answered, or of whom attendance is not asked.
    """
    called = attendance.roll_call(session, meeting)
    names = people.tell_apart(called.everybody)
    away = {p.id for p in (*called.leave, *called.asked, *called.elsewhere)}
    excused = {p.id for p in called.excused}
    everybody = sorted(called.everybody, key=lambda person: person.id)
    if kind is PaperKind.SIGN_IN:
        notes = {**dict.fromkeys(away, "已请假"), **dict.fromkeys(excused, "不作硬性要求")}
        rows = [Row(names[p.id], note=notes.get(p.id, "")) for p in everybody]
        return PaperList(kind, meeting, tuple(rows))
    promised = attendance.current_marks(session, [meeting])
    answered = {member for _, member in promised}
    silent = [p for p in everybody if p.id not in answered and p.id not in excused]
    reached = _with_account(session, silent)
    rows = [
        Row(names[p.id], p.phone_tail, "没有答复" if p.id in reached else "没有账号")
        for p in silent
    ]
    rows.sort(key=lambda row: row.note != "没有账号")
    return PaperList(kind, meeting, tuple(rows))


def find_meeting(
    session: Session, unit: str, words: str, now: datetime, *, held: bool = False
) -> MeetingView:
    """Return the meeting of a unit that is next, or the last one, by a piece of its name.

    Args:
        unit: As written.
        words: "" for whichever comes next.
        held: The last one that has begun goes before those to come.

    Raises:
        NotFound: With what there is.
    """
    unit_id = UnitId(find_unit(session, unit).id)
    every = meetings.list_recent(session, unit_id, now - _BACK, None)
    fitting = [m for m in every if m.seats is None and (not words or m.is_called(words))]
    coming = sorted((m for m in fitting if m.ends_at >= now), key=lambda m: m.starts_at)
    if not fitting:
        listed = f"有的是：\n{meetings.describe(every[:5])}" if every else "还没有安排会。"
        raise NotFound(f"{unit}没有找到“{words or '会'}”。{listed}")
    if held:
        begun = [meeting for meeting in fitting if meeting.starts_at <= now]
        return max(begun, key=lambda meeting: meeting.starts_at) if begun else coming[0]
    return coming[0] if coming else fitting[0]


def _with_account(session: Session, persons: list[Person]) -> set[MemberId]:
    rows = session.scalars(
        select(Account.member_id).where(
            Account.member_id.in_([person.id for person in persons]),
            Account.unbound_at.is_(None),
        )
    )
    return {MemberId(member) for member in rows}
