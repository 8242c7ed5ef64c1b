"""Receipts of dues (我的收据, 收据 2026-0012).

Example:
    张三: 我的收据
    » 张三，2026年收据：
    | 2026-0001 1月9日 1–3月 90元
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.money import yuan
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.reads import Seen
from bot.domain.wording import day_words, month_ranges
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.replies import Reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import dues_receipts
from bot.services.dues_receipts import ReceiptView
from bot.services.reads import Read

MINE = "{name}，{year}年收据：\n{lines}"
NONE = "{name}，{year}年还没有收据。交了党费、组织委员核对以后就有。"
LINE = "{unit}{number} {day} {what} {amount}元{corrected}"
FOUND = "收据 {number}：{lines}"
SEVERAL = "\n各支部的收据各自编号，只看一个支部的：收据 {unit} {number}"
FOUND_LINE = "{unit}{name}，{what}，共{amount}元，{day}核对{corrected}。"
EXTRA = "自愿多交{amount}元"
CORRECTED = "（更正过）"
TAKEN_BACK = "已退回"


@dataclass(frozen=True, slots=True)
class MineSlots:
    """A question about one's own receipts; `year` None for this one."""

    year: int | None = None


@dataclass(frozen=True, slots=True)
class NumberSlots:
    """A question about one receipt, by its number; each branch numbers its own."""

    number: str
    unit: str | None = None


EXAMPLES = ("我的收据", "我的党费收据", "看看我的收据", "我的收据 2025年")
SILENT = ("我的收据丢了", "党费收据呢", "收据拿来了", "我的收据在你那里吗")
NUMBER_EXAMPLES = (
    "收据 2026-0012",
    "查收据 2026-0012",
    "收据号 2026-0012",
    "收据 三支部 2026-0012",
)
NUMBER_SILENT = ("收据", "收据 12", "党费收据 2026", "收据 2026-0012 丢了")

_MINE = re.compile(r"(?:查|看)*一?下?我的(?:党费)?收据(?:\s?(?P<year>20\d\d)年?)?")
_NUMBER = re.compile(r"(?:查|看)*(?:党费)?收据号?[\s:]*(?P<number>20\d\d-\d{4,6})")


def recognise_mine(utterance: Utterance) -> list[Reading]:
    """Recognise 我的收据 (`EXACT`)."""
    found = _MINE.fullmatch(utterance.text)
    if found is None:
        return []
    year = int(found["year"]) if found["year"] else None
    return [Reading(MineSlots(year), Strength.EXACT, found.span())]


def recognise_number(utterance: Utterance) -> list[Reading]:
    """Recognise 收据 with a number (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return []
    whole = (0, len(utterance.text))
    return [Reading(NumberSlots(found["number"], unit), Strength.EXACT, whole)]


def handle_mine(slots: MineSlots, context: Context) -> Reply:
    """Tell the writer the receipts of a year."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    year = slots.year or context.today.year
    found = dues_receipts.list_own(context.session, context.member_id, year)
    name = context.actor.name
    if not found:
        return Reply(say(NONE, name=name, year=private(str(year))))
    several = len({view.unit for view in found}) > 1
    lines = "\n".join(_line(view, year, named=several) for view in found)
    return Reply(say(MINE, name=name, year=year, lines=private(lines)))


def handle_number(slots: NumberSlots, context: Context) -> Reply:
    """Tell what stands behind a number, to its owner and to the organiser."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    found = dues_receipts.find(context.session, slots.number, by=context.actor, unit=slots.unit)
    lines = _found(found, context.today.year)
    if len({view.unit for view in found}) > 1:
        lines = f"\n{lines}{SEVERAL.format(unit=found[0].unit, number=slots.number)}"
    seen = Read(Seen.DUES, members=tuple(view.member_id for view in found))
    return Reply(say(FOUND, number=slots.number, lines=private(lines)), reads=(seen,))


def _found(found: Sequence[ReceiptView], year: int) -> str:
    return "\n".join(
        FOUND_LINE.format(
            unit=view.unit,
            name=view.name,
            what=_what(view, year),
            amount=yuan(view.total_fen),
            day=day_words(view.on),
            corrected=CORRECTED if view.corrected else "",
        )
        for view in found
    )


def _line(view: ReceiptView, year: int, *, named: bool) -> str:
    return LINE.format(
        unit=f"{view.unit} " if named else "",
        number=view.number,
        day=day_words(view.on),
        what=_what(view, year),
        amount=yuan(view.total_fen),
        corrected=CORRECTED if view.corrected else "",
    )


def _what(view: ReceiptView, year: int) -> str:
    words = [month_ranges((month for month, _ in view.parts), year)] if view.parts else []
    if view.extra_fen:
        words.append(EXTRA.format(amount=yuan(view.extra_fen)))
    return "、".join(words) or TAKEN_BACK


INTENT = Intent(
    name="dues_receipts",
    title="我的收据",
    recognise=recognise_mine,
    handle=handle_mine,
    examples=EXAMPLES,
    silent=SILENT,
    teachable=Teachable.QUESTION,
)
NUMBER = Intent(
    name="dues_receipt",
    title="查收据",
    recognise=recognise_number,
    handle=handle_number,
    examples=NUMBER_EXAMPLES,
    silent=NUMBER_SILENT,
)
