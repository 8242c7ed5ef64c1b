"""Whom to phone (打电话名单), after the last reminder: nothing more is sent.

Example:
    王敏: 打电话名单
    » 打电话名单（提醒都发过了，不再发；方便时问问有没有困难，只有您看得到）：
    | 3月党费还没登记2：张三、孙丽
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from bot.domain.privacy import Fact, FactKind, event, join, missing, say
from bot.domain.reads import Seen
from bot.domain.wording import month_words, names_words, period_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import call_lists, people
from bot.services.call_lists import UnitToCall
from bot.services.reads import Read

HEAD = "打电话名单（提醒都发过了，不再发；方便时问问有没有困难，只有您看得到）："
MONTH = "{month}党费还没登记{n}：{names}"
UNIT = "{unit}{owner}：{open}还没有登记"
NOTICE = "通知“{title}”发过两次还没回复{n}：{names}"
OWNER = "（{name}）"
NOTHING = "现在没有要打电话的。会前要打印一份问来不来的，请回复 打印电话名单"


@dataclass(frozen=True, slots=True)
class CallListSlots:
    """Asks whom to phone."""


EXAMPLES = ("打电话名单", "电话名单", "要给谁打电话", "看打电话名单")
SILENT = ("打电话给我", "电话名单发一下给李书记了吗", "电话多少", "谁的电话")

_ASKED = re.compile(
    r"(?:看|看看|查)?(?:一下)?打?电话名单|(?:我?(?:还)?(?:要|该)给谁打电话|谁要打电话)"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 打电话名单 (`EXACT`)."""
    text = utterance.text.rstrip("？?")
    if not utterance.addressed or _ASKED.fullmatch(text) is None:
        return []
    return [Reading(CallListSlots(), Strength.EXACT, (0, len(utterance.text)))]


def handle(_slots: CallListSlots, context: Context) -> Reply:
    """Tell whom to phone: members by name to who keeps their branch, units to who is above."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    found = call_lists.find(
        context.session,
        context.ladders,
        by=context.actor,
        today=context.today,
        now=context.now,
    )
    persons = [person for month in found.months for person in month.people]
    persons += [person for _, silent in found.notices for person in silent]
    called = people.tell_apart(list(dict.fromkeys(persons)))
    lines = [
        say(
            MONTH,
            month=month_words(month.month, context.today.year),
            n=len(month.people),
            names=missing(names_words([called[p.id] for p in month.people], limit=None)),
        )
        for month in found.months
    ]
    lines += [
        say(
            UNIT,
            unit=event(unit.unit),
            owner=OWNER.format(name=unit.owner) if unit.owner else "",
            open=missing(_open_words(unit, context.today.year)),
        )
        for unit in found.units
    ]
    lines += [
        say(
            NOTICE,
            title=Fact(FactKind.NOTICE, title),
            n=len(silent),
            names=missing(names_words([called[p.id] for p in silent], limit=None)),
        )
        for title, silent in found.notices
    ]
    if not lines:
        return Reply(say(NOTHING))
    reads = (Read(Seen.DUES, found.branch_id),) if found.months else ()
    if found.notices and found.notices_unit_id is not None:
        reads = (*reads, Read(Seen.RECEIPTS, found.notices_unit_id))
    return Reply(join(HEAD, *lines), reads=reads)


def _open_words(unit: UnitToCall, year: int) -> str:
    return "；".join(
        f"{period_words(period, year)}的{'、'.join(what for _, what in lines)}"
        for period, lines in groupby(unit.open, key=lambda line: line[0])
    )


INTENT = Intent(
    name="call_list",
    title="打电话名单",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
