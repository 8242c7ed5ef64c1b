"""After a meeting: whoever needs material (补学材料) is named to the organiser.

That is who was on leave, and who is absent by the organiser's word or a finished roll call.

Example:
    » 王敏: 王敏您好：16日主题党日有1人请假：张三（出差），等着补学材料。
    | 请回复：补学材料 16日主题党日 材料或链接。我私下发给没到会的人。
    王敏: 为什么
    » 依据：请假的同志会后要有补学材料（本产品设定）。16日主题党日有1人请假。发了材料自动停止。只发给您。
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.privacy import count, event, missing, say
from bot.domain.rights import Role
from bot.domain.roll_call import Place
from bot.domain.wording import names_words, with_note
from bot.services import attendance, makeup_study, meetings, people, roll, roll_books
from bot.services.meetings import MeetingView
from bot.services.people import Person
from scheduler import around_meeting
from scheduler.around_meeting import Rung
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{title}有{n}人{what}：{names}，等着补学材料。\n"
    "请回复：补学材料 {title} 材料或链接。我私下发给没到会的人。"
)
SOURCE = "请假的同志会后要有补学材料（本产品设定）"
FACTS = "{title}有{n}人{what}"
ON_LEAVE, NOT_THERE, ABSENT = "请假", "没到会", "缺席"
ENDS = "发了材料自动停止"
SEEN = "只发给您"
_KEEPERS = (Role.OFFICER, Role.ORGANISER, Role.SECRETARY)  # the first who is there


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning, for the meetings of the days before."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Name those on leave to the organiser, or to the secretary where there is none."""
    due = around_meeting.list_due(session, RULE.name, slot, setting, meetings.LIVE)
    rungs = {meeting.id: rung for meeting, rung in due}
    held = [meeting for meeting, _ in due if meeting.seats is None]
    away = _away(session, held)
    keepers = _keepers(session, [meeting for meeting in held if meeting.id in away], slot)
    rolls = _rolls(session, keepers, slot)
    reasons = attendance.leave_reasons(session, held)
    for meeting in held:
        if meeting.id in away and meeting.branch_id in keepers:
            called = people.tell_apart(rolls[meeting.branch_id])
            said = reasons.get(meeting.id, {})
            gone = {m: absent for m, absent in away[meeting.id].items() if m in called}
            names = [
                with_note(called[member], ABSENT if absent else said.get(member, ""))
                for member, absent in gone.items()
            ]
            what = NOT_THERE if any(gone.values()) else ON_LEAVE
            keeper = keepers[meeting.branch_id]
            yield _reminder(meeting, slot, rungs[meeting.id], keeper, what, names)


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those whose material is on its way, or whose leaves were taken back."""
    ids = {_meeting_of(row) for row in asked}
    away = _away(session, meetings.list_by_ids(session, ids))
    return [row.id for row in asked if _meeting_of(row) not in away]


def _away(
    session: Session, held: Sequence[MeetingView]
) -> Mapping[MeetingId, Mapping[MemberId, bool]]:
    """Return who needs material of each meeting that has none on its way: member → absent.

    False of those on leave. A roll call that is not finished leaves nobody absent yet.
    """
    done = makeup_study.served(session, [meeting.id for meeting in held])
    away: dict[MeetingId, dict[MemberId, bool]] = {}
    for book in roll_books.load(session, [m for m in held if m.id not in done]):
        found = {
            person.id: book.place(person.id) is Place.ABSENT
            for person in book.expected
            if book.standing(person.id).mark is not Mark.STUDIED_LATER
            and (
                book.place(person.id) is Place.ABSENT
                or book.standing(person.id).mark in attendance.ON_LEAVE
            )
        }
        if found:
            away[book.meeting.id] = found
    return away


def _keepers(
    session: Session, held: Sequence[MeetingView], slot: Slot
) -> dict[UnitId, tuple[MemberId, str]]:
    branches = {meeting.branch_id for meeting in held}
    holders = people.list_holders(session, branches, _KEEPERS, slot.day)
    found: dict[UnitId, tuple[MemberId, str]] = {}
    for branch_id, _, member_id, name in sorted(
        holders, key=lambda holder: _KEEPERS.index(holder[1])
    ):
        found.setdefault(branch_id, (member_id, name))
    return found


def _rolls(
    session: Session, branches: Collection[UnitId], slot: Slot
) -> Mapping[UnitId, Sequence[Person]]:
    rolls: dict[UnitId, list[Person]] = {branch: [] for branch in branches}
    everyone = people.list_in_units(session, branches, slot.day)
    for person in roll.without_suspended(session, everyone, slot.day):
        if person.branch_id in rolls:
            rolls[person.branch_id].append(person)
    return rolls


def _reminder(
    meeting: MeetingView,
    slot: Slot,
    rung: Rung,
    keeper: tuple[MemberId, str],
    what: str,
    names: Sequence[str],
) -> Reminder:
    member_id, name = keeper
    return Reminder(
        slot=f"{meeting.id}/{rung.step.name}",
        subject=meeting.subject,
        text=say(
            TEXT,
            name=name,
            title=event(meeting.title),
            n=count(len(names)),
            what=what,
            names=missing(names_words(names, limit=None)),
        ),
        reason=Reason(
            SOURCE, FACTS.format(title=meeting.title, n=len(names), what=what), ENDS, SEEN
        ),
        due_at=slot.at,
        expires_at=rung.useful_until,
        member_id=member_id,
        used={"meeting": meeting.id, "away": len(names), **rung.ladder.facts(rung.step)},
    )


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))


RULE = Rule(
    name="makeup_study",
    title="补学材料",
    source="attendance.makeup_study",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
