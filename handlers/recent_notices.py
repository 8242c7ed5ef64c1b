"""The notices of the last days once more (最近的通知): what one was sent, newest first.

Example:
    张三: 最近的通知
    » 最近7天的通知：
    | 3月11日（周三）09:00 明天下午3点社区二楼开会（还没回复 收到）
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import Fact, FactKind, say
from bot.domain.wording import moment_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import notices

FOUND = "最近7天的通知：\n{lines}"
LINE = "{when} {body}{open}"
OPEN = "（还没回复 收到）"
NOTHING = "最近7天没有给您的通知。"


@dataclass(frozen=True, slots=True)
class RecentSlots:
    """A look at what one was sent."""


EXAMPLES = ("最近的通知", "看通知", "最近有什么通知", "通知有哪些")
SILENT = ("最近的通知公告栏在哪", "通知看了", "看通知了吗")

_ORDER = re.compile(
    r"(?:看看?|查看?|查一下)?(?:最近|这几天|这周|本周)(?:的|有什么|有哪些|都有什么)?通知|看看?通知|通知有哪些"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 最近的通知, said to the bot (`EXACT`)."""
    if not utterance.addressed or _ORDER.fullmatch(utterance.text) is None:
        return []
    return [Reading(RecentSlots(), Strength.EXACT, (0, len(utterance.text)))]


def handle(_slots: RecentSlots, context: Context) -> Reply:
    """Tell the notices again, and which of them wait for 收到."""
    found = notices.list_lately(context.session, context.member_id, context.now)
    if not found:
        return reply(NOTHING)
    lines = "\n".join(
        LINE.format(when=moment_words(one.at), body=one.notice.body, open="" if one.said else OPEN)
        for one in found
    )
    return Reply(say(FOUND, lines=Fact(FactKind.NOTICE, lines)))


INTENT = Intent(
    name="recent_notices",
    title="看最近的通知",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
)
