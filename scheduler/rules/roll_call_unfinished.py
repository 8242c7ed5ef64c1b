"""The morning after a meeting: a roll call that leaves somebody open is brought to mind.

Example:
    » 王敏: 王敏您好：16日主题党日的点名还没有完：应到8，已到6，请假1，没有登记1：孙丽。
    | 核实好了请回复：点名完毕 16日主题党日，没有登记的就算缺席。都到了请回复：16日主题党日 全到
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.privacy import count, event, missing, say
from bot.domain.rights import Role
from bot.domain.roll_call import Place
from bot.domain.wording import names_words
from bot.services import meetings, people, roll_books, roll_calls
from bot.services.meetings import MeetingView
from bot.services.roll_books import Book
from scheduler import around_meeting
from scheduler.around_meeting import Rung
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{title}的点名还没有完：应到{expected}，已到{present}，请假{leave}，{left}。\n"
    "核实好了请回复：点名完毕 {title}，没有登记的就算缺席。都到了请回复：{title} 全到"
)
LEFT = "没有登记{n}：{names}"
UNDECIDED = "等您同意{n}：{names}"
SOURCE = "点名完了才知道谁缺席（本产品设定）"
FACTS = "{title}还有{n}人未定"
ENDS = "点名完毕或都有着落后自动停止"
SEEN = "只发给您"
_KEEPERS = (Role.CELL_LEADER, Role.OFFICER, Role.ORGANISER, Role.SECRETARY)  # the first there
_AT_ONCE = 500  # meetings


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning, for the meetings of the days before."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell who keeps the roll of a meeting what is still open; where nobody came, nothing."""
    due = around_meeting.list_due(session, RULE.name, slot, setting, meetings.LIVE)
    rungs = {meeting.id: rung for meeting, rung in due}
    held = [m for m, _ in due if m.seats is None and m.ends_at <= slot.at]
    for some in _pieces(held):
        books = [book for book in roll_books.load(session, some) if _is_unfinished(book)]
        keepers = _keepers(session, [book.meeting for book in books], slot)
        for book in books:
            keeper = keepers.get(book.meeting.unit_id) or keepers.get(book.meeting.branch_id)
            if keeper is not None:
                yield _reminder(book, slot, rungs[book.meeting.id], keeper)


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those whose roll call is finished or leaves nobody open, or that were cancelled."""
    ids = {_meeting_of(row) for row in asked}
    live = [m for m in meetings.list_by_ids(session, ids) if m.state in meetings.LIVE]
    books = roll_books.load(session, live)
    unfinished = {book.meeting.id for book in books if _is_unfinished(book)}
    return [row.id for row in asked if _meeting_of(row) not in unfinished]


def _is_unfinished(book: Book) -> bool:
    return not book.is_settled and book.tally.present > 0


def _pieces(held: Sequence[MeetingView]) -> Iterator[Sequence[MeetingView]]:
    for start in range(0, len(held), _AT_ONCE):
        yield held[start : start + _AT_ONCE]


def _keepers(
    session: Session, of: Sequence[MeetingView], slot: Slot
) -> dict[UnitId, tuple[MemberId, str]]:
    """Return who keeps the roll of each unit: of a cell its leader, else the branch's organiser."""
    units = {unit for meeting in of for unit in (meeting.unit_id, meeting.branch_id)}
    holders = people.list_holders(session, units, _KEEPERS, slot.day)
    found: dict[UnitId, tuple[MemberId, str]] = {}
    for unit_id, role, member_id, name in sorted(holders, key=lambda h: _KEEPERS.index(h[1])):
        is_branch = any(meeting.branch_id == unit_id for meeting in of)
        if not (is_branch and role is Role.CELL_LEADER):
            found.setdefault(unit_id, (member_id, name))
    return found


def _reminder(book: Book, slot: Slot, rung: Rung, keeper: tuple[MemberId, str]) -> Reminder:
    member_id, name = keeper
    meeting, tally = book.meeting, book.tally
    return Reminder(
        slot=f"{meeting.id}/{meeting.revision}/{rung.step.name}",
        subject=meeting.subject,
        text=say(
            TEXT,
            name=name,
            title=event(meeting.title),
            expected=count(tally.expected),
            present=count(tally.present),
            leave=count(tally.leave),
            left=missing(_left(book)),
        ),
        reason=Reason(SOURCE, FACTS.format(title=meeting.title, n=tally.open), ENDS, SEEN),
        due_at=slot.at,
        expires_at=rung.useful_until,
        member_id=member_id,
        used={"meeting": meeting.id, "open": tally.open, **rung.ladder.facts(rung.step)},
    )


def _left(book: Book) -> str:
    called = people.tell_apart(book.expected)
    left = roll_calls.list_left(book)
    waiting = [person for person in book.at(Place.OPEN) if person not in left]
    return "，".join(
        template.format(n=len(group), names=names_words([called[p.id] for p in group]))
        for template, group in ((LEFT, left), (UNDECIDED, waiting))
        if group
    )


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))


RULE = Rule(
    name="roll_call_unfinished",
    title="点名没有完",
    source="attendance.roll_call",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
