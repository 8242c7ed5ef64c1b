"""A notice sent to oneself alone, as everybody would get it (试发).

Example:
    李书记: 试发 周三前交心得
    » 李书记: 周三前交心得
    » ✓ 已试发，只发给了您一个人，别人收不到，也没有记成通知。要正式发请回复 发通知 加内容
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import Fact, FactKind, say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import notice_trial

DONE = "✓ 已试发，只发给了您一个人，别人收不到，也没有记成通知。{how}"
OF_WORDS = "要正式发请回复 发通知 加内容"
OF_DRAFT = "要正式发请照预览里的数字回复 确认"

EXAMPLES = ("试发", "试发 周三前交心得", "试发：周五上午9点在二楼会议室开党课")
SILENT = ("试发了吗", "试发一下行不行", "考试发卷子", "怎么试发")

_ORDER = re.compile(r"\s*试发(?:一下|给我|通知)*(?:[\s:：，,]+(?P<body>.+))?", re.DOTALL)
_ASKED = re.compile(r"[？?]\s*$|[吗呢]\s*$|行不行|可以不|怎么")


@dataclass(frozen=True, slots=True)
class TrialSlots:
    """A notice to try out.

    Attributes:
        body: As written; None for the draft that is shown.
    """

    body: str | None


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 试发, with or without the words (`EXACT`)."""
    match = _ORDER.fullmatch(utterance.raw)
    if match is None or _ASKED.search(utterance.raw):
        return []
    slots = TrialSlots(match["body"] and match["body"].strip())
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: TrialSlots, context: Context) -> Reply:
    """Send it to the writer, and to nobody else."""
    notice_trial.send_to_writer(
        context.session,
        body=slots.body,
        by=context.actor,
        routes=context.routes,
        now=context.arrived_at,
        key=f"trial:{context.inbound_id}",
    )
    how = Fact(FactKind.EVENT, OF_DRAFT if slots.body is None else OF_WORDS)
    return Reply(say(DONE, how=how))


INTENT = Intent(
    name="notice_trial",
    title="试发",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
