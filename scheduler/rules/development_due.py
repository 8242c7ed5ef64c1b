"""A step of somebody who wants to join is near its last day, over it, or may be taken from today.

Example:
    » 王敏: 王敏您好：赵新的发展登记，最晚4月1日派人谈话（2014年细则第七条）。办了请发：发展 赵新 第2步 日期
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.development import Limit, full_day
from bot.domain.ids import MemberId
from bot.domain.privacy import Fact, FactKind, event, say
from bot.services import development_due, survey
from bot.services.development_due import Due
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

BEFORE, AFTER, READY = "T-7", "T+1", "T"
TEXT = {
    BEFORE: "{name}您好：{who}的“{step}”最晚{day}。{why}。办了请发：{order}",
    AFTER: "{name}您好：{who}的“{step}”{day}到期，还没有登记。{why}。办了请发：{order}",
    READY: "{name}您好：{who}今天起可以研究“{step}”了。{why}。是否合适由支部讨论；定了请发：{order}",
}
ORDER, OBSERVE = "发展 {name} 第{step}步 日期", "发展考察 {name} 日期"
FACTS = "{who}的“{step}”从{began}算起，{bound}{day}"
ENDS = "登记了就停；终止的不再提醒"
SEEN = "只发给组织委员，没有组织委员的发给书记；不进群"
USEFUL_FOR = timedelta(days=14)
_WEEK, _DAY = timedelta(days=7), timedelta(days=1)


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, _setting: Setting) -> Iterable[Reminder]:
    """Tell who keeps the roll of a branch what is due there; nobody else hears of it."""
    found = [
        (due, rung)
        for due in development_due.list_due(session, slot.day - _DAY, slot.day + _WEEK)
        if (rung := _rung(due.limit, slot.day)) is not None
    ]
    keepers = survey.keepers(session, {due.view.unit_id for due, _ in found}, slot.day)
    for due, rung in found:
        keeper = keepers.get(due.view.unit_id)
        if keeper is not None:
            yield _reminder(due, rung, slot, *keeper)


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those whose step was entered, whose day has moved, or whose case is over."""
    wanted = {_day_of(row) for row in asked}
    if not wanted:
        return ()
    still = {
        (due.view.id, due.limit.step, due.limit.day)
        for due in development_due.list_due(session, min(wanted), max(wanted))
    }
    return [row.id for row in asked if _asked(row) not in still]


def _rung(limit: Limit, today: date) -> str | None:
    if limit.least:
        return READY if limit.day == today else None
    return {today + _WEEK: BEFORE, today - _DAY: AFTER}.get(limit.day)


def _reminder(due: Due, rung: str, slot: Slot, keeper: MemberId, name: str) -> Reminder:
    view, limit = due.view, due.limit
    who = f"{view.name}（{view.unit}）"
    order = OBSERVE if limit.rule.key == "development.observation" else ORDER
    day = full_day(limit.day)
    return Reminder(
        slot=f"{limit.step}/{limit.day}/{rung}",
        subject=f"development:{view.id}",
        text=say(
            TEXT[rung],
            name=name,
            who=Fact(FactKind.DEVELOPMENT, who),
            step=event(limit.done),
            day=day,
            why=f"{limit.rule.text}（{limit.rule.citation}）",
            order=Fact(FactKind.DEVELOPMENT, order.format(name=view.name, step=limit.step)),
        ),
        reason=Reason(
            f"{limit.rule.text}（{limit.rule.citation}）",
            FACTS.format(
                who=who,
                step=limit.done,
                began=full_day(limit.began),
                bound="最早" if limit.least else "最晚",
                day=day,
            ),
            ENDS,
            SEEN,
        ),
        due_at=slot.at,
        expires_at=_until(limit, rung, slot),
        member_id=keeper,
        used={"case": view.id, "step": limit.step, "day": limit.day.isoformat()},
    )


def _until(limit: Limit, rung: str, slot: Slot) -> datetime:
    """Return until when a text is of use: what comes before a last day until that is over."""
    return at(limit.day + _DAY) if rung == BEFORE else slot.at + USEFUL_FOR


def _day_of(row: Asked) -> date:
    return date.fromisoformat(row.slot.split("/")[1])


def _asked(row: Asked) -> tuple[int, int, date]:
    step = int(row.slot.partition("/")[0])
    return int(row.subject.removeprefix("development:")), step, _day_of(row)


RULE = Rule(
    name="development_due",
    title="发展党员的时间",
    source="development.reminders",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
