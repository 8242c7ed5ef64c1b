"""The opening state of a branch (期初): what was so before it began; for organisers only.

Example:
    王敏: 期初
    » 第三党支部启用以前（期初）：
    | 党费交至4月2人：王敏、张三
    | 开过的会：支部党员大会（二季度，4月10日）
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.cadence import KIND_NAMES, parse_period
from bot.domain.privacy import event, missing, say
from bot.domain.wording import day_words, month_words, names_words, period_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import opening, people
from bot.services.opening import Summary

FOUND = "{unit}启用以前（期初）：\n{lines}"
PAID = "党费交至{month}{n}人：{names}"
HELD = "开过的会：{meetings}"
MEETING = "{kind}（{period}，{day}）"
HOURS = "{year}年已有学时：{hours}"
NOTHING = "{unit}没有登记期初。年中开始用的，请管理员导入：zhibu import opening 文件"
WHOSE = "期初 {unit}"
_WORDS = re.compile(r"(?:看看?|查看?)?期初(?:情况|状态|登记)?")


@dataclass(frozen=True, slots=True)
class OpeningSlots:
    """A question about what was so before a branch began.

    Attributes:
        unit: As named; None for the writer's own.
    """

    unit: str | None = None


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise `期初`, `期初 三支部`."""
    words, unit = split_unit(utterance.text)
    if _WORDS.fullmatch(words) is None:
        return []
    return [Reading(OpeningSlots(unit), Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: OpeningSlots, context: Context) -> Reply:
    """Tell how far dues were paid, which meetings were held, how many hours there were."""
    found = opening.summarise(
        context.session, by=context.actor, unit=slots.unit, today=context.today, example=WHOSE
    )
    lines = "\n".join(_lines(found, context))
    if not lines:
        return Reply(say(NOTHING, unit=event(found.unit)))
    return Reply(say(FOUND, unit=event(found.unit), lines=missing(lines)))


def _lines(found: Summary, context: Context) -> Iterator[str]:
    called = people.tell_apart(found.people)
    year = context.today.year
    for month, paid in found.paid:
        names = names_words([called[person.id] for person in paid], limit=None)
        yield PAID.format(month=month_words(month, year), n=len(paid), names=names)
    if found.held:
        held = [
            MEETING.format(
                kind=KIND_NAMES[item.kind],
                period=period_words(parse_period(item.for_period), year),
                day=day_words(item.held_on),
            )
            for item in found.held
        ]
        yield HELD.format(meetings="、".join(held))
    if found.hours:
        hours = [f"{called[person.id]}{number}" for person, number in found.hours]
        yield HOURS.format(year=year, hours="、".join(hours))


INTENT = Intent(
    name="opening_query",
    title="看期初",
    recognise=recognise,
    handle=handle,
    examples=("期初", "期初情况", "看看期初", "期初 三支部"),
    silent=("期初怎么填", "学期初开会", "期初考试"),
    for_secretaries=True,
)
