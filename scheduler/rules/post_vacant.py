"""A post that answers for a unit is empty: who answers meanwhile hears of it, and who is above.

Whoever ends a post by a word in the chat has it told at once; the first morning is for what told
nobody: a term that ran out, a branch that was split, a file.

Example:
    » 李建国: 李建国您好：第三党支部组织委员3月12日起空缺，新任到任以前由您负责。
    » 赵敏: 赵敏您好：第三党支部组织委员3月12日起空缺，新任到任以前由书记李建国负责。请安排人选。
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.ladders import Ladder, Step
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import ROLE_NAMES, Role
from bot.domain.wording import day_words
from bot.services import ladders, vacancies
from bot.services.people import Holder
from bot.services.vacancies import LeftEmpty
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

ANSWERS = "{name}您好：{unit}{role}{day}起空缺，新任到任以前由您负责。"
ABOVE = "{name}您好：{unit}{role}{day}起空缺，新任到任以前由{who}负责。请安排人选。"
NOBODY = "{name}您好：{unit}{role}{day}起空缺，现在没有人负责。请安排人选。"
SOURCE = "每件事都要有人负责（本产品设定）"
FACTS = "{unit}{role}{day}起空缺"
ENDS = "有人到任自动停止"
SEEN = "只发给您"
_USEFUL_FOR = 10  # days, where a ladder does not say


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell who answers, and who is above, of posts empty for as many days as a rung says."""
    days = ladders.days_around(ladders.every(session, setting.ladders, RULE.name))
    since = [slot.day - timedelta(days=day) for day in days]
    found = vacancies.list_left_empty(session, since, slot.day) if since else []
    of = ladders.of_units(
        session, setting.ladders, RULE.name, {one.unit_id for one in found}, slot.day
    )
    for one in found:
        ladder = of[one.unit_id]
        step = next((step for step in ladder.steps(one.since) if step.day == slot.day), None)
        if step is None or (one.told and step.number == 1):
            continue
        for holder, template in _whom(one):
            yield _reminder(one, slot, (ladder, step), holder, template)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those whose post somebody holds now, or whose unit is gone."""
    posts = {_post_of(row) for row in asked}
    filled = vacancies.list_filled(session, posts, day_of(now))
    return [row.id for row in asked if _post_of(row) in filled]


def _whom(one: LeftEmpty) -> Iterable[tuple[Holder, str]]:
    if one.vacancy.answers is not None:
        yield one.vacancy.answers, ANSWERS
    if one.vacancy.above is not None:
        yield one.vacancy.above, ABOVE if one.vacancy.answers is not None else NOBODY


def _reminder(
    one: LeftEmpty, slot: Slot, rung: tuple[Ladder, Step], holder: Holder, template: str
) -> Reminder:
    ladder, step = rung
    words = _words(one, slot)
    return Reminder(
        slot=f"{one.since}/{one.role.value}/{step.name}",
        subject=f"unit:{one.unit_id}",
        text=say(
            template, name=holder.name, **{k: Fact(FactKind.ROLL, v) for k, v in words.items()}
        ),
        reason=Reason(SOURCE, FACTS.format(**words), ENDS, SEEN),
        due_at=slot.at,
        expires_at=slot.at + timedelta(days=ladder.lasts or _USEFUL_FOR),
        member_id=holder.id,
        used={"unit": one.unit_id, "since": one.since.isoformat(), **ladder.facts(step)},
    )


def _words(one: LeftEmpty, slot: Slot) -> dict[str, str]:
    day, who = day_words(one.since), one.vacancy.answers
    return {
        "unit": one.vacancy.unit,
        "role": ROLE_NAMES[one.role],
        "day": day if one.since.year == slot.day.year else f"{one.since.year}年{day}",
        "who": f"{ROLE_NAMES[who.role]}{who.name}" if who else "",
    }


def _post_of(row: Asked) -> tuple[UnitId, Role]:
    unit = UnitId(int(row.subject.removeprefix("unit:")))
    return unit, Role(row.slot.split("/")[1])


RULE = Rule(
    name="post_vacant",
    title="职务空缺",
    source="roll.vacant",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
