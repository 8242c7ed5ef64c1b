"""Whoever looks after a community, an enterprise, a courtyard and has not been there: told privately.

Leaders and instructors hear once a month, on the 25th; branches, and who helps somebody, once a
quarter. What has ended is not asked for.

Example:
    » 陈主任: 陈主任您好：本月还没有走访的有：西后街社区。走访了回复，例如：走访 西后街社区 3月25日 发现的问题
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.cadence import parse_period
from bot.domain.contacts import ContactKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladder, Period, Step, useful_until
from bot.domain.periods import Month
from bot.domain.privacy import event, say
from bot.domain.wording import day_words, names_words
from bot.services import ladders, survey, visits
from bot.services.contacts import Standing, unit_of
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{period}还没有走访的有：{whom}。"
    "走访了回复，例如：走访 {first} {day} 发现的问题（没有问题不用写）"
)
MONTH, QUARTER = "本月", "本季度"
SOURCE = "分包和联系的地方要定期走访，{how}（本产品设定）"
FACTS = "{period}还没有登记走访：{whom}"
ENDS = "走访登记后自动停止"
SEEN = "只发给您"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def _unvisited(
    session: Session, kinds: Collection[ContactKind], period: Period, slot: Slot
) -> dict[MemberId, list[Standing]]:
    """Return what each person has not visited in a period: a branch's by who answers for it."""
    first, until = period.first, period.last + timedelta(days=1)
    lines = visits.list_unvisited(session, kinds, first, until, slot.day)
    paths = {UnitId(line.who.id): line.who.path for line in lines if not line.who.is_member}
    keepers = survey.answerable(session, paths, slot.day) if paths else {}
    found: dict[MemberId, list[Standing]] = defaultdict(list)
    for line in lines:
        own = MemberId(line.who.id) if line.who.is_member else None
        told = own or keepers.get(UnitId(line.who.id))
        if told is not None:
            found[told].append(line)
    return found


def _reminders(
    rule: str, kinds: Collection[ContactKind]
) -> Callable[[Session, Slot, Setting], Iterable[Reminder]]:
    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        known = ladders.every(session, setting.ladders, rule)
        rung = next((on for each in known if (on := each.step_on(slot.day))), None)
        if rung is None:
            return
        found = _unvisited(session, kinds, rung[0], slot)
        names = survey.names_of(session, found)
        units = {unit_of(line) for lines in found.values() for line in lines} - {None}
        of = ladders.of_units(
            session, setting.ladders, rule, [u for u in units if u is not None], slot.day
        )
        for member, lines in found.items():
            due = [(line, _rung(line, of, setting.ladders.of(rule), slot)) for line in lines]
            wanted = [(line, each) for line, each in due if each is not None]
            if wanted:
                told = [line for line, _ in wanted]
                yield _reminder(member, names[member], told, slot, *wanted[0][1])

    return reminders


def _rung(
    line: Standing, of: Mapping[UnitId, Ladder], usual: Ladder, slot: Slot
) -> tuple[Ladder, Period, Step] | None:
    unit = unit_of(line)
    ladder = usual if unit is None else of[unit]
    found = ladder.step_on(slot.day)
    return None if found is None else (ladder, *found)


def _reminder(
    member: MemberId,
    name: str,
    lines: Sequence[Standing],
    slot: Slot,
    ladder: Ladder,
    period: Period,
    step: Step,
) -> Reminder:
    whom = names_words(list(dict.fromkeys(line.whom.name for line in lines)))
    words = MONTH if isinstance(period, Month) else QUARTER
    return Reminder(
        slot=f"{period}/{step.name}",
        subject=f"visits:{member}",
        text=say(
            TEXT,
            name=name,
            period=words,
            whom=event(whom),
            first=event(lines[0].whom.name),
            day=day_words(slot.day),
        ),
        reason=Reason(
            SOURCE.format(how="每月一次" if isinstance(period, Month) else "每季度一次"),
            FACTS.format(period=words, whom=whom),
            ENDS,
            SEEN,
        ),
        due_at=slot.at,
        expires_at=at(useful_until(ladder.steps(period), slot.day, period.last)),
        member_id=member,
        used={"contacts": [line.id for line in lines], **ladder.facts(step)},
    )


def _satisfied(
    kinds: Collection[ContactKind],
) -> Callable[[Session, Sequence[Asked], datetime], Collection[int]]:
    def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        """Return those who have been everywhere by now, or look after nothing any more."""
        owing: dict[str, Collection[MemberId]] = {}
        for period in {row.slot.partition("/")[0] for row in asked}:
            owing[period] = _unvisited(session, kinds, parse_period(period), Slot(now))
        return [row.id for row in asked if row.member_id not in owing[row.slot.partition("/")[0]]]

    return satisfied


MONTHLY = Rule(
    name="visit_gap",
    title="本月还没走访",
    source="contacts.visits",
    slots=slots,
    reminders=_reminders("visit_gap", visits.MONTHLY),
    satisfied=_satisfied(visits.MONTHLY),
    joins=True,
)
QUARTERLY = Rule(
    name="contact_quiet",
    title="本季度还没走访",
    source="contacts.visits",
    slots=slots,
    reminders=_reminders("contact_quiet", visits.QUARTERLY),
    satisfied=_satisfied(visits.QUARTERLY),
    joins=True,
)
