"""Class hours still missing of the year, told to the member alone, on the days of the ladder.

Example:
    » 张三: 张三您好：今年的学时现在是26，全年一般不少于32，还差6。近期有集中学习和培训可以报名；身体不便可以和组织委员商量。
    张三: 为什么
    » 依据：党员每年集中学习培训一般不少于32学时（…第二十条）。您今年实到的学习是26学时。够了自动停止。只发给您。
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.ids import MemberId
from bot.domain.ladders import Ladder, Step
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.study_hours import before_words, hours_words
from bot.services import ladders, roll, study_hours, survey
from bot.services.study_hours import Hours
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：今年的学时现在是{hours}{before}，全年一般不少于{target}，还差{short}。"
    "近期有集中学习和培训可以参加；身体不便可以和组织委员商量。看明细回复 我的学时"
)
SOURCE = "全年学时一般不少于{target}（{source}）"
FACTS = "您今年实到的学习是{hours}学时"
BEFORE = "，启用前的是{hours}学时"
ENDS = "够了自动停止"
SEEN = "只发给您"
_BRANCHES_AT_ONCE = 100


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning: branches settle their own days, by default two of the autumn."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell every member of whom the year asks more, if the year is on record as a whole."""
    known = ladders.every(session, setting.ladders, RULE.name)
    rungs = {ladder: found[1] for ladder in known if (found := ladder.step_on(slot.day))}
    if not rungs:
        return
    year = slot.day.year
    counted = setting.branches(session, slot.day)
    of = {branch.id: setting.ladders.of(RULE.name, branch.settings) for branch in counted}
    branches = [branch for branch in counted if of[branch.id] in rungs]
    for start in range(0, len(branches), _BRANCHES_AT_ONCE):
        some = branches[start : start + _BRANCHES_AT_ONCE]
        groups = survey.members_by_branch(session, some, slot.day)
        names = {member: name for group in groups.values() for member, name in group}
        hours = study_hours.of_members(session, names, year, slot.at)
        for branch_id, group in groups.items():
            ladder = of[branch_id]
            for member, name in group:
                if hours[member].short:
                    yield _reminder(slot, member, name, hours[member], ladder, rungs[ladder])


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those who have reached it by now, or are asked for nothing any more."""
    members = {row.member_id for row in asked if row.member_id is not None}
    active = roll.active(session, members, day_of(now))
    found = study_hours.of_members(session, members, day_of(now).year, now)
    return [
        row.id
        for row in asked
        if row.member_id is not None
        and (row.member_id not in active or not found[row.member_id].short)
    ]


def _reminder(
    slot: Slot, member: MemberId, name: str, found: Hours, ladder: Ladder, step: Step
) -> Reminder:
    hours, target = hours_words(found.tenths), hours_words(found.target or 0)
    facts = FACTS.format(hours=hours_words(found.here))
    if found.before:
        facts += BEFORE.format(hours=hours_words(found.before))
    return Reminder(
        slot=f"{slot.day.year}/{step.name}",
        subject=f"hours:{member}",
        text=say(
            TEXT,
            name=name,
            hours=Fact(FactKind.PRESENCE, hours),
            before=Fact(FactKind.PRESENCE, before_words(found.before, found.tenths)),
            target=target,
            short=Fact(FactKind.PRESENCE, hours_words(found.short or 0)),
        ),
        reason=Reason(SOURCE.format(target=target, source=found.source), facts, ENDS, SEEN),
        due_at=slot.at,
        expires_at=at(date(slot.day.year + 1, 1, 1)),
        member_id=member,
        used={
            "year": slot.day.year,
            "tenths": found.tenths,
            "target": found.target,
            **ladder.facts(step),
        },
    )


RULE = Rule(
    name="study_shortfall",
    title="学时还差",
    source="study.shortfall",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
