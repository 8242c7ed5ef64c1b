"""Whom to turn to (人工).

Example:
    张三: 人工
    » 请找第三党支部组织委员王敏，直接联系就行。
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import ROLE_NAMES
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.inbound.vocabulary import words
from bot.services import people, posts

TURN_TO = "请找{role}{name}，直接联系就行。"
TURN_ABOVE = "您的支部现在没有别人负责，请找上一级的{role}{name}，直接联系就行。"
NOBODY = "您的支部还没有登记书记和组织委员，请找街道党务专干。"


@dataclass(frozen=True, slots=True)
class HumanSlots:
    """The writer wants to speak with a person."""


EXAMPLES = ("人工", "转人工", "找组织委员", "联系组织委员", "找谁问")
SILENT = ("人工湖", "人工费多少", "找书记签字了", "组织委员是谁选的")

_ALONE = words(
    """
    人工 转人工 人工服务 找人工 找人 找组织委员 联系组织委员 找书记 联系书记 找谁问 找谁
    该找谁 问谁 组织委员是谁 谁是组织委员 找真人
    """
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 人工 and the like, said to the bot."""
    if not utterance.addressed or utterance.text.strip("？") not in _ALONE:
        return []
    return [Reading(HumanSlots(), Strength.EXACT, (0, len(utterance.text)))]


def handle(_slots: HumanSlots, context: Context) -> Reply:
    """Name the organiser of the writer's branch, else its secretary, else who answers above."""
    session, today, me = context.session, context.today, context.member_id
    holder = people.find_organiser(session, context.branch_id, today, but=me)
    template = TURN_TO
    if holder is None or holder.id == me:
        template, holder = TURN_ABOVE, posts.find_above(session, context.branch_id, today)
    if holder is None:
        return reply(NOBODY)
    return Reply(say(template, role=ROLE_NAMES[holder.role], name=Fact(FactKind.ROLL, holder.name)))


INTENT = Intent(
    name="human",
    title="找人",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    teachable=Teachable.QUESTION,
)
