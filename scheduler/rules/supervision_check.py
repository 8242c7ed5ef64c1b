"""A check of branches opens (月督导, 季评比, 半年督查, 年终考核): its facts are laid before the officer.

Example:
    » 街道专干: 街道专干您好：2026年3月的月督导可以看了，12个支部，有缺的2个：
    | 第三党支部：主题党日0/1，党费没登记3。
    | 看一个支部请发：督导 第三党支部 2026年3月
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.privacy import Fact, FactKind, event, say
from bot.domain.supervision import Check, Indicator, Shown, checks_of, shown
from bot.domain.wording import day_words
from bot.services import supervision, supervision_facts
from bot.services.supervision_facts import Tallies
from bot.services.survey import Branch
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = "{name}您好：{title}可以看了，{n}个支部，{lines}。\n看一个支部请发：督导 {branch} {when}"
COMPLETE = "到现在都没有缺的"
BEHIND = "到现在有缺的{n}个：\n{lines}"
LINE = "{unit}：{facts}"
MORE = "还有{n}个，看全部请发：督导 {when}"
SOURCE = "每个支部一年19次督导，数字从台账里来（本产品设定）"
FACTS = "{title}{day}起可以看"
ENDS = "只说这一次"
SEEN = "只发给您，不进群，不排名"
USEFUL_FOR = timedelta(days=5)
_MOST = 10


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Lay each check that opens today before every officer, with the facts of the own branches."""
    opening = [check for check in checks_of(slot.day.year) if check.opens_on == slot.day]
    if not opening:
        return
    for unit, path, member, name in supervision.list_officers(session, slot.day):
        branches = [b for b in setting.branches(session, slot.day) if b.path.startswith(path)]
        for check in opening if branches else ():
            tallies = supervision_facts.compute(session, branches, check, slot.at)
            yield _reminder(check, branches, tallies, slot, unit, member, name)


def satisfied(_session: Session, _asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return nothing: what is laid before somebody once is not overtaken by anything."""
    return ()


def _reminder(
    check: Check,
    branches: Sequence[Branch],
    tallies: Tallies,
    slot: Slot,
    unit: UnitId,
    member: MemberId,
    name: str,
) -> Reminder:
    open_: list[tuple[str, list[Shown]]] = []
    for branch in branches:
        numbers = [
            shown(ind, tallies[branch.id][ind]) for ind in Indicator if ind in tallies[branch.id]
        ]
        missing = [number for number in numbers if number.is_open]
        if missing:
            open_.append((branch.name, missing))
    when = check.when
    return Reminder(
        slot=f"{check.name}/{check.kind.name}",
        subject=f"unit:{unit}",
        text=say(
            TEXT,
            name=name,
            title=check.title,
            n=len(branches),
            lines=Fact(FactKind.SUPERVISION, _lines(open_, when)),
            branch=event(open_[0][0] if open_ else branches[0].name),
            when=when,
        ),
        reason=Reason(SOURCE, FACTS.format(title=check.title, day=day_words(slot.day)), ENDS, SEEN),
        due_at=slot.at,
        expires_at=slot.at + USEFUL_FOR,
        member_id=member,
        used={"check": check.name, "branches": len(branches), "open": len(open_)},
    )


def _lines(open_: Sequence[tuple[str, Sequence[Shown]]], when: str) -> str:
    if not open_:
        return COMPLETE
    lines = [
        LINE.format(unit=unit, facts="，".join(number.words for number in missing))
        for unit, missing in open_[:_MOST]
    ]
    if len(open_) > _MOST:
        lines.append(MORE.format(n=len(open_) - _MOST, when=when))
    return BEHIND.format(n=len(open_), lines="；\n".join(lines))


RULE = Rule(
    name="supervision_check",
    title="督导可以看了",
    source="supervision.checks",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
