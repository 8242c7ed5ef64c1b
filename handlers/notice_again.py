"""A second notice, to those alone who have not said 收到; there is no third (提醒没回复的).

Example:
    李书记: 提醒没回复的
    » 预览（未发送），只发给没有回复的2人：王五、赵六
    | 再提醒一次：明天下午3点社区二楼开会。看过请回复 收到
    | ——
    | 回复 确认2 发送，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.ids import MemberId, NoticeId
from bot.domain.privacy import Fact, FactKind, count, missing, say
from bot.domain.reads import Seen
from bot.domain.wording import names_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import notice_again, people
from bot.services.reads import Read

PREVIEW = (
    "预览（未发送），只发给没有回复的{n}人：{names}\n{body}\n——\n回复 确认{n} 发送，回复 取消 作罢"
)
DONE = "✓ 已交平台发送，共{n}人。这条通知不再提醒第三次，还没有回复的请打电话。"
TWICE = "这条通知已经再提醒过一次，不再发了。还没有回复的请打电话：{names}"
ALL_IN = "这条通知大家都说收到了，不用再提醒。"


@dataclass(frozen=True, slots=True)
class AgainSlots:
    """Those who have not answered a notice are to be told once more; `unit` as written."""

    unit: str | None = None


EXAMPLES = (
    "提醒没回复的",
    "提醒没有回复的人",
    "提醒没收到的人",
    "再提醒一下没回复的",
    "催一下没回复的",
)
SILENT = ("没回复的有谁", "提醒没交党费的", "没回复的人多吗", "我提醒没回复的邻居了")

_ORDER = re.compile(
    r"(?:请|再|麻烦)*(?:提醒|催|通知)(?:一下|一声|一次)?(?:还)?(?:没|未)(?:有)?(?:回复|回|看|收到|答复|回应)(?:通知)?的(?:人|党员|同志|几个|几位)*(?:一下|一次)?"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 提醒没回复的, said to the bot (`EXACT`)."""
    if not utterance.addressed:
        return []
    text, unit = split_unit(utterance.text)
    if _ORDER.fullmatch(text.strip()) is None:
        return []
    return [Reading(AgainSlots(unit), Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: AgainSlots, context: Context) -> Reply:
    """Show whom a second notice would reach; nothing is sent yet."""
    found = notice_again.find(
        context.session, by=context.actor, now=context.arrived_at, unit=slots.unit
    )
    seen = (Read(Seen.RECEIPTS, found.unit_id),)
    called = people.tell_apart((*found.silent, *found.to_phone))
    if not found.silent:
        names = names_words([called[person.id] for person in found.to_phone], limit=None)
        return Reply(say(TWICE, names=missing(names)), reads=seen) if names else reply(ALL_IN)
    names = names_words([called[person.id] for person in found.silent], limit=None)
    text = say(
        PREVIEW,
        n=count(len(found.silent)),
        names=missing(names),
        body=Fact(FactKind.NOTICE, found.text),
    )
    kept = {"notice_id": found.notice_id, "members": [person.id for person in found.silent]}
    return replace(preview(context, INTENT.name, len(found.silent), kept, text), reads=seen)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Send it to those shown who have still not answered."""
    done = notice_again.send(
        context.session,
        notice_id=NoticeId(kept["notice_id"]),
        members=[MemberId(member) for member in kept["members"]],
        by=context.actor,
        routes=context.routes,
        hours=context.hours,
        now=context.arrived_at,
    )
    return Reply(say(DONE, n=count(done)))


INTENT = Intent(
    name="notice_again",
    title="再提醒没回复通知的人",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
