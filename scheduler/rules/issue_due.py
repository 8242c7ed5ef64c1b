"""An issue that is not put right: its owner hears some days before the deadline, and after it.

Where nobody was named for it, whoever keeps the records hears. What was reported done is left
alone, even before a second person has seen it.

Example:
    » 王五: 王五您好：问题1“3号楼漏雨”4月20日前要办好，还有7天。办好了回复 办好了 1 怎么办的
    » 王五: 王五您好：问题1“3号楼漏雨”4月20日到期，还没有办结。办好了回复 办好了 1 怎么办的；有难处请告诉书记
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.ids import MemberId
from bot.domain.ladders import Base, Ladder, Step, useful_until
from bot.domain.privacy import Fact, FactKind, event, say
from bot.domain.wording import day_words
from bot.services import people, roll, survey
from bot.services.issues import Issue
from scheduler.issue_rungs import list_on_rungs, satisfied, slots
from scheduler.rule import Reason, Reminder, Rule, Setting, Slot

COMING = (
    "{name}您好：{title}“{words}”{day}前要办好，还有{left}天。"
    "办好了回复 办好了 {number} 怎么办的{owner}"
)
OVER = (
    "{name}您好：{title}“{words}”{day}到期，还没有办结。"
    "办好了回复 办好了 {number} 怎么办的；有难处请告诉书记{owner}"
)
UNOWNED = "。还没定谁来办，定了回复 问题{number} 姓名"
SOURCE = "没办结的问题到期前和过期后提醒负责人（{settled}）"
FACTS = "{title}的期限是{day}，还没有报办结"
ENDS = "回复 办好了 就停"
SEEN = "只发给您"
_USEFUL_FOR = 7  # days, where a ladder does not say


def _reminders(rule: str, template: str) -> Callable[..., Iterable[Reminder]]:
    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        rungs = list_on_rungs(session, slot, setting, rule)
        if not rungs:
            return
        owners = {issue.owner_id for issue, *_ in rungs if issue.owner_id is not None}
        found = people.list_by_ids(session, owners, slot.day)
        suspended = {p.id for p in found} - {
            p.id for p in roll.without_suspended(session, found, slot.day)
        }
        names = survey.names_of(session, owners - suspended)
        keepers = survey.keepers(session, {issue.unit_id for issue, *_ in rungs}, slot.day)
        for issue, ladder, step in rungs:
            own = issue.owner_id if issue.owner_id in names else None
            told = (own, names[own]) if own is not None else keepers.get(issue.unit_id)
            if told is not None:
                yield _reminder(template, issue, (ladder, step), slot, told)

    return reminders


def _reminder(
    template: str, issue: Issue, rung: tuple[Ladder, Step], slot: Slot, told: tuple[MemberId, str]
) -> Reminder:
    assert issue.due_on is not None
    ladder, step = rung
    day = day_words(issue.due_on)
    until = at(useful_until(ladder.steps(issue.due_on), slot.day, issue.due_on))
    lasts = slot.at + timedelta(days=ladder.lasts or _USEFUL_FOR)
    return Reminder(
        slot=f"{issue.due_on}/{step.name}",
        subject=f"open_item:{issue.id}",
        text=say(
            template,
            name=told[1],
            title=issue.title,
            words=Fact(FactKind.NOTICE, issue.words),
            day=day,
            left=(issue.due_on - slot.day).days,
            number=issue.number,
            owner=event("" if issue.owner_id else UNOWNED.format(number=issue.number)),
        ),
        reason=Reason(
            SOURCE.format(settled=ladder.settled),
            FACTS.format(title=issue.title, day=day),
            ENDS,
            SEEN,
        ),
        due_at=slot.at,
        expires_at=lasts if ladder.base is Base.AFTER else until,
        member_id=told[0],
        used={"item": issue.id, "due": issue.due_on.isoformat(), **ladder.facts(step)},
    )


DUE = Rule(
    name="issue_due",
    title="问题到期",
    source="issues.reminders",
    slots=slots,
    reminders=_reminders("issue_due", COMING),
    satisfied=satisfied,
    joins=True,
)
OVERDUE = Rule(
    name="issue_overdue",
    title="问题过期",
    source="issues.reminders",
    slots=slots,
    reminders=_reminders("issue_overdue", OVER),
    satisfied=satisfied,
    joins=True,
)
