"""Telling a branch of its dues (公示党费): counts and totals, nobody's name, nobody's amount.

Example:
    王敏: 公示党费 一季度
    » 预览（未发送），发到第三党支部的群，共8人：
    | 【党费公示】第三党支部2026年1–3月
    | …
    | 回复 确认8 发送，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.ids import UnitId
from bot.domain.periods import Month
from bot.domain.privacy import Fact, FactKind, Text, say
from bot.inbound import dues_orders
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToGroup
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import dues_publication, outbox
from bot.services.dues_publication import Statement, Stretch
from bot.services.dues_statement import statement_text

PREVIEW = "预览（未发送），{where}，共{n}人：\n{body}\n回复 确认{n} 发送，回复 取消 作罢"
TO_GROUP = "发到{unit}的群"
BY_HAND = "{unit}没有绑定群，确认后请把文字转到群里或者贴出来"
DONE_GROUP = "✓ 已交平台发到群里，已登记公示。"
DONE_BY_HAND = "✓ 已登记公示。请把下面这段转到群里或者贴出来：\n{body}"
NOT_BACK = "公示不能撤销。数字有变动的，请再公示一次。"


@dataclass(frozen=True, slots=True)
class PublishSlots:
    """Dues are to be published.

    Attributes:
        months: In order; empty where none was named.
        unit: The branch or cell, as written.
    """

    months: tuple[Month, ...] = ()
    unit: str | None = None


EXAMPLES = (
    "公示党费 一季度",
    "公示一季度党费",
    "党费公示 3月",
    "公示党费 2025年",
    "公示党费 一季度 三支部",
)
SILENT = (
    "党费公示了吗",
    "党费公示在哪看",
    "公示党费的要求",
    "一季度党费公示栏",
    "党费公示期是几天",
)

_ORDER = re.compile(
    r"(?:请|麻烦)?(?:公示(?P<before>[^\s，。]{0,8}?)的?党费|党费公示)(?:[\s:]+(?P<after>[^，。]{1,10}))?"
)
_MONTHS_ONLY = re.compile(r"[\d零一二三四五六七八九十到至~\-月份年季度第上下半全个本这去今]*")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 公示党费 and which months (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    order = _ORDER.fullmatch(text.strip())
    months = dues_orders.months_ordered(utterance, order, _MONTHS_ONLY)
    if months is None:
        return []
    return [Reading(PublishSlots(months, unit), Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: PublishSlots, context: Context) -> Reply:
    """Show what would be told; nothing is sent yet."""
    statement = dues_publication.draft(
        context.session,
        by=context.actor,
        unit=slots.unit,
        months=slots.months,
        today=context.today,
    )
    where = TO_GROUP if _has_group(statement.unit_id, context) else BY_HAND
    text = say(
        PREVIEW,
        where=where.format(unit=statement.unit),
        n=statement.readers,
        body=Fact(FactKind.COUNT, statement_text(statement).words),
    )
    return preview(context, "dues_publish", statement.readers, _stored(statement), text)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Tell the group, or give the text to pass on, and write down what was told."""
    statement = _loaded(kept)
    number = dues_publication.publish(context.session, statement, by=context.actor, now=context.now)
    bar(context, "公示党费", NOT_BACK)
    body = statement_text(statement)
    if not _has_group(statement.unit_id, context):
        return Reply(say(DONE_BY_HAND, body=Fact(FactKind.PUBLISHED, body.words)))
    released = say("{body}", body=Fact(FactKind.PUBLISHED, body.words))
    post = ToGroup(statement.unit_id, released, f"dues_published:{number}")
    return Reply(Text(DONE_GROUP), send=(post,))


def _has_group(unit_id: UnitId, context: Context) -> bool:
    return bool(outbox.groups_of(context.session, context.routes, {unit_id}))


def _stored(statement: Statement) -> dict[str, Any]:
    return {
        "unit_id": statement.unit_id,
        "unit": statement.unit,
        "parts": [_stretch_stored(part) for part in statement.parts],
        "whole": _stretch_stored(statement.whole),
        "readers": statement.readers,
    }


def _loaded(kept: Mapping[str, Any]) -> Statement:
    return Statement(
        UnitId(kept["unit_id"]),
        kept["unit"],
        tuple(_stretch_loaded(part) for part in kept["parts"]),
        _stretch_loaded(kept["whole"]),
        kept["readers"],
    )


def _stretch_stored(part: Stretch) -> list[Any]:
    return [
        str(part.first),
        str(part.last),
        part.expected,
        part.full,
        part.payers,
        part.total_fen,
        list(part.entries),
        part.by_count,
    ]


def _stretch_loaded(kept: list[Any]) -> Stretch:
    first, last, expected, full, payers, total, entries, by_count = kept
    return Stretch(
        Month.parse(first),
        Month.parse(last),
        expected,
        full,
        payers,
        total,
        tuple(entries),
        by_count,
    )


INTENT = Intent(
    name="dues_publish",
    title="公示党费",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
