"""Handing dues up (上缴党费): a preview, the head-count typed back, each line once.

Example:
    王敏: 上缴党费 3月
    » 将上缴（第三党支部，到3月）：20人，共600元。
    | 3月 20人 600元
    | 回复 确认20 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.wording import day_words, month_words
from bot.inbound import dues_orders
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import dues_remittance
from bot.services.dues_remittance import Draft, Remitted

PREVIEW = (
    "将上缴（{unit}{up_to}）：{n}人，共{total}元。\n{lines}\n回复 确认{n} 登记，回复 取消 作罢"
)
UP_TO = "，到{month}"
CENTRE = "，大额党费"
LINE = "{month} {k}人 {amount}元"
EXTRA = "自愿多交 {amount}元"
LARGE = "另有大额自愿多交{k}笔{amount}元，不计入合计，单独上缴：上缴大额党费"
LATER = "后面月份已核对{amount}元，这次不上缴"
DONE = "✓ 已登记上缴：{year}年第{number}笔，{n}人，共{total}元。以后核对的算下一笔。"
NOT_BACK = "上缴的登记不能撤销。金额不对的，请逐个更正，差额算在下一次上缴里。"
LISTED = "{year}年上缴记录：\n{lines}\n{sum}{centre}"
LISTED_SUM = "共{k}次，{total}元。"
LISTED_LINE = "第{number}笔 {day}{up_to} {n}人 {total}元{centre}"
LISTED_CENTRE = "另有大额党费{total}元。"
NONE_YET = "{year}年还没有上缴过。要上缴请发 上缴党费 3月"


@dataclass(frozen=True, slots=True)
class RemitSlots:
    """Dues are handed up.

    Attributes:
        up_to: Of this month and those before; None for all in hand.
        to_centre: The extras that are not branch money.
        unit: The branch, as written.
    """

    up_to: Month | None = None
    to_centre: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ListSlots:
    """A question what was handed up; `year` None for this one."""

    year: int | None = None
    unit: str | None = None


EXAMPLES = ("上缴党费 3月", "上缴党费", "上缴3月党费", "上缴党费 一季度 三支部", "上缴大额党费")
SILENT = (
    "党费上缴了吗",
    "上缴党费的比例是多少",
    "什么时候上缴党费",
    "我上缴党费30元",
    "已上缴党费",
)
LIST_EXAMPLES = ("上缴记录", "党费上缴记录", "上缴记录 2025年", "上缴记录 三支部")
LIST_SILENT = ("上缴记录在哪", "上缴党费", "谁没上缴")

_ORDER = re.compile(
    r"(?:请|麻烦)?(?:上缴|上解)(?:(?P<before>[^\s，。]{0,10}?)的?)?(?P<large>大额)?党费"
    r"(?:[\s:]+(?P<after>[^，。]{1,12}))?"
)
_LIST = re.compile(
    r"(?:查看?|看)?(?:党费)?上缴(?:党费)?(?:记录|情况|台账)(?:\s?(?P<year>\d{4})年?)?"
)
_MONTHS_ONLY = re.compile(r"[\d零一二三四五六七八九十、到至~\-月份年季度第上下半个本这去今底]*")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 上缴党费, with months and a branch at most (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    order = _ORDER.fullmatch(text.strip())
    months = dues_orders.months_ordered(utterance, order, _MONTHS_ONLY)
    if order is None or months is None:
        return []
    slots = RemitSlots(months[-1] if months else None, bool(order["large"]), unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def recognise_list(utterance: Utterance) -> list[Reading]:
    """Recognise 上缴记录 (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    found = _LIST.fullmatch(text.strip())
    if found is None:
        return []
    slots = ListSlots(int(found["year"]) if found["year"] else None, unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: RemitSlots, context: Context) -> Reply:
    """Show what is in hand; nothing is written yet."""
    drafted = dues_remittance.draft(
        context.session,
        by=context.actor,
        unit=slots.unit,
        up_to=slots.up_to,
        to_centre=slots.to_centre,
    )
    year = context.today.year
    up_to = UP_TO.format(month=month_words(slots.up_to, year)) if slots.up_to else ""
    text = say(
        PREVIEW,
        unit=drafted.unit,
        up_to=CENTRE if slots.to_centre else up_to,
        n=drafted.people,
        total=private(yuan(drafted.total_fen)),
        lines=private("\n".join(_lines(drafted, year))),
    )
    kept = {
        "unit": drafted.unit_id,
        "up_to": str(slots.up_to) if slots.up_to else None,
        "to_centre": slots.to_centre,
        "entries": [line.id for line in drafted.lines],
    }
    return preview(context, "dues_remit", drafted.people, kept, text)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Hand up the lines shown."""
    done = dues_remittance.remit(
        context.session,
        unit_id=UnitId(kept["unit"]),
        up_to=Month.parse(kept["up_to"]) if kept["up_to"] else None,
        to_centre=kept["to_centre"],
        entries=kept["entries"],
        by=context.actor,
        now=context.now,
    )
    bar(context, "上缴党费", NOT_BACK)
    return Reply(
        say(
            DONE,
            year=done.year,
            number=done.number,
            n=done.people,
            total=private(yuan(done.total_fen)),
        )
    )


def handle_list(slots: ListSlots, context: Context) -> Reply:
    """Tell what was handed up in a year."""
    year = slots.year or context.today.year
    found = dues_remittance.list_remitted(
        context.session, by=context.actor, unit=slots.unit, year=year
    )
    if not found:
        return reply(say(NONE_YET, year=year))
    own = [line for line in found if not line.to_centre]
    centre = sum(line.total_fen for line in found if line.to_centre)
    total = yuan(sum(line.total_fen for line in own))
    return Reply(
        say(
            LISTED,
            year=year,
            lines=private("\n".join(_listed(line) for line in found)),
            sum=private(LISTED_SUM.format(k=len(own), total=total) if own else ""),
            centre=private(LISTED_CENTRE.format(total=yuan(centre)) if centre else ""),
        )
    )


def _lines(drafted: Draft, year: int) -> list[str]:
    lines = [
        LINE.format(month=month_words(month, year), k=people, amount=yuan(fen))
        for month, (people, fen) in drafted.by_month().items()
    ]
    if drafted.extra_fen:
        lines.append(EXTRA.format(amount=yuan(drafted.extra_fen)))
    if drafted.large:
        total = sum(line.fen for line in drafted.large)
        lines.append(LARGE.format(k=len(drafted.large), amount=yuan(total)))
    if drafted.later_fen:
        lines.append(LATER.format(amount=yuan(drafted.later_fen)))
    return lines


def _listed(line: Remitted) -> str:
    return LISTED_LINE.format(
        number=line.number,
        day=day_words(day_of(line.at)),
        up_to=UP_TO.format(month=month_words(line.up_to, line.year)) if line.up_to else "",
        n=line.people,
        total=yuan(line.total_fen),
        centre="（大额党费）" if line.to_centre else "",
    )


INTENT = Intent(
    name="dues_remit",
    title="上缴党费",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
LIST = Intent(
    name="dues_remitted",
    title="上缴记录",
    recognise=recognise_list,
    handle=handle_list,
    examples=LIST_EXAMPLES,
    silent=LIST_SILENT,
    for_secretaries=True,
)
