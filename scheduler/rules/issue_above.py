"""An issue a week and more over its day: whoever answers for the unit above hears, week by week.

Example:
    » 赵专干: 赵专干您好：第三党支部的问题1“3号楼漏雨”4月20日到期，过了7天还没有办结，由王五办。请您过问。
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.domain.ladders import Ladder, Step
from bot.domain.privacy import Fact, FactKind, event, say
from bot.domain.wording import day_words
from bot.services import superiors, survey
from bot.services.issues import Issue
from scheduler.issue_rungs import list_on_rungs, satisfied, slots
from scheduler.rule import Reason, Reminder, Rule, Setting, Slot

NAME = "issue_above"
TEXT = "{name}您好：{unit}的{title}“{words}”{day}到期，过了{over}天还没有办结，{owner}。请您过问。"
OWNED, UNOWNED = "由{owner}办", "还没定谁来办"
SOURCE = "过期还没办结的问题每周告诉上级负责人一次（{settled}）"
FACTS = "{unit}的{title}期限是{day}，还没有报办结"
ENDS = "报了办结就停"
SEEN = "只发给您"
_USEFUL_FOR = 6  # days: then the next week's is near


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell whoever is above of each issue of which a rung falls on the day."""
    rungs = list_on_rungs(session, slot, setting, NAME)
    if not rungs:
        return
    paths = {issue.unit_id: issue.path for issue, *_ in rungs}
    above = superiors.above(session, paths, slot.day)
    names = survey.names_of(session, [one.member_id for one in above.values()])
    for issue, ladder, step in rungs:
        superior = above.get(issue.unit_id)
        if superior is not None and superior.member_id != issue.owner_id:
            told = (superior.member_id, names[superior.member_id])
            yield _reminder(issue, (ladder, step), slot, told)


def _reminder(
    issue: Issue, rung: tuple[Ladder, Step], slot: Slot, told: tuple[MemberId, str]
) -> Reminder:
    assert issue.due_on is not None
    ladder, step = rung
    day = day_words(issue.due_on)
    return Reminder(
        slot=f"{issue.due_on}/{step.name}",
        subject=f"open_item:{issue.id}",
        text=say(
            TEXT,
            name=told[1],
            unit=event(issue.unit),
            title=issue.title,
            words=Fact(FactKind.NOTICE, issue.words),
            day=day,
            over=(slot.day - issue.due_on).days,
            owner=Fact(
                FactKind.MISSING_NAMES, OWNED.format(owner=issue.owner) if issue.owner else UNOWNED
            ),
        ),
        reason=Reason(
            SOURCE.format(settled=ladder.settled),
            FACTS.format(unit=issue.unit, title=issue.title, day=day),
            ENDS,
            SEEN,
        ),
        due_at=slot.at,
        expires_at=slot.at + timedelta(days=ladder.lasts or _USEFUL_FOR),
        member_id=told[0],
        used={"item": issue.id, "due": issue.due_on.isoformat(), **ladder.facts(step)},
    )


RULE = Rule(
    name=NAME,
    title="问题过期告诉上级",
    source="issues.reminders",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
