"""A letter of introduction (介绍信) that nobody has received: both branches hear before it runs out.

Example:
    » 王敏: 王敏您好：张三到第五党支部的介绍信3月31日到期，对方还没有接收。请联系对方，或者请张三去报到。
    » 周书记: 周书记您好：张三从第三党支部转来的介绍信3月31日到期，还没有接收。来报到了请回复 接收 张三
    王敏: 为什么
    » 依据：接收之前由原党组织负责，没有正当理由不得拒收（党员教育管理工作条例第二十五条）。…
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladder, Step, useful_until
from bot.domain.privacy import Fact, FactKind, event, say
from bot.domain.wording import day_words
from bot.services import ladders, survey
from bot.services import letters as letters_of
from bot.services.letters import Letter
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

GIVEN = (
    "{name}您好：{member}到{to}的介绍信{when}到期，对方还没有接收。"
    "请联系对方，或者请{member}去报到。{receipt}"
)
RECEIPT = "回执来了请回复 回执 {member}"
COME = (
    "{name}您好：{member}从{unit}转来的介绍信{when}到期，还没有接收。"
    "来报到了请回复 接收 {member}；有问题请回复 退回 {member} 原因"
)
SOURCE = "接收之前由原党组织负责，没有正当理由不得拒收（党员教育管理工作条例第二十五条）；有效期按介绍信写的"
FACTS = "{member}的介绍信{day}到期，还没有接收"
ENDS = "接收、退回或收回后自动停止"
SEEN = "转出、转入两边的组织委员各收到一条"
USEFUL_FOR = timedelta(days=7)
NAME = "letter_open"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell both sides of each letter of whose ladder a rung falls on the day."""
    days = ladders.days_around(ladders.every(session, setting.ladders, NAME))
    if not days:
        return
    ending = letters_of.list_expiring(session, slot.day, slot.day + timedelta(days=days[-1]))
    answering = letters_of.answering(session, ending)
    units = set(answering.values())
    of = ladders.of_units(session, setting.ladders, NAME, units, slot.day)
    keepers = survey.keepers(session, units, slot.day) if units else {}
    for letter in ending:
        yield from _of_letter(letter, slot, answering, of, keepers)


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those whose letter was received, returned or withdrawn."""
    still = letters_of.still_open(session, {_letter_of(row) for row in asked})
    return [row.id for row in asked if _letter_of(row) not in still]


def _of_letter(
    letter: Letter,
    slot: Slot,
    answering: Mapping[UnitId, UnitId],
    of: Mapping[UnitId, Ladder],
    keepers: Mapping[UnitId, tuple[MemberId, str]],
) -> Iterable[Reminder]:
    """Yield what each side is told; who keeps both rolls hears once, as the one that receives."""
    told: set[MemberId] = set()
    for template, unit in ((COME, letter.to_unit_id), (GIVEN, letter.from_unit_id)):
        if unit is None or answering[unit] not in keepers:
            continue
        keeper, ladder = keepers[answering[unit]], of[answering[unit]]
        step = next((s for s in ladder.steps(letter.last_day) if s.day == slot.day), None)
        if step is not None and keeper[0] not in told:
            told.add(keeper[0])
            yield _reminder(letter, template, slot, ladder, step, *keeper)


def _reminder(
    letter: Letter,
    template: str,
    slot: Slot,
    ladder: Ladder,
    step: Step,
    keeper: MemberId,
    name: str,
) -> Reminder:
    day = day_words(letter.last_day)
    receipt = RECEIPT.format(member=letter.name) if letter.to_unit_id is None else ""
    steps = ladder.steps(letter.last_day)
    until = at(useful_until(steps, slot.day, letter.last_day))
    return Reminder(
        slot=f"{letter.last_day}/{step.name}",
        subject=f"transfer:{letter.id}",
        text=say(
            template,
            name=name,
            member=Fact(FactKind.MOVEMENT, letter.name),
            unit=event(letter.from_unit),
            to=event(letter.to),
            when=day,
            receipt=receipt,
        ),
        reason=Reason(SOURCE, FACTS.format(member=letter.name, day=day), ENDS, SEEN),
        due_at=slot.at,
        expires_at=slot.at + USEFUL_FOR if step.number == step.of else until,
        member_id=keeper,
        used={"transfer": letter.id, **ladder.facts(step)},
    )


def _letter_of(row: Asked) -> int:
    return int(row.subject.removeprefix("transfer:"))


RULE = Rule(
    name=NAME,
    title="介绍信没有接收",
    source="roll.letter.days",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
