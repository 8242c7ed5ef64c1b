"""Telling people how far issues are (公示整改): what, how far, until when; nobody's name.

Example:
    王敏: 公示整改
    » 预览（未发送），发到第三党支部的群，共8人：
    | 【整改公示】第三党支部，4月10日：2件，办结1件
    | 1 3号楼漏雨：办理中，4月20日前
    | …
    | 请看一遍，里面不能有反映人的姓名。回复 确认8 发送，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.issues import STATE_NAMES, IssueState
from bot.domain.privacy import Fact, FactKind, Text, say
from bot.domain.wording import day_words
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToGroup
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import issue_publication, outbox
from bot.services.issue_publication import Statement
from bot.services.issues import Issue

HEAD = "【整改公示】{unit}{source}，{day}：{n}件，办结{closed}件"
SOURCE = "（{source}）"
LINE = "{nth} {words}：{state}"
ON, BEFORE = "{state}（{day}）", "{state}，{day}前"
PREVIEW = (
    "预览（未发送），{where}，共{n}人：\n{body}\n"
    "请看一遍，里面不能有反映人的姓名。回复 确认{n} 发送，回复 取消 作罢"
)
TO_GROUP = "发到{unit}的群"
BY_HAND = "{unit}没有绑定群，确认后请把文字转到群里或者贴出来"
DONE_GROUP = "✓ 已交平台发到群里，已登记公示。"
DONE_BY_HAND = "✓ 已登记公示。请把下面这段转到群里或者贴出来：\n{body}"
NOT_BACK = "公示不能撤销。有变动的，请再公示一次。"


@dataclass(frozen=True, slots=True)
class PublishSlots:
    """Issues are to be told of; of one list, of one unit, where that is said."""

    unit: str | None = None
    source: str | None = None


EXAMPLES = ("公示整改", "公示 整改", "公示整改 三支部", "公示整改 来源：观摩", "整改公示")
SILENT = ("整改公示了吗", "公示整改的要求", "整改公示栏在哪")

_ORDER = re.compile(r"(?:请|麻烦)?(?:公示\s?(?:问题)?整改(?:进度)?|(?:问题)?整改(?:进度)?公示)")
_SOURCE = re.compile(r"\s来源[:：]?\s?(?P<source>[^\s，。]{1,40})")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 公示整改 (`EXACT`)."""
    text, unit = split_unit(utterance.text)
    source = _SOURCE.search(text)
    if _ORDER.fullmatch(_SOURCE.sub("", text).strip()) is None:
        return []
    slots = PublishSlots(unit, source["source"] if source else None)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: PublishSlots, context: Context) -> Reply:
    """Show what would be told; nothing is sent yet."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    statement = issue_publication.draft(
        context.session, by=context.actor, unit=slots.unit, source=slots.source, now=context.now
    )
    body = _body(statement, context)
    where = TO_GROUP if _has_group(statement.unit_id, context) else BY_HAND
    text = say(
        PREVIEW,
        where=where.format(unit=statement.unit),
        n=statement.readers,
        body=Fact(FactKind.PUBLISHED, body),
    )
    kept = {
        "unit_id": statement.unit_id,
        "text": body,
        "items": [issue.id for issue, _ in statement.told],
        "source": statement.source,
        "readers": statement.readers,
    }
    return preview(context, "issue_publish", statement.readers, kept, text)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Tell the group, or give the text to pass on, and keep what was told."""
    unit_id = UnitId(kept["unit_id"])
    to_group = _has_group(unit_id, context)
    number = issue_publication.publish(
        context.session,
        unit_id,
        kept["text"],
        kept["items"],
        source=kept["source"],
        readers=kept["readers"],
        to_group=to_group,
        by=context.actor,
        now=context.now,
    )
    bar(context, "公示整改", NOT_BACK)
    body = say("{body}", body=Fact(FactKind.PUBLISHED, kept["text"]))
    if not to_group:
        return Reply(say(DONE_BY_HAND, body=Fact(FactKind.PUBLISHED, kept["text"])))
    return Reply(Text(DONE_GROUP), send=(ToGroup(unit_id, body, f"issues_published:{number}"),))


def _has_group(unit_id: UnitId, context: Context) -> bool:
    return bool(outbox.groups_of(context.session, context.routes, {unit_id}))


def _body(statement: Statement, context: Context) -> str:
    closed = sum(issue.state is IssueState.CLOSED for issue, _ in statement.told)
    head = HEAD.format(
        unit=statement.unit,
        source=SOURCE.format(source=statement.source) if statement.source else "",
        day=day_words(context.today),
        n=len(statement.told),
        closed=closed,
    )
    lines = [
        LINE.format(nth=nth, words=words, state=_state(issue))
        for nth, (issue, words) in enumerate(statement.told, start=1)
    ]
    return "\n".join([head, *lines])


def _state(issue: Issue) -> str:
    """Return how an issue stands, as everybody may read it: no notes, they may name people."""
    state = STATE_NAMES[issue.state]
    closed = issue.standing.closed_at
    if closed is not None:
        return ON.format(state=state, day=day_words(day_of(closed)))
    return (
        state if issue.due_on is None else BEFORE.format(state=state, day=day_words(issue.due_on))
    )


INTENT = Intent(
    name="issue_publish",
    title="公示整改",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
