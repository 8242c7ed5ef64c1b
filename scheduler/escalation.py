"""After the last rung: whoever answers for the unit above is told once, and then it is quiet.

What is said to one person that day is joined in one message; each line is about one unit and one
duty, so that what is settled meanwhile is left out of it.

Example:
    » 赵专干: 赵专干您好：第三党支部一季度的支部党员大会到3月31日没有登记，
    | 2月14日、3月16日、3月26日提醒过李书记。请您过问。
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.burden import deliver_at
from bot.domain.ids import MemberId, UnitId
from bot.domain.privacy import event, missing, say
from bot.domain.wording import day_words, period_words
from bot.services import reminders as said
from bot.services import superiors, survey
from bot.services.reminders import Told
from bot.services.superiors import Superior
from scheduler.rule import ROUND_AT, Asked, Behind, Reason, Reminder, Rule, Setting, Slot, daily

NAME = "above"
TEXT = "{name}您好：{unit}{period}的{what}到{last}没有登记，{told}。{ask}"
TOLD = "{days}提醒过{who}"
NOBODY_TOLD = "没有提醒到人"
ASK = "请您过问。"
NOBODY_ABOVE = "上级还没有登记负责人，先告诉您。"
SOURCE = "过期{n}天还没有登记的，告诉上级负责人一次（{settled}）"
FACTS = "{unit}{period}的{what}尚未登记"
ENDS = "登记后自动停止，只说这一次"
SEEN = "只发给您"
USEFUL_FOR = timedelta(days=14)  # over the longest holiday


def above_rule(rules: Sequence[Rule]) -> Rule:
    """Return the rule that tells the unit above of what other rules have reminded of in vain."""
    watched = {rule.name: rule for rule in rules if rule.behind is not None}

    def slots(after: datetime, until: datetime) -> Iterable[Slot]:
        return daily(after, until, ROUND_AT.hour)

    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        found = {name: _behind(rule, session, slot, setting) for name, rule in watched.items()}
        paths = {item.unit_id: item.path for items in found.values() for item in items}
        if not paths:
            return
        above = superiors.above(session, paths, slot.day)
        told = _told(session, watched, found, slot, setting)
        names = _names(session, above, told)
        for name, items in found.items():
            for item in items:
                if item.unit_id in above:
                    known = told.get((name, _subject(item), str(item.period)), ())
                    yield _reminder(name, item, slot, above[item.unit_id], known, names)

    def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        by_rule: dict[str, list[Asked]] = defaultdict(list)
        for row in asked:
            name, _, slot = row.slot.partition(".")
            by_rule[name].append(Asked(row.id, slot, row.subject, row.member_id))
        return [
            settled
            for name, rows in by_rule.items()
            for settled in watched[name].satisfied(session, rows, now)
        ]

    return Rule(NAME, "告诉上级", "burden.above", slots, reminders, satisfied, joins=True)


def _behind(rule: Rule, session: Session, slot: Slot, setting: Setting) -> list[Behind]:
    return [] if rule.behind is None else list(rule.behind(session, slot, setting))


def _told(
    session: Session,
    watched: Mapping[str, Rule],
    found: Mapping[str, Sequence[Behind]],
    slot: Slot,
    setting: Setting,
) -> dict[tuple[str, str, str], set[Told]]:
    """Return whom we told of what before the slot, and when.

    What fell due is in the outbox, as it was sent; what is still to come, in a plan, is asked of
    the rules themselves.
    """
    wanted = {
        (name, _subject(item), str(item.period)): item for name, of in found.items() for item in of
    }
    since = at(min(item.since for item in wanted.values()))
    told = said.told_between(session, set(wanted), since, slot.at)
    if setting.queued_until is not None:
        for name, items in found.items():
            days = {day for item in items for day in item.rungs}
            coming = [at(d, ROUND_AT.hour) for d in days]
            for moment in sorted(m for m in coming if setting.queued_until < m < slot.at):
                for reminder in watched[name].reminders(session, Slot(moment), setting):
                    key = (name, reminder.subject, reminder.slot.partition("/")[0])
                    one = _will_tell(reminder, slot, setting)
                    if key in wanted and one is not None:
                        told.setdefault(key, set()).add(one)
    return told


def _will_tell(reminder: Reminder, slot: Slot, setting: Setting) -> Told | None:
    """Return when a reminder that is not queued yet will reach whom; None if never, or later."""
    member = reminder.member_id
    if member is None:
        return None
    moment = deliver_at(
        reminder.due_at, f"m{member}", setting.burden, setting.workdays, round_at=ROUND_AT
    )
    return Told(day_of(moment), member) if moment < min(reminder.expires_at, slot.at) else None


def _names(
    session: Session,
    above: Mapping[UnitId, Superior],
    told: Mapping[tuple[str, str, str], Collection[Told]],
) -> dict[MemberId, str]:
    members = {superior.member_id for superior in above.values()}
    members |= {one.member_id for known in told.values() for one in known}
    return survey.names_of(session, members)


def _reminder(
    rule: str,
    item: Behind,
    slot: Slot,
    superior: Superior,
    told: Collection[Told],
    names: Mapping[MemberId, str],
) -> Reminder:
    period = period_words(item.period)
    return Reminder(
        slot=f"{rule}.{item.period}/above",
        subject=_subject(item),
        text=say(
            TEXT,
            name=names[superior.member_id],
            unit=event(item.unit),
            period=period,
            what=event(item.what),
            last=day_words(item.last),
            told=missing(_told_words(told, names)),
            ask=NOBODY_ABOVE if superior.is_own else ASK,
        ),
        reason=Reason(
            SOURCE.format(n=item.ladder.above, settled=item.ladder.settled),
            FACTS.format(unit=item.unit, period=period, what=item.what),
            ENDS,
            SEEN,
        ),
        due_at=slot.at,
        expires_at=slot.at + USEFUL_FOR,
        member_id=superior.member_id,
        used={
            "unit": item.unit_id,
            "period": str(item.period),
            "told": [{"on": one.on.isoformat(), "member": one.member_id} for one in sorted(told)],
        },
    )


def _told_words(told: Collection[Told], names: Mapping[MemberId, str]) -> str:
    days: dict[MemberId, list[date]] = {}
    for one in sorted(told):
        days.setdefault(one.member_id, []).append(one.on)
    parts = [
        TOLD.format(days="、".join(map(day_words, on)), who=names[who]) for who, on in days.items()
    ]
    return "，".join(parts) or NOBODY_TOLD


def _subject(item: Behind) -> str:
    return f"unit:{item.unit_id}"
