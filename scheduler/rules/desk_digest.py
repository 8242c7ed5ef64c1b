"""What waits for whoever keeps a branch's records: one note on a workday's morning, five lines.

Example:
    » 王敏: 王敏早上好，等您办的2件：
    | 1 党费等您核对2人：张三、李四
    | 2 没送到1条：赵六（账号已停用）
    | 回复数字就办，例如 1
    王敏: 1
    » 将核对：张三 3月15元；李四 3月15元。共2人30元。回复 确认2 入账，回复 取消 作罢
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.calendar import Workdays
from bot.domain.ids import MemberId
from bot.domain.privacy import missing, say
from bot.domain.tasks import MOST_LINES, Task, is_worth_a_note
from bot.services import burden_meter, people, survey, tasks
from scheduler.rule import Asked, Reason, Reminder, Rule, Setting, Slot, daily

HOUR, MINUTE = 8, 30
TEXT = "{name}早上好，等您办的{n}件：\n{lines}\n回复数字就办，例如 1"
LINE = "{number} {words}"
WEEK = "最近7天给大家发了{n}条通知，发了多少消息回复 打扰统计"
MORE = "还有{n}件，回复 我的待办 都能看到"
SOURCE = "等您办的事每个工作日早上合成一条（本产品设定）"
FACTS = "有{n}件在等"
ENDS = "办完就不再说；没有新的也不发"
SEEN = "只发给您"
_UNTIL = 18  # o'clock: from then on the next morning's note is nearer
_FURTHEST = 14  # days without a workday


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning; which are workdays the reminders know."""
    return daily(after, until, HOUR, MINUTE)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell everybody for whom something new waits, and at the start of a week what still does.

    New is also what has waited for somebody else, whose post has ended.
    """
    if not setting.workdays.is_workday(slot.day):
        return
    last = _last_workday(slot, setting.workdays)
    waiting = tasks.of_everybody(session, slot.at)
    starts_week = last.isocalendar().week != slot.day.isocalendar().week
    before = at(last, HOUR, MINUTE)
    soon = _until_next_workday(slot, setting.workdays)
    due: dict[MemberId, Sequence[Task]] = {
        member: own
        for member, own in waiting.items()
        if is_worth_a_note(own, slot.at, before, starts_week=starts_week, soon=soon)
    }
    others = {member: own for member, own in waiting.items() if member not in due}
    due |= _taken_over(session, others, before)
    names = survey.names_of(session, due)
    sent = _last_week(session, slot, due) if starts_week else {}
    for member, own in due.items():
        yield _reminder(slot, member, names[member], own, sent.get(member))


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those of people for whom nothing waits any more."""
    members = {row.member_id for row in asked if row.member_id is not None}
    waiting = tasks.of_members(session, members, now)
    return [row.id for row in asked if row.member_id not in waiting]


def _last_workday(slot: Slot, workdays: Workdays) -> date:
    days = (slot.day - timedelta(days=n) for n in range(1, _FURTHEST))
    return next((day for day in days if workdays.is_workday(day)), slot.day - timedelta(days=1))


def _taken_over(
    session: Session, waiting: Mapping[MemberId, Sequence[Task]], before: datetime
) -> dict[MemberId, Sequence[Task]]:
    """Return those of some people for whom something waits that another would have been told of."""
    if not waiting:
        return {}
    earlier = tasks.of_members(session, waiting.keys(), before)
    return {
        member: own
        for member, own in waiting.items()
        if {task.kind.name for task in own if task.kind.wakes}
        - {task.kind.name for task in earlier.get(member, ())}
    }


def _until_next_workday(slot: Slot, workdays: Workdays) -> list[date]:
    """Return the day and those after it up to the next workday."""
    days = [slot.day]
    while len(days) < _FURTHEST:
        days.append(days[-1] + timedelta(days=1))
        if workdays.is_workday(days[-1]):
            break
    return days


def _last_week(session: Session, slot: Slot, members: Collection[MemberId]) -> dict[MemberId, int]:
    """Return how many notices the branches of some people were sent in the week before.

    Of what people sent: that stands on record, and so the plan tells it as it will be.

    Source:
        burden.weekly_notices
    """
    persons = people.list_by_ids(session, members, slot.day)
    home = {person.id: person.branch_id for person in persons if person.branch_id is not None}
    since = slot.at - burden_meter.WEEK
    found = burden_meter.notices_of(session, set(home.values()), since, slot.at)
    return {member: found[branch] for member, branch in home.items() if found.get(branch)}


def _reminder(
    slot: Slot, member: MemberId, name: str, own: Sequence[Task], notices: int | None = None
) -> Reminder:
    shown = own if len(own) <= MOST_LINES else own[: MOST_LINES - 1]
    lines = [LINE.format(number=n, words=task.words) for n, task in enumerate(shown, start=1)]
    if len(shown) < len(own):
        lines.append(MORE.format(n=len(own) - len(shown)))
    if notices is not None:
        lines.append(WEEK.format(n=notices))
    return Reminder(
        slot=slot.day.isoformat(),
        subject=f"desk:{member}",
        text=say(TEXT, name=name, n=len(own), lines=missing("\n".join(lines))),
        reason=Reason(SOURCE, FACTS.format(n=len(own)), ENDS, SEEN),
        due_at=slot.at,
        expires_at=at(slot.day, _UNTIL),
        member_id=member,
        used={"orders": [task.kind.order for task in shown]},
    )


RULE = Rule(
    name="desk_digest",
    title="等您办的",
    source="burden.desk_digest",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
