"""On the first of a month, nine in the morning: the secretary is asked for the new duty list.

Example:
    » 李书记: 李书记您好：3月的值班表请更新，贴到公告栏。
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.privacy import event, say
from scheduler.rule import Asked, Reason, Reminder, Rule, Setting, Slot, daily

NAME = "duty_list"
TEXT = "{name}您好：{month}月的值班表请更新，贴到公告栏。"
REASON = Reason(
    source="支部自己的安排",
    facts="今天是1号",
    ends_when="一个月只说一次",
    seen_by="只发给您",
)


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield the first morning of every month; pure, so that downtime is caught up."""
    return (slot for slot in daily(after, until, 9) if slot.day.day == 1)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Ask whoever answers for each branch; reads only, for all branches at once."""
    branches = setting.branches(session, slot.day)
    paths = {branch.id: branch.path for branch in branches}
    owners = setting.owners(session, paths, slot.day)
    for unit_id, (member_id, name) in owners.items():
        yield Reminder(
            slot=f"{slot.day:%Y-%m}",
            subject=f"unit:{unit_id}",
            text=say(TEXT, name=name, month=event(slot.day.month)),
            reason=REASON,
            due_at=slot.at,
            expires_at=slot.at + timedelta(days=5),
            member_id=member_id,
        )


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those that are settled by now: here nothing records it, so none."""
    return ()


RULE = Rule(
    name=NAME,
    title="值班表",
    source="支部自己的安排",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
