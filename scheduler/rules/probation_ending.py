"""The probation of a member ends: its keeper hears a month before and on the day, he himself once.

Example:
    » 张伟: 张伟您好：您的预备期到11月10日满。可以向支部交转正申请书了，有不清楚的请问组织委员。
    » 王敏: 王敏您好：张伟（第三党支部）的预备期到11月10日满。请提醒他交转正申请书，满了再开党员大会讨论。
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain import regulations
from bot.domain.development import full_day
from bot.domain.ids import MemberId
from bot.domain.privacy import Fact, FactKind, Text, say
from bot.services import development_due, people, roll, survey
from bot.services.development_due import Ending
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

AHEAD, TODAY, OWN = "T-30", "T", "own"
OWN_TEXT = "{name}您好：您的预备期到{day}满。可以向支部交转正申请书了，有不清楚的请问组织委员。"
TEXT = {
    AHEAD: "{name}您好：{who}的预备期到{day}满。请提醒本人交转正申请书，满了再开党员大会讨论。{order}",
    TODAY: "{name}您好：{who}的预备期{day}已满，可以开党员大会讨论转正了。{order}",
}
ORDER = "办好了请发：{order}"
OF_CASE, OF_ROLL = "发展 {member} 第23步 日期", "转正 {member} 日期"
FACTS = "{who}的预备期到{day}满"
ENDS = "登记转正就停"
SEEN = "组织委员（没有的是书记）收到，满前30天本人也收到一条；不进群"
OWN_SEEN = "只发给您"
USEFUL_FOR = timedelta(days=14)
_MONTH = timedelta(days=30)


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, _setting: Setting) -> Iterable[Reminder]:
    """Tell keepers of whose probation is over in a month or today, and him a month before."""
    ending = development_due.list_ending(session, [slot.day, slot.day + _MONTH])
    if not ending:
        return
    away = roll.suspended(session, slot.day, [one.member_id for one in ending])
    keepers = survey.keepers(session, {one.unit_id for one in ending}, slot.day)
    called = people.tell_apart_by_branch(session, [one.member_id for one in ending], slot.day)
    for one in ending:
        if one.member_id in away:
            continue
        rung = TODAY if one.ends_on == slot.day else AHEAD
        if one.unit_id in keepers:
            yield _to_keeper(one, called[one.member_id], rung, slot, *keepers[one.unit_id])
        if rung == AHEAD:
            yield _to_member(one, slot)


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those about who is a full member by now, has left, or whose probation was extended."""
    still = development_due.still_ending(session, {_member_of(row) for row in asked})
    return [row.id for row in asked if still.get(_member_of(row)) != _day_of(row)]


def _to_keeper(
    one: Ending, who: str, rung: str, slot: Slot, keeper: MemberId, name: str
) -> Reminder:
    day = full_day(one.ends_on)
    order = (OF_CASE if one.has_case else OF_ROLL).format(member=one.name)
    text = say(
        TEXT[rung],
        name=name,
        who=Fact(FactKind.DEVELOPMENT, who),
        day=day,
        order=Fact(FactKind.DEVELOPMENT, ORDER.format(order=order) if rung == TODAY else ""),
    )
    reason = Reason(_source(one), FACTS.format(who=who, day=day), ENDS, SEEN)
    return _reminder(one, rung, slot, keeper, text=text, reason=reason)


def _to_member(one: Ending, slot: Slot) -> Reminder:
    """Tell him what concerns himself alone: the day, and what he may hand in."""
    day = full_day(one.ends_on)
    text = say(OWN_TEXT, name=one.name, day=Fact(FactKind.MOVEMENT, day))
    reason = Reason(_source(one), FACTS.format(who="您", day=day), ENDS, OWN_SEEN)
    return _reminder(one, OWN, slot, one.member_id, text=text, reason=reason)


def _reminder(
    one: Ending, rung: str, slot: Slot, told: MemberId, *, text: Text, reason: Reason
) -> Reminder:
    return Reminder(
        slot=f"{one.ends_on}/{rung}",
        subject=f"member:{one.member_id}",
        text=text,
        reason=reason,
        due_at=slot.at,
        expires_at=slot.at + USEFUL_FOR if rung == TODAY else at(one.ends_on),
        member_id=told,
        used={"member": one.member_id, "ends": one.ends_on.isoformat()},
    )


def _source(one: Ending) -> str:
    rule = regulations.on("development.probation", one.ends_on)
    return f"{rule.text}（{rule.citation}）"


def _member_of(row: Asked) -> MemberId:
    return MemberId(int(row.subject.removeprefix("member:")))


def _day_of(row: Asked) -> date:
    return date.fromisoformat(row.slot.partition("/")[0])


RULE = Rule(
    name="probation_ending",
    title="预备期快满",
    source="development.reminders",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
