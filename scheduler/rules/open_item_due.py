"""The day before something is due, and the day after if it is still open: its owner is told once.

Example:
    » 王五: 王五您好：问题1“3号楼漏雨 王五 4月20日前”4月20日到期。办好了回复 办好了 1
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.ids import MemberId
from bot.domain.open_items import Step, steps_on
from bot.domain.privacy import event, say
from bot.domain.wording import day_words
from bot.services import open_items, people, roll, survey
from bot.services.open_items import Item
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

USEFUL_FOR = timedelta(days=3)
TEXT = "{name}您好：{title}“{words}”{when}。办好了回复 办好了 {number}"
WHEN = {Step.BEFORE: "{day}到期", Step.AFTER: "{day}到期，还没有办结，需要帮忙请告诉书记"}
SOURCE = "会议纪要的待办和登记的问题，到期前后各提醒一次（本产品设定）"
FACTS = "{title}的期限是{day}，还没有办结"
ENDS = "回复 办好了 就停"
SEEN = "只发给您"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, _setting: Setting) -> Iterable[Reminder]:
    """Tell owners what is due tomorrow, and what was due yesterday; of nobody's, the organiser."""
    steps = {due: step for step, due in steps_on(slot.day)}
    items = open_items.list_due(session, steps)
    if not items:
        return
    owners = {item.owner_id for item in items if item.owner_id is not None}
    found = people.list_by_ids(session, owners, slot.day)
    names = {p.id: p.name for p in roll.without_suspended(session, found, slot.day)}
    keepers = survey.keepers(session, {item.unit_id for item in items}, slot.day)
    for item in items:
        owner = item.owner_id if item.owner_id in names else None
        told = (owner, names[owner]) if owner is not None else keepers.get(item.unit_id)
        if told is not None and item.due_on is not None:
            yield _reminder(item, steps[item.due_on], slot, *told)


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those whose item was closed."""
    still = open_items.still_open(session, {_item_of(row) for row in asked})
    return [row.id for row in asked if _item_of(row) not in still]


def _reminder(item: Item, step: Step, slot: Slot, member_id: MemberId, name: str) -> Reminder:
    assert item.due_on is not None
    return Reminder(
        slot=f"{item.id}/{step.value}",
        subject=f"open_item:{item.id}",
        text=say(
            TEXT,
            name=name,
            title=item.title,
            words=event(item.words),
            when=WHEN[step].format(day=day_words(item.due_on)),
            number=item.number,
        ),
        reason=Reason(
            SOURCE, FACTS.format(title=item.title, day=day_words(item.due_on)), ENDS, SEEN
        ),
        due_at=slot.at,
        expires_at=min(slot.at + USEFUL_FOR, _end_of(step, item.due_on)),
        member_id=member_id,
        used={"item": item.id, "due": item.due_on.isoformat()},
    )


def _end_of(step: Step, due_on: date) -> datetime:
    """Return until when a step is of use: the first one until the day is over."""
    return at(due_on + timedelta(days=1 if step is Step.BEFORE else 31))


def _item_of(row: Asked) -> int:
    return int(row.subject.removeprefix("open_item:"))


RULE = Rule(
    name="open_item_due",
    title="待办和问题到期",
    source="minutes.open_items",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
